"""Runs of a pipeline on a target, and the commands that people give: what is gone on with, what is said, what it exits with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from foundation.local.errors import LocalTargetError
from foundation.release.errors import ReleaseError
from foundation.release.walker import command, definition
from foundation.release.walker.calls import Call, Halted, Outcome
from foundation.release.walker.definition import Definition
from foundation.release.walker.journal import Journal
from foundation.release.walker.model import Stage
from foundation.release.walker.runs import Runs
from tests.unit.release.walker.fakes import REVISION, FakeExecutor, World, action, pipeline

APPROVAL = action("QA", kind=("Approval", "AWS", "Manual"), configuration={
    "CustomData": "manifest #{Build.value}", "ExternalEntityLink": "https://example.com/#{Build.value}"})  # fmt: skip
GIVEN = pipeline(
    Stage("Build", (action("Build", namespace="Build"),)),
    Stage("Dev", (action("Authorize"), action("Deploy", 2))),
    mode="QUEUED",
)
SOURCE = ["--commit", "a" * 40, "--author", "a@example.com", "--date", "2026", "--subject", "change"]


class Target:
    """Keeps what it was posted. Nobody answers approvals but `answered`."""

    def __init__(self, root: Path) -> None:
        self.folder = self
        self.root = root
        self.posted: list[Mapping[str, Any]] = []
        self.answered: set[str] = set()
        self.fails: Exception | None = None

    def call(self, _method: str, _path: str, body: Mapping[str, Any], **_: object) -> Any:
        if self.fails:
            raise self.fails
        if body["do"] == "execution":
            self.posted.append(body["execution"])
            return None
        return {"status": "Approved"} if body["id"] in self.answered else None


class Approving(FakeExecutor):
    """Leaves approvals open."""

    def run(self, call: Call) -> Outcome:
        return Outcome("InProgress") if call.action.kind[0] == "Approval" else super().run(call)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(tmp_path)


@pytest.fixture
def runs(target: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> Runs:
    return made(target, world, monkeypatch)


def made(target: Any, world: World, monkeypatch: pytest.MonkeyPatch, given: Any = GIVEN) -> Runs:
    monkeypatch.setattr(definition, "load", lambda *_: Definition(given, ()))
    return Runs(target, Path("cdk.out"), around=lambda _: Approving(world))


def failed(runs: Runs, world: World) -> str:
    world.fails = frozenset({"Dev/Deploy#1"})
    return runs.start(REVISION, id="one").id


def test_the_last_execution_that_did_not_succeed_is_gone_on_with(runs: Runs, world: World) -> None:
    failed(runs, world)
    assert runs.resume().actions["Dev/Authorize"].attempt == 1
    with pytest.raises(ReleaseError) as error:
        runs.resume()
    assert error.value.code == "GF-REL-331"


def test_a_whole_stage_is_gone_on_with(runs: Runs, world: World) -> None:
    found = runs.resume(failed(runs, world), whole_stage=True)
    assert {name: each.attempt for name, each in found.actions.items()} == {
        "Build/Build": 1, "Dev/Authorize": 2, "Dev/Deploy": 2}  # fmt: skip
    assert found.status == "Succeeded"


def test_every_record_is_shown_in_the_api_and_that_of_a_killed_walker_when_it_is_gone_on_with(
    runs: Runs, world: World, target: Target
) -> None:
    failed(runs, world)
    assert target.posted[0]["status"] == "InProgress"
    assert (target.posted[-1]["status"], target.posted[-1]["stages"]["Dev"]) == ("Failed", "Failed")
    target.posted.clear()
    runs.resume("one")
    assert target.posted[0]["status"] == "Failed"
    assert target.posted[-1]["status"] == "Succeeded"


def test_the_revision_is_shown_as_the_source_action_s(
    world: World, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = action("Checkout", kind=("Source", "AWS", "CodeStarSourceConnection"), outputs=("Files",))
    made(target, world, monkeypatch, pipeline(Stage("Source", (source,)))).start(REVISION)
    shown = target.posted[-1]
    assert (shown["source"], shown["revision"]["name"], shown["revision"]["revisionId"]) == (
        "Checkout",
        "Files",
        "a" * 40,
    )


def test_a_target_that_is_gone_leaves_an_execution_to_go_on_with(runs: Runs, target: Target) -> None:
    target.fails = LocalTargetError("GF-LOCAL-001", "nothing listens")
    with pytest.raises(LocalTargetError):
        runs.start(REVISION, id="one")
    target.fails = None
    assert runs.resume().status == "Succeeded"


def test_open_approvals_say_what_they_are_about_until_somebody_answers(
    world: World, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = pipeline(*GIVEN.stages[:1], Stage("Approval", (APPROVAL,)))
    runs = made(target, world, monkeypatch, given)
    waiting = runs.start(REVISION, id="one")
    (found,) = runs.open_approvals()
    assert (found.action, found.about, found.link) == (
        "QA", "manifest one/Build/Build/1", "https://example.com/one/Build/Build/1")  # fmt: skip
    assert target.posted[-1]["actions"]["Approval/QA"]["url"] == found.link
    target.answered.add(waiting.actions["Approval/QA"].token)
    assert runs.open_approvals() == []


@pytest.fixture
def cli(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.setattr(command, "Runs", lambda *_given, **_named: runs)
    app = typer.Typer()
    app.command("run")(command.run)
    app.command("executions")(command.executions)
    return app


def ask(cli: typer.Typer, *given: str) -> tuple[int, str]:
    found = CliRunner().invoke(cli, list(given))
    return found.exit_code, found.output


def test_the_command_goes_on_with_a_whole_stage(cli: typer.Typer, world: World, target: Target) -> None:
    world.fails = frozenset({"Dev/Deploy#1"})
    code, said = ask(cli, "run", *SOURCE)
    assert (code, "Failed" in said) == (1, True)
    code, said = ask(cli, "run", "--resume", "--whole-stage")
    assert (code, "Succeeded" in said) == (0, True)
    (found,) = Journal(target.root / "pipelines" / "Release").all()
    assert (found.actions["Dev/Authorize"].attempt, found.actions["Build/Build"].attempt) == (2, 1)


def test_the_command_names_an_execution_to_go_on_with(cli: typer.Typer, world: World) -> None:
    world.fails = frozenset({"Dev/Deploy#1"})
    ask(cli, "run", *SOURCE)
    listed = json.loads(CliRunner().invoke(cli, ["executions", "--json"]).output)
    assert ask(cli, "run", "--execution", listed[0]["id"])[0] == 0
    code, said = ask(cli, "run", "--execution", "absent")
    assert (code, "GF-REL-330" in said, listed[0]["id"] in said) == (1, True, True)


@pytest.mark.parametrize(
    "error",
    [
        ReleaseError("GF-REL-331", "nothing"),
        Halted("GF-REL-347", "can't write"),
        LocalTargetError("GF-LOCAL-001", "off"),
    ],
)
def test_the_command_fails_with_the_code_and_no_traceback(
    cli: typer.Typer, runs: Runs, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def start(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(runs, "start", start)
    found = CliRunner().invoke(cli, ["run", *SOURCE])
    assert found.exit_code == 1
    assert found.output.strip() == str(error)


def test_the_command_says_how_to_go_on_after_an_interruption(
    cli: typer.Typer, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "start", start)
    code, said = ask(cli, "run", *SOURCE)
    assert (code, "foundation release run --resume" in said) == (130, True)


def test_the_command_ends_with_what_is_open(
    world: World, target: Target, monkeypatch: pytest.MonkeyPatch, runs: Runs, cli: typer.Typer
) -> None:
    given = pipeline(*GIVEN.stages[:1], Stage("Approval", (APPROVAL,)))
    waiting = made(target, world, monkeypatch, given)
    monkeypatch.setattr(command, "Runs", lambda *_given, **_named: waiting)
    code, said = ask(cli, "run", *SOURCE)
    assert code == 3
    assert "open: Approval/QA: manifest " in said
