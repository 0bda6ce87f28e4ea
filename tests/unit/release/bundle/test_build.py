"""What a release is: every part by its hash, the same bytes for the same input, another hash for any change."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from foundation import cdk
from foundation.release.bundle.build import read
from foundation.release.bundle.changes import Change, as_markdown, changes
from foundation.release.errors import ReleaseError
from genai_foundation.catalog import ConfigErrors
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.manifest import Manifest, canonical
from tests.unit.release.bundle.checkout import COMMIT, Checkout


def test_the_same_input_gives_the_same_bytes(checkout: Checkout, tmp_path: Path) -> None:
    one, other = checkout.build(tmp_path / "one"), checkout.build(tmp_path / "other")
    assert one.hash == other.hash
    for name in ("manifest.json", "files.zip", "sbom.cdx.json", "MANIFEST"):
        assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes(), name


def test_a_second_build_leaves_nothing_of_the_first(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "out/cdk.out/asset.of-an-earlier-commit").mkdir(parents=True)
    (tmp_path / "out/cdk.out/asset.of-an-earlier-commit/file").write_text("x")
    (tmp_path / "out/notes.md").write_text("kept")
    built = checkout.build(tmp_path / "out")
    assert not any("earlier" in name for name in built.manifest.files)
    assert (tmp_path / "out/notes.md").read_text() == "kept"


def test_the_hash_is_that_of_the_canonical_manifest(checkout: Checkout, tmp_path: Path) -> None:
    built = checkout.build(tmp_path / "out")
    body = (built.folder / "manifest.json").read_bytes()
    assert body == canonical(built.manifest)
    assert hashlib.sha256(body).hexdigest() == built.hash == (built.folder / "MANIFEST").read_text().strip()
    assert read(built.folder) == built


def test_every_file_is_listed_and_packed(checkout: Checkout, tmp_path: Path) -> None:
    built = checkout.build(tmp_path / "out")
    assert set(built.manifest.files) == {
        "cdk.out/manifest.json",
        "cdk.out/assembly-dev/devModelAccess.template.json",
        "cdk.out/asset.1.zip",
        "cdk.out/asset.2/genai_runtime/handler.py",
        "evaluations/bedrock-api-reference/dataset.jsonl",
        "evaluations/bedrock-api-reference/suite.yaml",
        "sbom.cdx.json",
    }
    with zipfile.ZipFile(built.folder / "files.zip") as bundle:
        assert {
            name: hashlib.sha256(bundle.read(name)).hexdigest() for name in bundle.namelist()
        } == built.manifest.files


def test_items_are_those_of_configuration_and_catalog(checkout: Checkout, tmp_path: Path) -> None:
    manifest = checkout.build(tmp_path / "out").manifest
    names = {
        kind: [item.name for item in manifest.items if item.kind == kind] for kind in {i.kind for i in manifest.items}
    }
    assert "api-answer-v1" in names["prompt"]
    assert names["guardrail"] == ["baseline-v1", "customer-facing-v1", "regulated-v1"]
    assert "amazon.nova-lite-v1:0" in names["model"]
    assert names["threshold"] == ["api-limits", "bedrock-api-reference", "safety-baseline"]
    assert "config/platform.yaml" in names["configuration"]
    assert {"config/use_cases/claims-assistant.yaml", "catalog/released.lock"} <= set(names["configuration"])
    assert (manifest.author, manifest.subject) == (COMMIT.author, COMMIT.subject)
    assert list(manifest.items) == sorted(manifest.items, key=lambda item: (item.kind, item.name))


def test_flows_and_tools_are_items_once_they_exist(checkout: Checkout, tmp_path: Path) -> None:
    (checkout.root / "catalog/flows").mkdir()
    checkout.write("catalog/flows/claim-v1.yaml", "name: claim\n")
    found = [item for item in checkout.build(tmp_path / "out").manifest.items if item.kind == "flow"]
    assert [(item.name, item.sha256) for item in found] == [("claim-v1", hashlib.sha256(b"name: claim\n").hexdigest())]


def test_gates_become_complete_requests(checkout: Checkout, tmp_path: Path) -> None:
    manifest = checkout.build(tmp_path / "out").manifest
    asked = {(each.environment, each.purpose, each.request.suite): each.request for each in manifest.requirements}
    assert set(asked) == {
        ("dev", "gate", "bedrock-api-reference"),
        ("pre-prod", "gate", "bedrock-api-reference"),
        ("prod", "smoke", "bedrock-api-reference"),
    }
    smoke = asked["prod", "smoke", "bedrock-api-reference"]
    assert smoke.cases == 40
    assert (smoke.run, smoke.baseline) == ("unresolved", None)
    guardrail = smoke.candidates[0].guardrail
    assert guardrail is not None
    assert (guardrail.name, guardrail.id, guardrail.version) == ("baseline", "unresolved", "unresolved")
    assert asked["dev", "gate", "bedrock-api-reference"].cases is None


def test_live_is_what_the_contracts_say(checkout: Checkout, tmp_path: Path) -> None:
    live = checkout.build(tmp_path / "out").manifest.live
    assert set(live["dev"]) == {"claims-assistant", "pension-guidance", "policy-search"}
    assert set(live["prod"]) == {"claims-assistant", "policy-search"}
    versions = live["prod"]["claims-assistant"]
    assert versions.prompts == {"classify": 1, "grounded-answer": 1}
    assert (versions.models, versions.guardrail.name) == ({}, "customer-facing")


CHANGES = {
    "prompt": ("catalog/prompts/classify-v1.yaml", "You route messages.", "You route messages well."),
    "guardrail": ("catalog/guardrails/baseline-v1.yaml", "threshold: 0.6", "threshold: 0.7"),
    "model": ("catalog/models.yaml", "lowest latency and cost", "low latency and cost"),
    "dataset": ("catalog/evaluations/bedrock-api-reference/dataset.jsonl", '"kind":', '"kind" :'),
    "threshold": ("catalog/evaluations/api-limits/suite.yaml", "threshold: 0.85", "threshold: 0.86"),
    "configuration": ("config/platform.yaml", "# What the", "# What an"),
    "prices": ("catalog/prices.yaml", "as_of:", "as_of:  "),
    "code": ("lambda/l.py", "# lambda", "#  lambda"),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_any_changed_byte_is_another_release(checkout: Checkout, tmp_path: Path, kind: str) -> None:
    before = checkout.build(tmp_path / "before")
    checkout.replace(*CHANGES[kind])
    if kind in ("prompt", "guardrail"):
        checkout.release()
    after = checkout.build(tmp_path / "after")
    assert after.hash != before.hash
    assert kind in {each.kind for each in changes(before.manifest, after.manifest)}


def test_a_setting_of_the_gate_is_part_of_the_release(checkout: Checkout, tmp_path: Path) -> None:
    before = checkout.build(tmp_path / "before")
    checkout.platform("  host: github\n", "  host: github\n  smoke_cases: 41\n")
    after = checkout.build(tmp_path / "after")
    assert {each.kind for each in changes(before.manifest, after.manifest)} == {"evaluation", "configuration"}


def test_another_commit_is_another_release(checkout: Checkout, tmp_path: Path) -> None:
    other = type(COMMIT)("2b" * 20, COMMIT.author, COMMIT.subject, COMMIT.committed_at)
    before, after = checkout.build(tmp_path / "a"), checkout.build(tmp_path / "b", other)
    assert before.hash != after.hash
    assert [each.kind for each in changes(before.manifest, after.manifest)] == [
        "file"
    ]  # the bill of materials names it


def test_changes_read_as_a_person_would_say_them(checkout: Checkout, tmp_path: Path) -> None:
    before = checkout.build(tmp_path / "before").manifest
    raw = json.loads(canonical(before))
    raw["live"]["prod"]["claims-assistant"]["prompts"]["grounded-answer"] = 2
    raw["items"] = [item for item in raw["items"] if item["name"] != "extract-v1"]
    raw["evidence_days"] = 3
    after = Manifest.model_validate(raw)
    found = changes(before, after)
    assert [(each.kind, each.name, each.how) for each in found] == [
        ("prompt", "extract-v1", "removed"),
        ("live versions", "prod, claims-assistant", "changed"),
        ("approval", "evidence", "changed"),
    ]
    assert "- **approval**: `evidence` changed (7 days → 3 days)" in as_markdown(found)
    assert changes(after, after) == ()
    assert as_markdown(()) == "Nothing differs.\n"
    assert Change("approval", "evidence", "changed", "7 days", "3 days") in found


def test_fails_before_synthesis_without_a_release_section(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cdk, "synth", lambda *_args, **_more: pytest.fail("synthesized"))
    text = checkout.read("config/platform.yaml")
    start, end = text.index("release:\n"), text.index("# Both keys")
    checkout.write("config/platform.yaml", text[:start] + text[end:])
    with pytest.raises(ReleaseError, match="GF-REL-406"):
        checkout.build(tmp_path / "out")


def test_fails_before_synthesis_for_a_faulty_suite(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cdk, "synth", lambda *_args, **_more: pytest.fail("synthesized"))
    checkout.replace("catalog/evaluations/bedrock-api-reference/dataset.jsonl", '"kind":"quality"', '"kind":"nice"')
    with pytest.raises(ConfigErrors, match=r"dataset.jsonl"):
        checkout.build(tmp_path / "out")


def test_fails_when_synthesis_finds_something(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_args: object, **_more: object) -> float:
        raise cdk.CdkError("GF-CDK-001", "cdk synth ended with 1")

    monkeypatch.setattr(cdk, "synth", refused)
    with pytest.raises(cdk.CdkError):
        checkout.build(tmp_path / "out")
    assert not (tmp_path / "out/MANIFEST").exists()


def test_fails_to_read_a_folder_that_somebody_edited(checkout: Checkout, tmp_path: Path) -> None:
    built = checkout.build(tmp_path / "out")
    (built.folder / "MANIFEST").write_text("0" * 64 + "\n")
    with pytest.raises(ReleaseRefused, match="GF-REL-111"):
        read(built.folder)
    with pytest.raises(ReleaseError, match="GF-REL-410"):
        read(tmp_path)
