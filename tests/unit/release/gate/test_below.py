"""A smoke evaluation is too small for a suite's decision, and big enough to see that a deployment is broken."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_runtime.evaluation.verdict import CandidateResult, Interval, MetricResult
from genai_runtime.release.gate.comment import Outcome, description, render
from genai_runtime.release.gate.judge import below
from genai_runtime.release.records import Promoted, Refused
from tests.unit.release.gate.world import EXECUTION, World


def candidate(low: float, high: float, threshold: float, *, gating: bool = True) -> CandidateResult:
    metric = MetricResult(
        name="refusal",
        kind="rate",
        gating=gating,
        threshold=threshold,
        cases=40,
        undecided=0,
        estimate=(low + high) / 2,
        interval=Interval(low=low, high=high, method="wilson", confidence=0.95),
        decision="HOLD",
        reason="fewer than the 100 cases that a decision takes",
    )
    return CandidateResult(candidate="answer", decision="HOLD", reasons=(), metrics=(metric,), limits=(), cases=40)


def test_fails_what_lies_below_its_threshold_as_a_whole() -> None:
    (reason,) = below(candidate(0.087, 0.32, 0.85))
    assert reason == "answer: refusal is 0.087 to 0.32 over 40 cases, all of it below 0.85"


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_an_interval_that_reaches_the_threshold_or_does_not_gate_never_fails(
    one: float, other: float, threshold: float, gating: bool
) -> None:
    low, high = sorted((one, other))
    found = list(below(candidate(low, high, threshold, gating=gating)))
    assert bool(found) == (gating and high < threshold)


def judged(environment: Any, low: float, high: float, *, gating: bool = True) -> tuple[World, dict[str, Any]]:
    """A gate whose only run holds, and saw this of a metric that has to reach 0.85."""
    world = World()
    world.preparer.prepare(world.start(environment))
    metrics = candidate(low, high, 0.85, gating=gating).metrics
    world.finish(world.asked(environment)[0].run, "HOLD", metrics=metrics)
    return world, world.decider.decide(world.start(environment))


def test_a_smoke_evaluation_that_is_below_is_refused_signed_and_shown_with_its_run() -> None:
    world, verdict = judged("prod", 0.087, 0.32)
    reason = (
        "GF-REL-229: suite answers, answer-v1-m: refusal is 0.087 to 0.32 over 40 cases, all of it below 0.85: find out what "
        "prod has otherwise than the environment that promoted the release"
    )
    assert (verdict["passed"], verdict["decision"], verdict["reasons"], verdict["cause"]) == (
        False, "HOLD", [reason], reason,
    )  # fmt: skip
    (entry,) = world.ledger.entries.values()
    assert entry.entry == f"refused#prod#{EXECUTION}"
    assert isinstance(entry.statement, Refused)
    assert list(entry.statement.reasons) == verdict["reasons"]
    outcome = Outcome.of(verdict)
    assert outcome is not None
    run = world.asked("prod")[0].run
    comment = render(world.start("prod"), outcome, {run: "## the run's own page"})
    assert comment.startswith("## ❌ prod: smoke evaluation failed\n")
    assert "GF-REL-229: suite answers" in comment
    assert "all of it below 0.85" in comment
    assert "Not enough evidence" not in comment
    assert comment.endswith("## the run's own page\n")
    assert description(world.start("prod"), outcome).startswith("HOLD: GF-REL-229: suite answers")


@pytest.mark.parametrize(("low", "high", "gating"), [(0.087, 0.85, True), (0.087, 0.32, False)])
def test_a_smoke_evaluation_that_reaches_the_threshold_passes(low: float, high: float, gating: bool) -> None:
    world, verdict = judged("prod", low, high, gating=gating)
    assert (verdict["passed"], verdict["decision"], verdict["reasons"]) == (True, "HOLD", [])
    (entry,) = world.ledger.entries.values()
    assert isinstance(entry.statement, Promoted)


def test_a_gate_holds_by_its_own_decision_whatever_lies_below() -> None:
    _, verdict = judged("pre-prod", 0.087, 0.32)
    assert [each.split(":")[0] for each in verdict["reasons"]] == ["GF-REL-225"]
