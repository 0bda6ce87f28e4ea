"""Released versions never change; the release command."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner, Result

from foundation.cli import application
from genai_foundation.catalog import digest
from tests.unit.settings.folder import Folder

PROMPT = "catalog/prompts/classify-v1.yaml"
LOCK = "catalog/released.lock"


def release(folder: Folder, *options: str) -> Result:
    return CliRunner().invoke(
        application("catalog"), ["catalog", "release", "--config", str(folder.root / "config"), *options]
    )


def test_fails_on_a_changed_released_version(folder: Folder) -> None:
    folder.replace(PROMPT, "max_tokens: 20", "max_tokens: 25")
    error = folder.only()
    assert (error.code, error.file.name) == ("GF-CAT-040", "classify-v1.yaml")
    assert "new file with version: 2" in error.message


def test_layout_order_and_comments_are_no_change(folder: Folder) -> None:
    text = folder.read(PROMPT)
    first, rest = text.split("\n", 1)
    lines = rest.splitlines()
    moved = [line for line in lines if not line.startswith("version")]
    folder.write(PROMPT, "\n".join(["# a comment", first, *moved, "version:   1   # the same", ""]))
    assert folder.errors() == ()


def test_a_new_version_is_the_way_to_change(folder: Folder) -> None:
    folder.write("catalog/prompts/classify-v2.yaml", folder.read(PROMPT).replace("version: 1", "version: 2"))
    assert "classify-v2" not in folder.load().catalog.prompts
    result = release(folder)
    assert (result.exit_code, result.output) == (0, "released: prompts/classify-v2\n")
    assert "classify-v2" in folder.load().catalog.prompts


def test_fails_on_a_use_case_that_names_an_unreleased_version(folder: Folder) -> None:
    folder.write("catalog/prompts/classify-v2.yaml", folder.read(PROMPT).replace("version: 1", "version: 2"))
    case = "config/use_cases/claims-assistant.yaml"
    folder.replace(case, "{name: classify, version: 1}", "{name: classify, version: 2}")
    error = folder.only()
    assert (error.code, error.key, error.line) == ("GF-CAT-042", "prompts[1]", folder.line(case, "name: classify"))
    assert "foundation catalog release" in error.message
    assert release(folder).exit_code == 0
    assert folder.errors() == ()


def test_fails_on_a_released_version_whose_file_is_gone(folder: Folder) -> None:
    (folder.root / "catalog" / "prompts" / "summarise-v1.yaml").unlink()
    found = folder.found()
    assert ("GF-CAT-041", "prompts.summarise-v1") in found
    assert ("GF-CAT-036", "prompts[1]") in found


def test_fails_without_a_lock_and_the_release_writes_one(folder: Folder) -> None:
    before = folder.read(LOCK)
    (folder.root / LOCK).unlink()
    assert {error.code for error in folder.errors()} == {"GF-CAT-043"}
    assert release(folder).exit_code == 0
    assert folder.read(LOCK) == before


@pytest.mark.parametrize("text", ["guardrails: 7\n", "prompts: {classify-v1: md5}\n", "guardrails: [\n"])
def test_fails_on_a_damaged_lock(folder: Folder, text: str) -> None:
    folder.write(LOCK, text)
    assert {error.code for error in folder.errors()} & {"GF-CFG-004", "GF-CFG-012", "GF-CFG-013"}
    assert release(folder).exit_code == 1
    assert folder.read(LOCK) == text


def test_fails_to_release_over_a_changed_version(folder: Folder) -> None:
    before = folder.read(LOCK)
    folder.replace(PROMPT, "max_tokens: 20", "max_tokens: 25")
    result = release(folder)
    assert result.exit_code == 1
    assert "GF-CAT-040" in result.output
    assert folder.read(LOCK) == before


def test_check_names_what_is_not_released_and_writes_nothing(folder: Folder) -> None:
    assert release(folder, "--check").output == "every version is released and unchanged\n"
    before = folder.read(LOCK)
    folder.write("catalog/prompts/classify-v2.yaml", folder.read(PROMPT).replace("version: 1", "version: 2"))
    result = release(folder, "--check")
    assert (result.exit_code, result.output) == (1, "not released: prompts/classify-v2\n")
    assert folder.read(LOCK) == before


def test_the_digest_is_of_the_content() -> None:
    assert digest({"a": 1, "b": ("x", None)}) == digest({"b": ["x", None], "a": 1})
    assert digest({"a": 1}) != digest({"a": "1"})
    assert digest({}) == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
