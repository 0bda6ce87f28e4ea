"""The picture: well-formed, readable without scripts or fonts, in light and dark, for any configuration."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from foundation.checks.assembly import Assembly
from foundation.checks.errors import GateError
from foundation.docs.cli import app
from foundation.docs.diagram import draw
from foundation.docs.facts import Facts, read_facts
from foundation.docs.svg import PALETTE, fit, style, width, wrap
from stacks.settings import Settings
from tests.docs.pages import CHECKOUT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def facts(assembly: Assembly, settings: Settings) -> Facts:
    return read_facts(assembly.folder, settings)


def texts(svg: str) -> list[str]:
    return [str(each.text) for each in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - our own file


def test_it_is_real_text_with_a_title_and_a_description(facts: Facts) -> None:
    root = ET.fromstring(draw(facts))  # noqa: S314 - our own file
    assert root.find(f"{SVG}title") is not None
    described = root.find(f"{SVG}desc")
    assert described is not None
    assert all(account.stage in str(described.text) for account in facts.accounts)
    assert {"Amazon Bedrock", "ModelAccess", "VPC endpoints", "Audit table"} <= set(texts(draw(facts)))


def test_it_loads_nothing_and_runs_nothing(facts: Facts) -> None:
    svg = draw(facts).replace("http://www.w3.org/2000/svg", "")
    assert not [word for word in ("http", "<script", "<image", "@import", "@font-face", "url(data") if word in svg]


def test_nothing_is_cut_in_the_shipped_example(facts: Facts) -> None:
    assert not [text for text in texts(draw(facts)) if text.endswith("…") and len(text) > 1 and "Recovery" not in text]


def test_every_account_is_in_it(facts: Facts) -> None:
    shown = texts(draw(facts))
    assert all(any(account.id in text for text in shown) for account in facts.accounts)


@pytest.mark.parametrize(
    ("background", "ink"), [("card", "ink"), ("panel", "ink"), ("panel", "soft"), ("vpc", "soft"), ("chip", "soft")]
)
@pytest.mark.parametrize("scheme", [0, 1])
def test_text_has_enough_contrast_in_light_and_dark(background: str, ink: str, scheme: int) -> None:
    """4.5 to 1, as WCAG 2 asks of text."""
    assert contrast(PALETTE[background][scheme], PALETTE[ink][scheme]) >= 4.5
    assert PALETTE[ink][scheme] in style()


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2."""
    dark, light = sorted(luminance(each) for each in (one, other))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_long_names_and_many_accounts_stay_inside(facts: Facts) -> None:
    producers = tuple(
        replace(facts.others()[-1], stage=f"data-producer-with-a-long-name-{index}") for index in range(9)
    )
    many = replace(
        facts,
        organization="An organisation with a name that is far longer than the picture has room for in its first line",
        accounts=(*facts.accounts, *producers),
        guardrails=tuple(f"guardrail-with-a-long-name-{index}-v12" for index in range(40)),
        use_cases={each: tuple(f"use-case-{index}" for index in range(300)) for each in facts.use_cases},
    )
    shown = texts(draw(many))
    assert any("and 9 more data producers" in text or text.endswith("…") for text in shown)
    assert all(width(text, "small") < 960 for text in shown)


def test_text_fits_its_room() -> None:
    assert fit("short", "body", 200) == "short"
    assert fit("a text that is too long for its room", "body", 80).endswith("…")
    assert width(fit("a text that is too long for its room", "body", 80), "body") <= 80
    assert wrap("one two three four", "body", 60) == ["one two", "three", "four"]


def test_fails_on_an_assembly_without_every_account(assembly: Assembly, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text((assembly.folder / "assembly-dev" / "manifest.json").read_text())
    for path in (assembly.folder / "assembly-dev").iterdir():
        if path.name != "manifest.json":
            (tmp_path / path.name).symlink_to(path)
    with pytest.raises(GateError) as error:
        read_facts(tmp_path, settings)
    assert error.value.code == "GF-DOC-002"


def test_check_tells_a_stale_picture_and_writes_nothing(assembly: Assembly, tmp_path: Path) -> None:
    out = tmp_path / "picture.svg"
    arguments = ["diagram", "--assembly", str(assembly.folder), "--config", str(CHECKOUT / "config"), "--out", str(out)]
    assert CliRunner().invoke(app, [*arguments, "--check"]).exit_code == 1
    assert not out.exists()
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert CliRunner().invoke(app, [*arguments, "--check"]).exit_code == 0


def test_fails_without_an_assembly(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["diagram", "--assembly", str(tmp_path), "--config", str(CHECKOUT / "config")])
    assert result.exit_code == 1
    assert "GF-ASSEMBLY-001" in result.output
