"""What a person's wish repeats: the action that failed, or with --whole-stage every action of its stage."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.release.walker.journal import Journal
from foundation.release.walker.model import Stage
from foundation.release.walker.records import Execution
from tests.unit.release.walker.fakes import REVISION, World, action, ended, pipeline, release, walker

DEV = Stage(
    "Dev",
    (
        action("Authorize", namespace="Warrant"),
        action("Deploy", 2, configuration={"Warrant": "#{Warrant.value}"}),
        action("Check", 3),
    ),
)
GIVEN = pipeline(Stage("Build", (action("Build"),)), DEV)
ROLLING = pipeline(Stage("Build", (action("Build"),)), Stage("Prod", DEV.actions, rolls_back=True))


def failed(folder: Path, world: World) -> Execution:
    """`one`, stopped at Dev/Deploy."""
    world.fails = frozenset({"Dev/Deploy#1"})
    walk = walker(GIVEN, folder, world)
    return walk.walk(walk.new(REVISION, id="one"))


def test_the_whole_stage_runs_again_and_nothing_before_it(tmp_path: Path) -> None:
    world = World()
    stopped = failed(tmp_path, world)
    before = len(world.order)
    found = walker(GIVEN, tmp_path, world).resume(stopped, whole_stage=True)
    assert found.status == "Succeeded"
    assert world.order[before:] == ["one:Dev/Authorize", "one:Dev/Deploy", "one:Dev/Check"]
    assert {name: each.attempt for name, each in found.actions.items()} == {
        "Build/Build": 1,
        "Dev/Authorize": 2,
        "Dev/Deploy": 2,
        "Dev/Check": 1,
    }


def test_what_failed_uses_the_variables_of_its_repeated_stage(tmp_path: Path) -> None:
    """A warrant is spent by its first use: the repetition takes another."""
    world = World()
    stopped = failed(tmp_path, world)
    walker(GIVEN, tmp_path, world).resume(stopped, whole_stage=True)
    assert world.seen["one:Dev/Deploy"] == {"Warrant": "one/Dev/Authorize/2"}


def test_without_it_what_succeeded_stays(tmp_path: Path) -> None:
    world = World()
    stopped = failed(tmp_path, world)
    found = walker(GIVEN, tmp_path, world).resume(stopped)
    assert found.actions["Dev/Authorize"].attempt == 1
    assert world.seen["one:Dev/Deploy"] == {"Warrant": "one/Dev/Authorize/1"}


def test_what_was_skipped_stays_skipped(tmp_path: Path) -> None:
    world = World(fails=frozenset({"Dev/Deploy#1"}))
    given = pipeline(Stage("Dev", (action("Test"), action("Deploy", 2))))
    walk = walker(given, tmp_path, world)
    stopped = walk.walk(walk.new(REVISION, skip=("Test",), id="one"))
    found = walk.resume(stopped, whole_stage=True)
    assert (found.status, found.actions["Dev/Test"].status) == ("Succeeded", "Skipped")
    assert world.order == ["one:Dev/Deploy", "one:Dev/Deploy"]


def test_of_an_execution_that_did_not_fail_it_repeats_nothing(tmp_path: Path) -> None:
    world = World()
    walk = walker(GIVEN, tmp_path, world)
    begun = walk.new(REVISION, id="one")
    assert walk.resume(begun, whole_stage=True).status == "Succeeded"
    assert len(world.order) == len(set(world.effects)) == 4


def test_a_rollback_that_failed_is_gone_on_with(tmp_path: Path) -> None:
    world = World()
    release(ROLLING, tmp_path, world, "one")
    world.fails = frozenset({"Prod/Deploy#1"})
    second = release(ROLLING, tmp_path, world, "two")
    rollback = Journal(tmp_path).load(second.rollback)
    assert (rollback.status, rollback.actions["Prod/Authorize"].attempt) == ("Failed", 1)
    found = walker(ROLLING, tmp_path, world).resume(second, whole_stage=True)
    rollback = Journal(tmp_path).load(found.rollback)
    assert (found.status, rollback.status) == ("Failed", "Succeeded")
    assert {name: each.attempt for name, each in rollback.actions.items()} == {
        "Prod/Authorize": 2,
        "Prod/Deploy": 2,
        "Prod/Check": 1,
    }
    assert ended(ROLLING, Journal(tmp_path), found)


@pytest.mark.parametrize("whole_stage", [False, True])
def test_a_repetition_may_fail_and_be_repeated(tmp_path: Path, whole_stage: bool) -> None:
    world = World()
    failed(tmp_path, world)
    world.fails = frozenset({"Dev/Deploy#2"})
    journal = Journal(tmp_path)
    again = walker(GIVEN, tmp_path, world).resume(journal.load("one"), whole_stage=whole_stage)
    assert (again.status, again.actions["Dev/Deploy"].attempt) == ("Failed", 2)
    world.fails = frozenset()
    last = walker(GIVEN, tmp_path, world).resume(again, whole_stage=whole_stage)
    assert (last.status, last.actions["Dev/Deploy"].attempt) == ("Succeeded", 3)
