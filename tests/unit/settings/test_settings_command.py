"""`foundation validate` and `foundation schema` as people run them, and what they generate."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cfnlint.jsonschema import StandardValidator

from foundation.region_table import render
from foundation.schema import outputs
from genai_foundation.catalog.yaml_tree import read
from stacks.settings import bedrock_regions
from tests.unit.settings.folder import Folder

CHECKOUT = Path(__file__).resolve().parents[3]
BROKEN = CHECKOUT / "tests" / "data" / "broken_config" / "config"
FOUNDATION = Path(sys.executable).with_name("foundation")


def foundation(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FOUNDATION, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
        env={**os.environ, "NO_COLOR": "1", **environment},
    )


def test_validate_accepts_the_shipped_example() -> None:
    result = foundation("validate", FOUNDATION_CONFIG="config")
    assert (result.returncode, result.stderr) == (0, "")
    assert "6 accounts" in result.stdout
    assert "3 use cases" in result.stdout


def test_validate_fails_with_a_table_of_every_fault() -> None:
    result = foundation("validate", "--config", str(BROKEN))
    assert result.returncode == 1
    assert "GF-NET-006" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr
    expected = (BROKEN.parent / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert result.stdout.rstrip().endswith(f"{len(expected)} errors")


def test_validate_prints_json_for_machines() -> None:
    result = foundation("validate", "--json", FOUNDATION_CONFIG=str(BROKEN))
    assert result.returncode == 1
    errors = json.loads(result.stdout)
    account = next(error for error in errors if error["code"] == "GF-ACC-001")
    assert account.keys() == {"code", "file", "line", "key", "value", "message"}
    assert (account["line"], account["key"]) == (9, "accounts.pre-prod")
    assert json.loads(foundation("validate", "--json", FOUNDATION_CONFIG="config").stdout) == []


def test_validate_takes_a_catalog_from_elsewhere(folder: Folder) -> None:
    elsewhere = folder.root / "elsewhere"
    (folder.root / "catalog").rename(elsewhere)
    config = str(folder.root / "config")
    assert foundation("validate", "--config", config, "--catalog", str(elsewhere)).returncode == 0
    assert foundation("validate", "--config", config, "--catalog", str(folder.root / "nowhere")).returncode == 1


def test_fails_on_a_folder_that_does_not_exist() -> None:
    result = foundation("validate", "--config", "no/such/folder")
    assert result.returncode == 1
    assert "GF-CFG-001" in result.stdout


def test_generated_files_are_fresh() -> None:
    stale = [
        str(path) for path, text in outputs().items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run `foundation schema`"


def test_the_region_table_is_that_of_the_pinned_packages() -> None:
    assert Path(bedrock_regions.__file__).read_text(encoding="utf-8") == render()
    assert bedrock_regions.CAPABILITIES["eu-west-1"] == ("guardrails", "prompts")


SCHEMAS = {
    "platform": ["config/platform.yaml"],
    "use_case": sorted(str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "config/use_cases").glob("*.yaml")),
    "guardrail": sorted(str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "catalog/guardrails").glob("*.yaml")),
    "prompt": sorted(str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "catalog/prompts").glob("*.yaml")),
    "models": ["catalog/models.yaml"],
}
CASES = [(name, file) for name, files in SCHEMAS.items() for file in files]


def listed(value: Any) -> Any:
    """Tuples as lists, which is what a JSON Schema validator calls an array."""
    if isinstance(value, dict):
        return {key: listed(each) for key, each in value.items()}
    return [listed(each) for each in value] if isinstance(value, tuple) else value


def findings(name: str, content: Any) -> list[str]:
    schema = json.loads((CHECKOUT / "config" / "schema" / f"{name}.json").read_text(encoding="utf-8"))
    return [error.message for error in StandardValidator(schema=schema).iter_errors(listed(content))]


@pytest.mark.parametrize(("name", "file"), CASES)
def test_an_editor_finds_nothing_in_the_shipped_files(name: str, file: str) -> None:
    root = read(CHECKOUT / file).root
    assert root is not None
    assert findings(name, root.value) == []


def test_an_editor_finds_an_unknown_key_and_a_wrong_choice() -> None:
    root = read(CHECKOUT / "config/platform.yaml").root
    assert root is not None
    assert findings("platform", {**root.value, "unknown": 1})
    assert findings("platform", {**root.value, "resilience_tier": "strong"})


@pytest.mark.parametrize(("name", "file"), CASES)
def test_every_shipped_file_names_its_schema(name: str, file: str) -> None:
    first = (CHECKOUT / file).read_text(encoding="utf-8").splitlines()[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    assert (
        (CHECKOUT / file).parent / first.removeprefix(prefix)
    ).resolve() == CHECKOUT / "config" / "schema" / f"{name}.json"
