"""One account alone, another configuration folder, and what is said when either doesn't exist or is broken."""

import shutil
from pathlib import Path

import pytest

from foundation.checks.assembly import Assembly, load_assembly
from tests.synth.app import CHECKOUT, Run, direct_synth
from tests.synth.test_purity import files_of

# Everything that identifies the shipped example, and what an organisation elsewhere would write instead.
OTHER = {
    "111111111111": "101010101010",
    "222222222222": "202020202020",
    "333333333333": "303030303030",
    "444444444444": "404040404040",
    "555555555555": "505050505050",
    "666666666666": "606060606060",
    "o-exampleorg1": "o-another0001",
    "10.16.": "10.116.",
    "10.17.": "10.117.",
    "10.18.": "10.118.",
    "10.19.": "10.119.",
    "eu-west-1": "eu-west-3",
    "euw1-az": "euw3-az",
    "platform-team@example.com": "plattform@example.org",
    "security-operations@example.com": "sicherheit@example.org",
    "CC-1000": "K-77",
    "log_days: 365": "log_days: 731",
}


def other_configuration(folder: Path) -> Path:
    """The shipped folders with every identifying value replaced; the primary Region swaps with an inference Region."""
    shutil.copytree(CHECKOUT / "catalog", folder / "catalog")
    config = Path(shutil.copytree(CHECKOUT / "config", folder / "config"))
    platform = config / "platform.yaml"
    text = platform.read_text().replace("eu-west-3", "REPLACED")
    for old, new in OTHER.items():
        assert old in text, f"{old} is no longer in the shipped configuration"
        text = text.replace(old, new)
    platform.write_text(text.replace("REPLACED", "eu-west-1"))
    return config


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Templates of another organisation."""
    folder = tmp_path_factory.mktemp("other")
    run = direct_synth(folder, context={"config": str(other_configuration(folder))})
    assert run.code == 0, run.output
    return load_assembly(run.outdir)


def test_one_account_alone_gets_the_same_templates_as_among_all(synthesis: Run, tmp_path: Path) -> None:
    run = direct_synth(tmp_path, context={"account": "data-governance"})
    assert run.code == 0, run.output
    assert load_assembly(run.outdir).stages == ("data-governance",)
    alone, among = files_of(run.outdir), files_of(synthesis.outdir)
    templates = [name for name in alone if name.startswith("assembly-data-governance/")]
    assert templates
    assert [name for name in templates if alone[name] != among[name]] == []


def test_another_folder_s_accounts_regions_ranges_and_retention_are_in_its_templates(other: Assembly) -> None:
    text = "".join(path.read_text() for path in other.folder.rglob("*.template.json"))
    for new in (*OTHER.values(), '"RetentionInDays": 731'):
        if not new.startswith("log_days"):
            assert new in text, new
    assert {(each.stage, each.account) for each in other.stacks if each.stage in ("dev", "prod")} == {
        ("dev", "202020202020"),
        ("prod", "404040404040"),
    }
    assert {each.region for each in other.stacks} == {"eu-west-3", "eu-central-1"}


def test_nothing_of_the_shipped_example_is_left_in_another_folder_s_templates(other: Assembly) -> None:
    """What is left would be hard-coded. eu-west-1 stays a destination of the inference profiles, and nothing else."""
    left = []
    for path in other.folder.rglob("*.template.json"):
        text = path.read_text().replace("arn:aws:bedrock:eu-west-1::foundation-model/", "")
        left += [f"{path.name}: {old}" for old in OTHER if not old.startswith("log_days") and old in text]
    assert left == []


def test_fails_for_an_unknown_account_naming_the_known_ones(tmp_path: Path) -> None:
    run = direct_synth(tmp_path, context={"account": "staging"})
    assert run.code == 1
    assert "GF-CFG-090" in run.output
    for stage in ("'staging'", "shared", "dev", "pre-prod", "prod", "data-governance", "data-producer-crm"):
        assert stage in run.output
    assert "Traceback" not in run.output
    assert not (run.outdir / "manifest.json").exists()


def test_fails_for_a_broken_folder_with_every_error_before_any_template(tmp_path: Path) -> None:
    config = Path(shutil.copytree(CHECKOUT / "config", tmp_path / "config"))
    platform = config / "platform.yaml"
    platform.write_text(
        platform.read_text().replace('"333333333333"', '"222222222222"').replace("o-exampleorg1", "o-1")
    )
    contract = config / "use_cases" / "claims-assistant.yaml"
    contract.write_text(contract.read_text().replace("version: 1", "version: 7", 1))
    run = direct_synth(tmp_path, context={"config": str(config)})
    assert run.code == 1
    lines = [line for line in run.output.splitlines() if "GF-" in line]
    assert len(lines) >= 3, run.output
    for fault in ("222222222222", "o-1", "claims-assistant.yaml", "platform.yaml"):
        assert fault in run.output
    assert "Traceback" not in run.output
    assert not (run.outdir / "manifest.json").exists()


def test_fails_for_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    run = direct_synth(tmp_path, context={"config": str(tmp_path / "nowhere")})
    assert run.code == 1
    assert "nowhere" in run.output
    assert "GF-" in run.output
    assert "Traceback" not in run.output
