"""The options that the commands share, and what they say to a wrong one."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from foundation.evaluation.access import LocalAccess
from foundation.evaluation.options import Place, at_place
from foundation.release.bundle.build import build
from foundation.release.bundle.commit import Commit
from foundation.release.bundle.find import find_manifest
from foundation.release.cli import app
from foundation.release.context import write_file
from foundation.release.errors import ReleaseError
from stacks.settings import Settings
from tests.unit.release.deployment.sealed import context_with

WHOLE = "ab" * 32
LIVE = ["--environment", "prod", "--use-case", "claims-assistant"]


def _place(*arguments: str) -> Place:
    """What a command is given for these arguments."""
    seen: list[Place] = []
    application = typer.Typer()

    @application.command()
    @at_place
    def command(place: Place, other: int = 0) -> None:
        assert other == 7
        seen.append(place)

    done = CliRunner().invoke(application, ["--other", "7", *arguments])
    assert done.exit_code == 0, done.output
    return seen[0]


def test_a_command_is_given_its_place(tmp_path: Path) -> None:
    assert _place() == Place()
    asked = _place(
        "--config", "c", "--local", "--state", str(tmp_path), "--port", "1", "--profile", "dev=a", "--profile", "prod=b"
    )
    assert asked == Place(Path("c"), True, tmp_path, 1, ("dev=a", "prod=b"))
    assert asked.named == {"dev": "a", "prod": "b"}
    assert asked.target is not None
    assert asked.target.url == "http://127.0.0.1:1"
    assert Place().target is None


@pytest.mark.parametrize("given", [WHOLE[:12], WHOLE.upper(), f"{WHOLE}0", "../manifest"])
@pytest.mark.parametrize(
    "command",
    [
        ["notes"],
        ["dossier"],
        ["history"],
        ["integration", "--environment", "dev"],
        ["performance", "--environment", "dev"],
        ["deploy", "--environment", "dev", "--warrant", "x", "--execution", "y"],
        ["approve", "--role", "qa", "--comment", "x", "--person", "q@example.com"],
        ["live", "release", *LIVE],
        ["live", "canary", *LIVE, "--limit", "failed=0.1"],
    ],
    ids=lambda command: "-".join(command[:2]),
)
def test_fails_on_anything_but_a_whole_hash(command: list[str], given: str) -> None:
    done = CliRunner().invoke(app, [*command, "--manifest", given])
    assert done.exit_code == 2
    assert "Invalid value for '--manifest'" in done.stderr
    assert "64 hexadecimal digits" in " ".join(done.stderr.replace("│", "").split())


def test_fails_on_a_part_of_a_hash_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANIFEST", WHOLE[:12])
    done = CliRunner().invoke(app, ["notes"])
    assert (done.exit_code, "env var: 'MANIFEST'" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("profile", "said"), [("dev", "not KEY=VALUE"), ("test=mine", "'test': use one of shared, dev, pre-prod, prod")]
)
def test_fails_on_a_profile_of_no_account(profile: str, said: str) -> None:
    done = CliRunner().invoke(app, ["history", "--profile", profile])
    assert done.exit_code == 1
    assert "GF-EVAL-442" in done.output
    assert said in done.output


def test_fails_where_no_local_target_runs_and_says_how_to_start_one(tmp_path: Path) -> None:
    with socket.socket() as bound:  # not listening
        bound.bind(("127.0.0.1", 0))
        where = ["--local", "--state", str(tmp_path), "--port", str(bound.getsockname()[1])]
        for command in (["history", "--json"], ["notes", "--manifest", WHOLE], ["live", "show", *LIVE, "--json"]):
            done = CliRunner().invoke(app, [*command, *where])
            assert (done.exit_code, done.stdout) == (1, "")
            assert "GF-LOCAL-007" in done.stderr
            assert "run foundation local up" in done.stderr


def test_a_target_is_asked_once_whether_it_runs(settings: Settings) -> None:
    class Running:
        url = "http://127.0.0.1:1"
        calls: list[str] = []  # noqa: RUF012 - one test's

        def call(self, _method: str, path: str) -> None:
            self.calls.append(path)

        def session(self, *_given: str) -> Running:
            return self

        def client(self, service: str, **_given: object) -> str:
            return service

    access = LocalAccess(settings, Running())  # type: ignore[arg-type]
    assert [access.client(service, "dev") for service in ("s3", "ssm")] == ["s3", "ssm"]
    assert Running.calls == ["/_foundation/health"]


def test_fails_with_the_path_on_a_full_disk() -> None:
    with pytest.raises(
        ReleaseError, match=r"GF-REL-419: /dev/full can't be written \(No space left on device\): make room"
    ):
        write_file(Path("/dev/full"), "x")


def test_fails_where_the_folder_of_a_release_is_a_file(settings: Settings, tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.touch()
    with pytest.raises(ReleaseError, match=r"GF-REL-419: .*file can't be written \(File exists\)"):
        build(settings, Commit("1a" * 20, "a@example.com", "", "2026-09-01T12:00:00+02:00"), place)


def test_fails_on_a_name_that_no_file_can_have(settings: Settings) -> None:
    with pytest.raises(ReleaseError, match=r"GF-REL-417: 'x+' can't be read \(File name too long\)"):
        find_manifest(context_with(settings, {}), "x" * 5000)
