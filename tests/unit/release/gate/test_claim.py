"""Which earlier run answers: the same content, fresh enough, and no second chance for a verdict that was one."""

from typing import Any

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.run import RunRequest, UseCaseEndpoint
from genai_runtime.evaluation.verdict import Decision, RunResult
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.gate.workload import MODEL_ACCESS
from genai_runtime.release.manifest import Requirement
from tests.unit.release.gate.world import LATER, World


def second(world: World, environment: str = "pre-prod") -> tuple[str, str]:
    """Runs of this execution and of a later one."""
    first = world.asked(environment)[0].run  # type: ignore[arg-type]
    world.preparer.prepare(world.start(environment, execution=LATER))  # type: ignore[arg-type]
    return first, world.asked(environment, execution=LATER)[0].run  # type: ignore[arg-type]


def prepared(world: World, decision: Decision | None, *, undecided: bool = False) -> World:
    world.preparer.prepare(world.start())
    if decision:
        world.finish(world.asked()[0].run, decision, undecided=undecided)
    return world


@pytest.mark.parametrize(
    ("decision", "undecided", "days", "same"),
    [
        ("PROMOTE", False, 3, True),
        ("PROMOTE", False, 4, False),  # half of evidence_days is left for approvals
        ("REJECT", False, 6, True),
        ("REJECT", False, 8, False),
        ("HOLD", False, 6, True),
        ("HOLD", False, 8, False),
        ("HOLD", True, 0.001, False),  # says nothing of the candidate
        ("REJECT", True, 6, True),
    ],
)
def test_an_earlier_result_of_the_same_content(decision: Decision, undecided: bool, days: float, same: bool) -> None:
    world = prepared(World(), decision, undecided=undecided)
    world.later(days=days)
    first, later = second(world)
    assert later == (first if same else f"{first}-2")
    assert len(world.states.starts) == (1 if same else 2)


def test_a_hold_by_another_limit_than_answers_stands() -> None:
    """A latency that isn't proven is a verdict: it isn't asked again until chance says PROMOTE."""
    world = prepared(World(), "HOLD")
    run = world.asked()[0].run
    result = world.runs.load(layout.result(run), RunResult)
    (candidate,) = result.gate.candidates
    slow = candidate.limits[0].model_copy(update={"name": "last-token-p95-ms", "decision": "HOLD"})
    gate = result.gate.model_copy(
        update={"candidates": (candidate.model_copy(update={"limits": (slow, *candidate.limits)}),)}
    )
    world.runs.write(layout.result(run), result.model_copy(update={"gate": gate}))
    assert second(world) == (run, run)


def test_a_run_that_is_not_over_is_joined() -> None:
    first, later = second(prepared(World(), None))
    assert later == first


def test_a_run_that_was_never_finished_is_not_joined_for_ever() -> None:
    world = prepared(World(), None)
    world.later(days=8)
    first, later = second(world)
    assert later == f"{first}-2"


def test_a_verdict_stands_though_a_later_repetition_says_otherwise() -> None:
    world = prepared(World(), "REJECT")
    run = world.asked()[0].run
    request = world.runs.load(layout.request(run), RunRequest)
    world.runs.write(layout.request(f"{run}-2"), request.model_copy(update={"run": f"{run}-2"}))
    world.finish(f"{run}-2", "PROMOTE")
    assert second(world) == (run, run)


def test_other_content_is_another_run() -> None:
    world = prepared(World(), "PROMOTE")
    first = world.asked()[0].run
    world.manifest = world.made(
        requirements=[
            each.model_copy(update={"request": each.request.model_copy(update={"cases": 50})})
            for each in world.manifest.requirements
        ]
    )
    world.preparer.prepare(world.start())
    assert not world.asked()[0].run.startswith(first)


def test_a_smoke_evaluation_is_always_made_anew() -> None:
    world = World()
    world.preparer.prepare(world.start("prod"))
    world.finish(world.asked("prod")[0].run)
    first, later = second(world, "prod")
    assert later == f"{first}-2"


def test_so_is_that_of_a_deployed_use_case() -> None:
    world = World()
    target = UseCaseEndpoint(function_arn="unresolved", use_case="claims")
    request = world.request("answers", candidates=(world.candidate(target=target),))
    world.use(Requirement(environment="pre-prod", purpose="gate", request=request))
    world.parameters[MODEL_ACCESS] = "arn:function"
    first, later = second(prepared(world, "PROMOTE"))
    assert later == f"{first}-2"


def test_a_pull_requests_run_answers_after_the_merge() -> None:
    world = World()
    world.preparer.prepare(world.start("dev", pull_request=True))
    (run,) = world.asked("dev")
    world.finish(run.run)
    world.manifest = world.made(subject="Answers (merged)")
    world.preparer.prepare(world.start("dev", execution=LATER))
    assert world.asked("dev", execution=LATER)[0].run == run.run
    assert len(world.states.starts) == 1


@pytest.mark.parametrize("change", [{"cases": 1}, {"run": "answers-of-another"}])
def test_fails_for_a_request_that_somebody_changed(change: dict[str, Any]) -> None:
    world = prepared(World(), None)
    run = world.asked()[0].run
    request = world.runs.load(layout.request(run), RunRequest)
    world.runs.write(layout.request(run), request.model_copy(update=change))
    with pytest.raises(ReleaseRefused, match=r"GF-REL-206: .*isn't the request that its name says"):
        world.preparer.prepare(world.start(execution=LATER))


def test_fails_when_none_of_many_runs_counts() -> None:
    world = prepared(World(), None)
    run = world.asked()[0].run
    request = world.runs.load(layout.request(run), RunRequest)
    world.later(days=8)
    for number in range(2, 100):
        named = request.model_copy(update={"run": f"{run}-{number}"})
        world.runs.write(layout.request(named.run), named)
        world.runs.written[layout.request(named.run)] = world.now.replace(year=2025)
    with pytest.raises(ReleaseRefused, match="GF-REL-207: suite answers was run 99 times"):
        world.preparer.prepare(world.start(execution=LATER))
