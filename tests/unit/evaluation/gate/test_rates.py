"""Wilson's interval and Tango's: equal to the libraries and to the definition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar

from genai_runtime.evaluation.gate.rates import PairedRates, Rate

COUNTS = st.integers(1, 300).flatmap(lambda cases: st.tuples(st.integers(0, cases), st.just(cases)))


@settings(deadline=None)
@given(COUNTS, st.sampled_from([0.005, 0.025, 0.1]))
def test_wilson_equals_scipy(counts: tuple[int, int], level: float) -> None:
    expected = binomtest(*counts).proportion_ci(1 - 2 * level, method="wilson")
    assert Rate(*counts).interval(level) == pytest.approx((expected.low, expected.high), abs=1e-12)


@settings(deadline=None)
@given(COUNTS, st.floats(0.01, 0.99))
def test_exact_p_values_equal_scipy(counts: tuple[int, int], limit: float) -> None:
    rate = Rate(*counts)
    assert rate.exact_p_at_most(limit) == pytest.approx(binomtest(*counts, limit, "greater").pvalue, abs=1e-12)
    assert rate.exact_p_at_least(limit) == pytest.approx(binomtest(*counts, limit, "less").pvalue, abs=1e-12)


@settings(deadline=None)
@given(st.integers(1, 99), st.floats(0.01, 0.4))
def test_the_score_test_is_dual_to_wilson(passed: int, level: float) -> None:
    rate = Rate(passed, 100)
    low, high = rate.interval(level)
    assert rate.p_at_most(low) == pytest.approx(level)
    assert rate.p_at_least(high) == pytest.approx(level)


def likelihood(share: float, rates: PairedRates, difference: float) -> float:
    cells = (
        (rates.won, share + difference),
        (rates.lost, share),
        (rates.cases - rates.won - rates.lost, 1 - 2 * share - difference),
    )
    return sum(count * math.log(chance) for count, chance in cells if count)


@pytest.mark.parametrize(
    ("won", "lost", "cases", "difference"), [(10, 16, 100, -0.1), (3, 8, 44, 0.05), (5, 1, 30, 0.2)]
)
def test_the_paired_score_uses_the_most_likely_table(won: int, lost: int, cases: int, difference: float) -> None:
    rates = PairedRates(won, lost, cases)
    bounds = (max(0.0, -difference) + 1e-9, (1 - difference) / 2 - 1e-9)
    found = minimize_scalar(lambda share: -likelihood(share, rates, difference), bounds=bounds, method="bounded")
    variance = (2 * float(found.x) + difference * (1 - difference)) / cases
    assert rates.score(difference) == pytest.approx((rates.estimate - difference) / math.sqrt(variance), rel=1e-3)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(0, 40))
def test_without_a_margin_it_is_mcnemar(won: int, lost: int) -> None:
    if won + lost == 0:
        return
    table = np.array([[30, lost], [won, 30]])
    expected = mcnemar(table, exact=False, correction=False).statistic
    assert PairedRates(won, lost, 60 + won + lost).score(0.0) ** 2 == pytest.approx(expected)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.sampled_from([0.001, 0.025, 0.2]))
def test_the_paired_interval_holds_its_estimate_and_inverts_its_test(
    won: int, lost: int, same: int, level: float
) -> None:
    cases = max(1, won + lost + same)
    rates = PairedRates(won, lost, cases)
    low, high = rates.interval(level)
    assert -1 <= low <= rates.estimate <= high <= 1
    if low > -0.999:
        assert 1 - rates.p_at_least(low) == pytest.approx(level, rel=1e-3)
    if high < 0.999:
        assert rates.p_at_least(high) == pytest.approx(level, rel=1e-3)


def test_equal_answers_are_no_proof_of_equality() -> None:
    low, high = PairedRates(0, 0, 100).interval(0.025)
    assert low == pytest.approx(-high)
    assert 0.02 < high < 0.05


@pytest.mark.parametrize(("limit", "above", "below"), [(0.0, 0.0, 1.0), (1.0, 1.0, 0.0)])
def test_a_threshold_at_the_edge_is_certain(limit: float, above: float, below: float) -> None:
    rate = Rate(9, 10)
    assert (rate.p_at_most(limit), rate.p_at_least(limit)) == (above, below)
