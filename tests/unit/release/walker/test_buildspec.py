"""Build specifications: one shell for all phases, what a failure skips, what is exported and collected."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from foundation.release.errors import ReleaseError
from foundation.release.walker.executors.buildspec import Files, read, write


def spec(**phases: Any) -> dict[str, Any]:
    return {"version": 0.2, "env": {"exported-variables": ["SEEN", "OK"]}, "phases": phases}


def ran(folder: Path, given: dict[str, Any]) -> tuple[int, str, str, dict[str, str]]:
    """Exit code, failed phase, output and exports."""
    script = write(read(json.dumps(given), folder), folder)
    done = subprocess.run(["bash", str(script)], cwd=folder, capture_output=True, text=True, check=False)
    pairs = (folder / "exports").read_text().split("\0")
    exports = dict(pair.split("=", 1) for pair in pairs if pair)
    return done.returncode, (folder / "failed").read_text(), done.stdout + done.stderr, exports


def test_all_phases_share_a_shell(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    given = spec(
        install={"commands": ["cd inner", "export SEEN=1", "plain=2"]},
        build={"commands": ['export SEEN="$SEEN $plain $(basename "$PWD")"\n']},
        post_build={"commands": ["export OK=$CODEBUILD_BUILD_SUCCEEDING"]},
    )
    code, failed, said, exports = ran(tmp_path, given)
    assert (code, failed, exports) == (0, "", {"SEEN": "1 2 inner", "OK": "1"})
    assert "+ cd inner" in said


@pytest.mark.parametrize(
    ("phase", "more", "seen"),
    [
        ("install", {}, "install finally"),
        ("pre_build", {}, "pre_build finally"),
        ("build", {}, "build finally post"),
        ("build", {"on-failure": "ABORT"}, "build finally"),
    ],
)
def test_fails_in_a_phase_and_leaves_out_what_codebuild_leaves_out(
    tmp_path: Path, phase: str, more: dict[str, str], seen: str
) -> None:
    failing = {
        "commands": [f"export SEEN={phase}", "(exit 7)", "SEEN=never"],
        "finally": ['SEEN="$SEEN finally"'],
        **more,
    }
    given = spec(**{
        "build": {"commands": ["SEEN=never"]}, phase: failing,
        "post_build": {"commands": ['SEEN="$SEEN post"', "export OK=$CODEBUILD_BUILD_SUCCEEDING"]},
    })  # fmt: skip
    code, failed, _, exports = ran(tmp_path, given)
    assert (code, failed, exports["SEEN"]) == (1, f"{phase} 7", seen)
    assert exports["OK"] == ("0" if "post" in seen else "")


def test_fails_for_a_command_that_ends_the_shell(tmp_path: Path) -> None:
    code, failed, _, _ = ran(tmp_path, spec(build={"commands": ["exit 3"]}, post_build={"commands": ["SEEN=never"]}))
    assert (code, failed) == (3, "build 3")


def test_fails_without_a_verdict_when_its_values_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "exports").symlink_to("/dev/full")
    script = write(read(json.dumps(spec(build={"commands": ["export SEEN=1"]})), tmp_path), tmp_path)
    subprocess.run(["bash", str(script)], cwd=tmp_path, capture_output=True, check=False)
    assert not (tmp_path / "failed").exists()


def test_a_specification_may_be_a_file_of_the_source(tmp_path: Path) -> None:
    (tmp_path / "buildspec.yml").write_text("version: 0.2\nphases: {build: {commands: [a]}}\n")
    (tmp_path / "other.yml").write_text("version: 0.2\nphases: {build: {commands: [b]}}\n")
    assert read("", tmp_path).phases["build"].commands == ("a",)
    assert read("other.yml", tmp_path).phases["build"].commands == ("b",)


def test_what_is_collected_and_read_from_stores(tmp_path: Path) -> None:
    given = {
        **spec(),
        "env": {"parameter-store": {"A": "/a"}, "secrets-manager": {"B": "b:key"}, "variables": {"C": 1}},
        "artifacts": {"files": ["*.txt"], "base-directory": "out", "discard-paths": "yes",
                      "secondary-artifacts": {"Two": {"files": ["**/*"]}}},
    }  # fmt: skip
    found = read(json.dumps(given), tmp_path)
    assert found.artifacts == {"": Files(("*.txt",), "out", True), "Two": Files(("**/*",))}
    assert (found.parameters, found.secrets, found.variables) == ({"A": "/a"}, {"B": "b:key"}, {"C": "1"})


@pytest.mark.parametrize(
    "text",
    [
        "absent.yml",
        "{not yaml",
        "version: 0.1\nphases: {}",
        json.dumps({**spec(), "batch": {}}),
        json.dumps({**spec(), "env": {"shell": "sh"}}),
        json.dumps(spec(deploy={"commands": []})),
        json.dumps(spec(build={"commands": [], "run-as": "root"})),
        json.dumps(spec(build={"commands": [], "on-failure": "CONTINUE"})),
    ],
)
def test_fails_for_what_the_walker_would_have_to_ignore(tmp_path: Path, text: str) -> None:
    with pytest.raises(ReleaseError) as error:
        read(text, tmp_path)
    assert error.value.code == "GF-REL-340"
