"""A smoke evaluation is too small for a suite's decision, and big enough to see that a deployment is broken."""

from hypothesis import given
from hypothesis import strategies as st

from genai_runtime.evaluation.verdict import CandidateResult, Interval, MetricResult
from genai_runtime.release.gate.judge import below


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
