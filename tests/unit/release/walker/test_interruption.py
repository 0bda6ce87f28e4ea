"""Killed at any moment, before or after any effect, a release comes to the same end as one that nobody killed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.release.walker.journal import Journal
from foundation.release.walker.model import Pipeline, Stage, key
from foundation.release.walker.records import Execution
from tests.unit.release.walker.fakes import Kills, World, action, ended, names, pipeline, release, statuses

RELEASES = ("first", "second")


@st.composite
def pipelines(draw: st.DrawFn) -> Pipeline:
    stages = []
    for number in range(draw(st.integers(1, 3))):
        orders = draw(st.lists(st.integers(1, 2), min_size=1, max_size=3))
        actions = tuple(
            action(
                f"A{index}",
                order,
                namespace=f"N{number}{index}",
                configuration={"me": "#{codepipeline.PipelineExecutionId}"},
            )
            for index, order in enumerate(orders)
        )
        stages.append(Stage(f"S{number}", actions, rolls_back=bool(number) and draw(st.booleans())))
    return pipeline(*stages)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Pipeline, frozenset[str]]:
    """A pipeline and what fails in it, in the first release, the second or its rollback."""
    made = draw(pipelines())
    failing = draw(st.lists(st.sampled_from(names(made)), max_size=2))
    return made, frozenset(f"{draw(st.sampled_from(['first:', 'second:', '']))}{name}#1" for name in failing)


def walked(folder: Path, made: Pipeline, fails: frozenset[str], kills: Kills) -> tuple[World, list[Execution]]:
    world = World(fails)
    for name in RELEASES:
        release(made, folder, world, name, kills)
    return world, Journal(folder).all()


@settings(max_examples=50, deadline=None)
@given(histories(), st.frozensets(st.integers(0, 120), max_size=12))
def test_the_end_does_not_depend_on_who_is_killed_when(
    history: tuple[Pipeline, frozenset[str]], moments: frozenset[int]
) -> None:
    made, fails = history
    with tempfile.TemporaryDirectory() as undisturbed, tempfile.TemporaryDirectory() as killed:
        world, expected = walked(Path(undisturbed), made, fails, Kills())
        other, found = walked(Path(killed), made, fails, Kills(moments))
        assert [comparable(each) for each in found] == [comparable(each) for each in expected]
        assert other.effects == world.effects
        assert len(other.order) == len(set(other.effects))


RELEASE = pipeline(
    Stage("Build", (action("Build", namespace="Build"),)),
    Stage("Prod", (action("Authorize"), action("Deploy", 2)), rolls_back=True),
)


@pytest.mark.parametrize(
    "fails",
    [
        (),
        ("second:Build/Build#1",),
        ("second:Prod/Deploy#1",),
        ("first:Prod/Authorize#1",),
        ("Prod/Authorize#1",),
        ("first:Prod/Deploy#1", "second:Prod/Deploy#1"),
    ],
    ids=lambda given: "+".join(given) or "nothing",
)
def test_the_end_is_the_same_whichever_moment_was_a_process_s_last(tmp_path: Path, fails: tuple[str, ...]) -> None:
    undisturbed = Kills()
    world, expected = walked(tmp_path / "undisturbed", RELEASE, frozenset(fails), undisturbed)
    assert undisturbed.passed > 20
    for moment in range(undisturbed.passed):
        other, found = walked(tmp_path / str(moment), RELEASE, frozenset(fails), Kills(frozenset({moment})))
        assert [comparable(each) for each in found] == [comparable(each) for each in expected], moment
        assert other.effects == world.effects, moment


def comparable(execution: Execution) -> tuple[object, ...]:
    left = execution.model_dump(exclude={"actions", "updated", "started"})
    return (*left.items(), statuses(execution))


@settings(max_examples=40, deadline=None)
@given(histories(), st.frozensets(st.integers(0, 120), max_size=6))
def test_no_stage_begins_before_the_one_before_it_succeeded(
    history: tuple[Pipeline, frozenset[str]], moments: frozenset[int]
) -> None:
    made, fails = history
    with tempfile.TemporaryDirectory() as folder:
        world, found = walked(Path(folder), made, fails, Kills(moments))
    stages = [stage.name for stage in made.stages]
    for execution in found:
        mine = [name.partition(":")[2] for name in world.order if name.startswith(f"{execution.id}:")]
        order = [(stages.index(name.partition("/")[0]), run_order(made, name)) for name in mine]
        assert order == sorted(order)
        begun = {name.partition("/")[0] for name in mine}
        if execution.type == "STANDARD":
            for name in begun:
                before = stages[: stages.index(name)]
                assert all(execution.stages[each] == "Succeeded" for each in before)


@settings(max_examples=40, deadline=None)
@given(histories(), st.frozensets(st.integers(0, 120), max_size=6))
def test_a_rollback_runs_exactly_the_stage_of_the_last_good_execution(
    history: tuple[Pipeline, frozenset[str]], moments: frozenset[int]
) -> None:
    made, fails = history
    with tempfile.TemporaryDirectory() as folder:
        world, found = walked(Path(folder), made, fails, Kills(moments))
        journal = Journal(Path(folder))
        assert all(ended(made, journal, each) for each in found)
    by_id = {each.id: each for each in found}
    for execution in found:
        failed = next((name for name, status in execution.stages.items() if status == "Failed"), "")
        rolls_back = bool(failed) and made.stage(failed).rolls_back and execution.type == "STANDARD"
        good = by_id["first"].stages.get(failed) == "Succeeded" and execution.id == "second"
        assert bool(execution.rollback) == (rolls_back and good)
        if execution.type == "ROLLBACK":
            mine = {name.partition(":")[2] for name in world.order if name.startswith(f"{execution.id}:")}
            whole = {key(execution.stage, each.name) for each in made.stage(execution.stage).actions}
            assert execution.target == "first"
            assert mine <= whole
            assert mine == whole or execution.status == "Failed"


def run_order(made: Pipeline, name: str) -> int:
    stage, _, wanted = name.partition("/")
    return next(each.run_order for each in made.stage(stage).actions if each.name == wanted)
