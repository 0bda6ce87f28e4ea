"""A world in which actions have effects, and a walker that can be killed at any moment of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from foundation.release.walker.calls import Call, Outcome
from foundation.release.walker.engine import Step, Walker
from foundation.release.walker.journal import Journal
from foundation.release.walker.model import Action, Pipeline, Stage, key
from foundation.release.walker.records import Execution, Revision

REVISION = Revision(
    folder="/src", commit="a" * 40, author="a@example.com", date="2026-01-01", subject="change", branch="main"
)


class Killed(BaseException):
    """kill -9."""


@dataclass
class Kills:
    """Which moments are the last of a process, counted over all processes: `moments[3]` ends the fourth."""

    moments: frozenset[int] = frozenset()
    passed: int = 0

    def moment(self) -> None:
        self.passed += 1
        if self.passed - 1 in self.moments:
            raise Killed


@dataclass
class World:
    """What actions did. `fails` are `Stage/Action#attempt` or `execution:Stage/Action#attempt`."""

    fails: frozenset[str] = frozenset()
    effects: dict[str, str] = field(default_factory=dict)
    """Token -> `execution:Stage/Action`; an action asked again with its token has no second effect."""
    order: list[str] = field(default_factory=list)
    seen: dict[str, dict[str, str]] = field(default_factory=dict)
    """`execution:Stage/Action` -> the configuration that it was called with."""

    def act(self, call: Call) -> Outcome:
        name = f"{call.execution.id}:{call.name}"
        record = call.execution.action(call.stage, call.action.name)
        assert record is None or record.status == "InProgress", f"{name} ended and is asked again"
        if call.token not in self.effects:
            self.effects[call.token] = name
            self.order.append(name)
        self.seen[name] = dict(call.configuration)
        if {f"{call.name}#{call.attempt}", f"{name}#{call.attempt}"} & self.fails:
            return Outcome("Failed", error="GF-TEST: told to fail")
        outputs = {"value": f"{call.execution.id}/{call.name}/{call.attempt}"}
        artifacts = {each: f"{call.execution.id}/{each}" for each in call.action.outputs}
        return Outcome("Succeeded", outputs, artifacts)


@dataclass
class FakeExecutor:
    world: World
    kills: Kills = field(default_factory=Kills)

    def run(self, call: Call) -> Outcome:
        self.kills.moment()
        outcome = self.world.act(call)
        self.kills.moment()
        return outcome

    def stop(self) -> None:
        pass


class FakeJournal(Journal):
    """Dies before or after a record is written."""

    def __init__(self, folder: Path, kills: Kills) -> None:
        super().__init__(folder)
        self._kills = kills

    def save(self, execution: Execution) -> None:
        self._kills.moment()
        super().save(execution)
        self._kills.moment()


def in_turn(steps: Sequence[Step], _stop: Step) -> None:
    for step in steps:
        step()


def walker(pipeline: Pipeline, folder: Path, world: World, kills: Kills | None = None) -> Walker:
    kills = kills or Kills()
    return Walker(pipeline, FakeExecutor(world, kills), FakeJournal(folder, kills), clock=lambda: 1.0, together=in_turn)


def release(pipeline: Pipeline, folder: Path, world: World, name: str, kills: Kills | None = None) -> Execution:
    """Walk an execution to its end, whatever kills its processes on the way."""
    kills = kills or Kills()
    journal = Journal(folder)
    begin: Callable[[Walker], Execution] = lambda each: each.walk(each.new(REVISION, id=name))  # noqa: E731
    while True:
        try:
            return begin(walker(pipeline, folder, world, kills))
        except Killed:
            if not (folder / name / "execution.json").exists():
                continue
            left = journal.load(name)
            if ended(pipeline, journal, left):
                return left
            begin = lambda each: each.resume(journal.load(name))  # noqa: E731


def ended(pipeline: Pipeline, journal: Journal, execution: Execution) -> bool:
    """Whether a person would leave the execution as it is."""
    if execution.status != "Failed":
        return execution.status == "Succeeded"
    if execution.rollback:
        return journal.load(execution.rollback).status != "InProgress"
    failed = next(name for name, status in execution.stages.items() if status == "Failed")
    return bool(execution.note) or not pipeline.stage(failed).rolls_back


def action(name: str, run_order: int = 1, **more: object) -> Action:
    given = {"kind": ("Invoke", "AWS", "Lambda"), "configuration": {}, **more}
    return Action(name, run_order=run_order, **given)  # type: ignore[arg-type]


def pipeline(*stages: Stage, **more: object) -> Pipeline:
    given = {
        "name": "Release",
        "account": "111111111111",
        "region": "eu-west-1",
        "role_arn": "arn:role",
        "version": "1",
    }
    return Pipeline(stages=stages, **{**given, **more})  # type: ignore[arg-type]


def statuses(execution: Execution) -> dict[str, tuple[str, int, dict[str, str]]]:
    return {name: (each.status, each.attempt, each.outputs) for name, each in execution.actions.items()}


def names(given: Pipeline) -> list[str]:
    return [key(stage.name, each.name) for stage in given.stages for each in stage.actions]
