"""The bill of materials: every pinned package of every lock file, in CycloneDX, reproducible."""

import json
from pathlib import Path
from typing import Any

import pytest

from foundation import cdk
from foundation.release.bundle.commit import Commit
from foundation.release.bundle.locks import packages
from foundation.release.bundle.sbom import bill_of_materials
from foundation.release.errors import ReleaseError
from tests.unit.release.bundle.checkout import COMMIT, LOCK, Checkout


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    """Of this checkout."""
    found: dict[str, Any] = json.loads(bill_of_materials(cdk.ROOT, COMMIT))
    return found


def test_it_names_format_subject_and_time(shipped: dict[str, Any]) -> None:
    assert (shipped["bomFormat"], shipped["specVersion"]) == ("CycloneDX", "1.6")
    assert shipped["metadata"]["component"]["version"] == COMMIT.id
    assert shipped["metadata"]["timestamp"] == "2026-09-01T12:00:00+02:00"


def test_every_pin_of_every_lock_file_is_a_component(shipped: dict[str, Any]) -> None:
    listed = {component.get("purl") for component in shipped["components"]}
    locks = [cdk.ROOT / "requirements.lock", cdk.ROOT / "package-lock.json", *(cdk.ROOT / "lambda").glob("*.lock")]
    for lock in locks:
        for package in packages(lock):
            assert f"pkg:{package.ecosystem}/{package.name.replace('@', '%40')}@{package.version}" in listed, lock
    files = {component["name"] for component in shipped["components"] if component["type"] == "file"}
    assert {"requirements.lock", "lambda/scoring.lock", "package-lock.json"} <= files


def test_components_carry_hashes_and_where_they_are_from(shipped: dict[str, Any]) -> None:
    pydantic = next(each for each in shipped["components"] if each["name"] == "pydantic")
    assert pydantic["externalReferences"][0]["hashes"][0]["alg"] == "SHA-256"
    locks = {each["value"] for each in pydantic["properties"] if each["name"] == "genai-foundation:lock"}
    assert {"requirements.lock"} <= locks
    graph = {each["ref"]: set(each.get("dependsOn", ())) for each in shipped["dependencies"]}
    assert graph["genai-foundation"] >= {"requirements.lock", "package-lock.json"}
    assert pydantic["bom-ref"] in graph["lambda/requirements.lock"]


def test_the_same_lock_files_give_the_same_bytes(checkout: Checkout) -> None:
    one = bill_of_materials(checkout.root, COMMIT)
    assert one == bill_of_materials(checkout.root, COMMIT)
    other = Commit("2b" * 20, COMMIT.author, COMMIT.subject, COMMIT.committed_at)
    assert json.loads(one)["serialNumber"] != json.loads(bill_of_materials(checkout.root, other))["serialNumber"]


def test_a_changed_pin_shows(checkout: Checkout) -> None:
    before = bill_of_materials(checkout.root, COMMIT)
    checkout.replace("lambda/scoring.lock", "annotated-types==0.8.0", "annotated-types==0.8.1")
    after = json.loads(bill_of_materials(checkout.root, COMMIT))
    assert {"pkg:pypi/annotated-types@0.8.0", "pkg:pypi/annotated-types@0.8.1"} <= {
        each.get("purl") for each in after["components"]
    }
    assert json.loads(before)["serialNumber"] != after["serialNumber"]


def test_markers_and_extras_are_read(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    lock.write_text(f"colorama[x]==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:{'a' * 64}\n# note\n-e .\n")
    (package,) = packages(lock)
    assert (package.name, package.version, package.marker) == ("colorama", "0.4.6", "sys_platform == 'win32'")


@pytest.mark.parametrize("text", ["", "requests>=2\n", "just words\n"])
def test_fails_for_what_pins_nothing(checkout: Checkout, text: str) -> None:
    checkout.write("lambda/scoring.lock", text)
    with pytest.raises(ReleaseError, match=r"GF-REL-408: .*scoring.lock"):
        bill_of_materials(checkout.root, COMMIT)


@pytest.mark.parametrize("text", ["{", "{}", '{"packages": {"node_modules/x": {"version": "1"}}}', '{"packages": []}'])
def test_fails_for_a_broken_package_lock(checkout: Checkout, text: str) -> None:
    checkout.write("package-lock.json", text)
    with pytest.raises(ReleaseError, match=r"GF-REL-408: .*package-lock.json"):
        bill_of_materials(checkout.root, COMMIT)


def test_fails_without_a_lock_file(checkout: Checkout) -> None:
    checkout.write("lambda/scoring.lock", LOCK)
    (checkout.root / "requirements.lock").unlink()
    with pytest.raises(ReleaseError, match=r"GF-REL-407: .*requirements.lock"):
        bill_of_materials(checkout.root, COMMIT)
