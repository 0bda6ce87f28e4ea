"""Latency percentiles, cost, undecided cases."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from genai_runtime.evaluation.gate.limits import percentile_interval
from genai_runtime.evaluation.suite import LatencyLimits, Limits
from tests.unit.evaluation.gate.runs import gating, limit, passes, suite_of, verdict

TIMES = tuple(np.random.default_rng(5).gamma(4, 250, 400))
COSTS = tuple(np.random.default_rng(6).gamma(4, 0.0005, 400))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(1, 1e5), min_size=80, max_size=300, unique=True), st.sampled_from([0.9, 0.95]))
def test_the_interval_of_a_percentile_equals_scipy(times: list[float], share: float) -> None:
    expected: Any = stats.quantile_test(times, q=0, p=share).confidence_interval(0.95)
    low, high = percentile_interval(sorted(times), share, 0.025)
    assert low == expected.low
    assert high == expected.high or (high is None and np.isnan(expected.high))


@pytest.mark.parametrize(("wanted", "decision"), [(2500, "PROMOTE"), (2000, "HOLD"), (1200, "REJECT")])
def test_a_latency_is_judged_by_its_interval(wanted: float, decision: str) -> None:
    suite = suite_of(gating(), limits=Limits(latency=LatencyLimits(last_token_p95_ms=wanted)))
    result = verdict(suite, {"exact-match": passes(390, 400)}, last_token_ms=TIMES)
    found = limit(result, "last-token-p95-ms")
    assert (found.decision, result.decision) == (decision, decision)
    assert found.interval is not None
    assert found.interval.low < (found.estimate or 0) < found.interval.high


def test_few_answers_give_no_percentile() -> None:
    suite = suite_of(gating(threshold=0.5), limits=Limits(latency=LatencyLimits(first_token_p95_ms=10_000)))
    result = verdict(suite, {"exact-match": passes(60, 60)}, first_token_ms=TIMES[:60])
    found = limit(result, "first-token-p95-ms")
    assert (found.decision, found.interval) == ("HOLD", None)
    assert "72 do" in found.reason
    assert result.cases_needed == 13


@pytest.mark.parametrize(("wanted", "decision"), [(2.5, "PROMOTE"), (2.0, "HOLD"), (1.5, "REJECT")])
def test_a_cost_is_judged_by_its_interval(wanted: float, decision: str) -> None:
    suite = suite_of(gating(), limits=Limits(cost_per_1000_cases_usd=wanted))
    result = verdict(suite, {"exact-match": passes(390, 400)}, costs_usd=COSTS, most_usd=0.01)
    found = limit(result, "cost-per-1000-cases-usd")
    assert (found.decision, result.decision) == (decision, decision)
    assert found.interval is not None
    assert found.interval.method == "bca"
    expected = stats.bootstrap((np.array(COSTS) * 1000,), np.mean, rng=np.random.default_rng(1)).confidence_interval
    assert (found.interval.low, found.interval.high) == pytest.approx((expected.low, expected.high), rel=0.01)


def test_equal_costs_are_bounded_by_what_a_case_can_cost() -> None:
    suite = suite_of(gating(), limits=Limits(cost_per_1000_cases_usd=2.5))
    vectors = {"exact-match": passes(390, 400)}
    known = limit(verdict(suite, vectors, costs_usd=(0.002,) * 400, most_usd=0.02), "cost-per-1000-cases-usd")
    assert known.decision == "PROMOTE"
    assert known.interval is not None
    assert known.interval.low < 2.0 < known.interval.high < 2.3
    unknown = limit(verdict(suite, vectors, costs_usd=(0.002,) * 400), "cost-per-1000-cases-usd")
    assert (unknown.decision, unknown.interval) == ("HOLD", None)


@pytest.mark.parametrize("name", ["first-token-p95-ms", "last-token-p95-ms", "cost-per-1000-cases-usd"])
def test_fails_to_promote_on_what_was_not_measured(name: str) -> None:
    limits = Limits(latency=LatencyLimits(first_token_p95_ms=1, last_token_p95_ms=1), cost_per_1000_cases_usd=1)
    result = verdict(suite_of(gating(), limits=limits), {"exact-match": passes(400, 400)})
    assert (limit(result, name).decision, limit(result, name).estimate) == ("HOLD", None)
    assert (result.decision, result.cases_needed) == ("HOLD", None)


@pytest.mark.parametrize(("undecided", "decision"), [(4, "PROMOTE"), (5, "HOLD"), (200, "HOLD")])
def test_undecided_cases_hold_and_never_reject(undecided: int, decision: str) -> None:
    values = [None] * undecided + [1.0] * (400 - undecided)
    result = verdict(suite_of(gating()), {"exact-match": values})
    found = limit(result, "undecided-share")
    assert (found.decision, result.decision) == (decision, decision)
    assert found.estimate == undecided / 400
