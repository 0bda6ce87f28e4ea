"""The check that holds for every distribution within known limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from genai_runtime.evaluation.gate.bounded import constant_bounds, p_at_least, p_at_most
from genai_runtime.evaluation.gate.sample import on_grid


@pytest.mark.parametrize(("passed", "cases", "limit"), [(29, 30, 0.8), (97, 100, 0.9), (390, 400, 0.95), (40, 60, 0.5)])
def test_of_rates_it_is_the_exact_binomial_test(passed: int, cases: int, limit: float) -> None:
    values = on_grid([1.0] * passed + [0.0] * (cases - passed))
    assert p_at_most(values, limit, 0.0) == pytest.approx(binom.sf(passed - 1, cases, limit), rel=0.02)
    assert p_at_least(1 - values, 1 - limit, 1.0) == pytest.approx(binom.sf(passed - 1, cases, limit), rel=0.02)


def test_it_is_the_distribution_of_dirichlet_weighted_means() -> None:
    rng = np.random.default_rng(3)
    values = on_grid(rng.beta(4, 1, 40))
    weights = rng.dirichlet(np.ones(41), 200_000)
    simulated = (weights @ np.append(values, 0.0) <= 0.72).mean()
    error = np.sqrt(simulated * (1 - simulated) / 200_000)
    assert abs(p_at_most(values, 0.72, 0.0) - simulated) < 4 * error + 0.01 * simulated


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(0.01, 0.99))
def test_it_is_a_probability_that_rises_with_the_limit(drawn: list[float], limit: float) -> None:
    values = on_grid(drawn)
    lower, here = p_at_most(values, limit - 0.005, 0.0), p_at_most(values, limit, 0.0)
    assert 0 <= lower <= here + 1e-3 <= 1 + 1e-3


def test_equal_values_have_the_bound_of_clopper_and_pearson() -> None:
    low, high = constant_bounds(1.0, 100, 0.025, 0.0, 1.0)
    assert high == 1.0
    assert binom.sf(99, 100, low) == pytest.approx(0.025)
    assert p_at_most(on_grid([1.0] * 100), low, 0.0) == pytest.approx(0.025, rel=0.02)


def test_three_equal_cases_promise_little() -> None:
    low, high = constant_bounds(0.9, 3, 0.025, 0.0, 1.0)
    assert low < 0.3
    assert high > 0.95


@pytest.mark.parametrize(("limit", "expected"), [(0.0, 0.0), (0.9, 1.0), (0.95, 1.0)])
def test_beyond_all_values_it_is_certain(limit: float, expected: float) -> None:
    assert p_at_most(on_grid([0.5, 0.9, 0.7]), limit, 0.0) == expected
