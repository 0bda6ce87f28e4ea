"""Stages in order, actions by run order, variables and artifacts, failures, retries and rollback."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from foundation.release.errors import ReleaseError
from foundation.release.walker.calls import Call, Outcome
from foundation.release.walker.engine import Walker
from foundation.release.walker.journal import Journal
from foundation.release.walker.model import Pipeline, Stage
from tests.unit.release.walker.fakes import REVISION, World, action, pipeline, release, walker

BUILD = Stage("Build", (action("Build", namespace="Build", outputs=("Files",)),))
PROD = Stage(
    "Prod",
    (
        action("Authorize", namespace="Warrant", configuration={"UserParameters": '{"m":"#{Build.value}"}'}),
        action("Deploy", 2, configuration={"Warrant": "#{Warrant.value}"}, inputs=("Files",)),
    ),
    rolls_back=True,
)
TWO = pipeline(BUILD, PROD)


def test_actions_of_a_run_order_run_together_and_before_the_next(tmp_path: Path) -> None:
    """Both actions wait for each other: one after the other would never end."""
    meet = threading.Barrier(2, timeout=5)
    ended: list[str] = []

    class Meeting:
        def run(self, call: Call) -> Outcome:
            if call.action.run_order == 1:
                meet.wait()
            ended.append(call.action.name)
            return Outcome("Succeeded")

        def stop(self) -> None: ...

    given = pipeline(Stage("S", (action("Last", 2), action("One"), action("Two"))))
    walk = Walker(given, Meeting(), Journal(tmp_path))
    assert walk.walk(walk.new(REVISION)).status == "Succeeded"
    assert (set(ended[:2]), ended[2]) == ({"One", "Two"}, "Last")


def test_variables_and_artifacts_reach_later_actions(tmp_path: Path) -> None:
    world = World()
    given = pipeline(
        BUILD,
        Stage("Dev", (action("Use", inputs=("Files",), configuration={
            "a": "#{Build.value} of #{codepipeline.PipelineExecutionId}", "b": ["#{variables.Why}"]}),)),
        variables={"Why": "because"},
    )  # fmt: skip
    ended = release(given, tmp_path, world, "one")
    assert ended.status == "Succeeded"
    assert world.seen["one:Dev/Use"] == {"a": "one/Build/Build/1 of one", "b": ["because"]}


def test_fails_for_a_variable_without_a_value_and_names_those_that_have_one(tmp_path: Path) -> None:
    given = pipeline(BUILD, Stage("Dev", (action("Use", configuration={"a": "#{Build.other}"}),)))
    ended = release(given, tmp_path, World(), "one")
    error = ended.actions["Dev/Use"].error
    assert ended.status == "Failed"
    assert error.startswith("GF-REL-321")
    assert "Build.value" in error


def test_fails_for_an_artifact_that_no_action_made(tmp_path: Path) -> None:
    given = pipeline(Stage("Dev", (action("Use", inputs=("Files",)),)))
    ended = release(given, tmp_path, World(), "one")
    assert ended.actions["Dev/Use"].error.startswith("GF-REL-323")


def test_fails_for_variables_and_actions_that_the_pipeline_does_not_have(tmp_path: Path) -> None:
    given = pipeline(BUILD, variables={"Why": None})
    walk = walker(given, tmp_path, World())
    for variables, skip in (({}, ()), ({"Why": "a", "Other": "b"}, ()), ({"Why": "a"}, ("Tset",))):
        with pytest.raises(ReleaseError) as error:
            walk.new(REVISION, variables, skip)
        assert error.value.code == "GF-REL-322"


def test_a_failure_lets_its_run_order_end_and_stops_the_pipeline(tmp_path: Path) -> None:
    world = World(fails=frozenset({"Dev/One#1"}))
    given = pipeline(Stage("Dev", (action("One"), action("Two"), action("Three", 2))), Stage("Prod", (action("Four"),)))
    ended = release(given, tmp_path, world, "one")
    assert (ended.status, ended.stages) == ("Failed", {"Dev": "Failed"})
    assert world.order == ["one:Dev/One", "one:Dev/Two"]


def test_a_retry_repeats_what_failed_only(tmp_path: Path) -> None:
    world = World(fails=frozenset({"Dev/One#1"}))
    given = pipeline(Stage("Dev", (action("One"), action("Two"), action("Three", 2))))
    failed = release(given, tmp_path, world, "one")
    ended = walker(given, tmp_path, world).resume(failed)
    assert ended.status == "Succeeded"
    assert world.order == ["one:Dev/One", "one:Dev/Two", "one:Dev/One", "one:Dev/Three"]
    assert ended.actions["Dev/One"].attempt == 2


def test_a_skipped_action_has_no_effect_and_says_so(tmp_path: Path) -> None:
    world = World()
    walk = walker(TWO, tmp_path, world)
    ended = walk.walk(walk.new(REVISION, skip=("Deploy",)))
    assert ended.actions["Prod/Deploy"].status == "Skipped"
    assert "--skip" in ended.actions["Prod/Deploy"].summary
    assert not any("Deploy" in name for name in world.order)


def test_a_rollback_runs_the_stage_as_the_last_good_execution_ran_it(tmp_path: Path) -> None:
    world = World(fails=frozenset({"three:Prod/Deploy#1"}))
    for name in ("one", "two"):
        assert release(TWO, tmp_path, world, name).status == "Succeeded"
    before = list(world.order)
    ended = release(TWO, tmp_path, world, "three")
    rollback = Journal(tmp_path).load(ended.rollback)
    assert (ended.status, ended.stages["Prod"]) == ("Failed", "Failed")
    assert (rollback.type, rollback.target, rollback.failed, rollback.status) == (
        "ROLLBACK",
        "two",
        "three",
        "Succeeded",
    )
    again = [f"{rollback.id}:Prod/Authorize", f"{rollback.id}:Prod/Deploy"]
    assert world.order[len(before) :] == ["three:Build/Build", "three:Prod/Authorize", "three:Prod/Deploy", *again]
    assert world.seen[again[0]] == {"UserParameters": '{"m":"two/Build/Build/1"}'}
    assert world.seen[again[1]] == {"Warrant": f"{rollback.id}/Prod/Authorize/1"}


def test_a_rollback_is_no_target_of_another_and_is_not_rolled_back_itself(tmp_path: Path) -> None:
    world = World()
    release(TWO, tmp_path, world, "one")
    world.fails = frozenset({"two:Prod/Deploy#1", "three:Prod/Deploy#1"})
    release(TWO, tmp_path, world, "two")
    third = release(TWO, tmp_path, world, "three")
    assert Journal(tmp_path).load(third.rollback).target == "one"
    world.fails = frozenset({"Prod/Deploy#1"})
    fourth = release(TWO, tmp_path, world, "four")
    failed = Journal(tmp_path).load(fourth.rollback)
    assert (failed.status, failed.rollback) == ("Failed", "")


def test_fails_without_a_rollback_when_nothing_succeeded_before_in_the_same_structure(tmp_path: Path) -> None:
    world = World()
    release(TWO, tmp_path, world, "one")
    world.fails = frozenset({"two:Prod/Deploy#1"})
    changed = pipeline(BUILD, PROD, version="2")
    ended = release(changed, tmp_path, world, "two")
    assert (ended.status, ended.rollback) == ("Failed", "")
    assert "nothing to roll back to" in ended.note


def test_fails_to_go_on_where_nothing_is_left_or_a_later_release_went_by(tmp_path: Path) -> None:
    world = World(fails=frozenset({"one:Prod/Deploy#1"}))
    walk = walker(TWO, tmp_path, world)
    first = release(TWO, tmp_path, world, "one")
    second = release(TWO, tmp_path, world, "two")
    with pytest.raises(ReleaseError) as error:
        walk.resume(second)
    assert error.value.code == "GF-REL-331"
    with pytest.raises(ReleaseError) as error:
        walk.resume(first)
    assert error.value.code == "GF-REL-332"
    with pytest.raises(ReleaseError) as error:
        walker(pipeline(BUILD, PROD, version="2"), tmp_path, world).resume(first)
    assert error.value.code == "GF-REL-333"
    world.fails = frozenset({"three:Prod/Deploy#1"})
    third = release(TWO, tmp_path, world, "three")
    with pytest.raises(ReleaseError) as error:
        walk.resume(third)
    assert "was rolled back" in str(error.value)


def test_an_open_approval_ends_the_walk_and_is_asked_again_with_its_token(tmp_path: Path) -> None:
    tokens: list[str] = []
    answers: list[Outcome] = [Outcome("InProgress"), Outcome("Succeeded")]

    class Approving:
        def run(self, call: Call) -> Outcome:
            tokens.append(call.token)
            return answers[len(tokens) - 1]

        def stop(self) -> None: ...

    given: Pipeline = pipeline(Stage("Approval", (action("QA"),)))
    walk = Walker(given, Approving(), Journal(tmp_path))
    waiting = walk.walk(walk.new(REVISION))
    assert (waiting.status, waiting.stages) == ("InProgress", {"Approval": "InProgress"})
    assert walk.resume(waiting).status == "Succeeded"
    assert tokens[0] == tokens[1]


def test_fails_to_load_what_is_no_execution(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "execution.json").write_text("{")
    for name in ("broken", "absent"):
        with pytest.raises(ReleaseError) as error:
            Journal(tmp_path).load(name)
        assert error.value.code == "GF-REL-330"
