"""BCa of means: equal to scipy's for the same resamples, and dual to its p-values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from genai_runtime.evaluation.gate.bootstrap import bootstraps, generator, resampled_means
from genai_runtime.evaluation.gate.sample import Values, on_grid

DRAWN = np.random.default_rng(7)
VECTORS = {
    "skewed": on_grid(DRAWN.beta(8, 1, 60)),
    "symmetric": on_grid(DRAWN.beta(3, 3, 60)),
    "few values": on_grid(DRAWN.choice([0.0, 0.5, 1.0], 60)),
    "one exception": on_grid([0.0] + [1.0] * 59),
}


def scipy_interval(values: Values, confidence: float, resamples: int, seed: int) -> tuple[float, float]:
    made = stats.bootstrap(
        (values,), np.mean, n_resamples=resamples, confidence_level=confidence, method="BCa", vectorized=True,
        rng=generator(seed, values.size), batch=500,
    )  # fmt: skip
    return float(made.confidence_interval.low), float(made.confidence_interval.high)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("name", VECTORS)
def test_bounds_equal_those_of_scipy(name: str, confidence: float) -> None:
    found = bootstraps(VECTORS, seed=11)[name]
    expected = scipy_interval(VECTORS[name], confidence, 9_999, 11)
    tail = (1 - confidence) / 2
    assert (found.bound(tail), found.bound(1 - tail)) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=3, max_size=40).filter(lambda each: len(set(each)) > 2), st.integers(0, 99))
def test_bounds_equal_those_of_scipy_for_any_values(drawn: list[float], seed: int) -> None:
    values = on_grid(drawn)
    made = bootstraps({"x": values}, seed, resamples=999)
    if "x" not in made:
        assert len(set(values.tolist())) == 1
        return
    expected = scipy_interval(values, 0.9, 999, seed)
    if not np.isnan(expected).any():  # scipy gives up where the estimate lies outside of all resamples
        assert (made["x"].bound(0.05), made["x"].bound(0.95)) == pytest.approx(expected, abs=1e-9)


def test_other_vectors_and_their_order_change_nothing() -> None:
    alone = bootstraps({"skewed": VECTORS["skewed"]}, seed=3)["skewed"]
    among = bootstraps(dict(reversed(VECTORS.items())), seed=3)["skewed"]
    assert np.array_equal(alone.means, among.means)


def test_blocks_change_nothing() -> None:
    values = on_grid(DRAWN.random(1500))
    rng = generator(5, values.size)
    drawn = rng.integers(0, values.size, (999, values.size))
    expected = values[drawn].sum(axis=1) / values.size
    assert np.array_equal(resampled_means(values[:, None], generator(5, values.size), 999)[:, 0], expected)


@pytest.mark.parametrize("name", ["skewed", "symmetric"])
@pytest.mark.parametrize("level", [0.001, 0.025, 0.2, 0.5, 0.9])
def test_the_p_value_is_the_level_whose_bound_is_the_value(name: str, level: float) -> None:
    found = bootstraps(VECTORS, seed=1)[name]
    assert found.p_at_most(found.bound(level)) == pytest.approx(level, rel=0.05)
    assert found.p_at_least(found.bound(level)) == pytest.approx(1 - level, abs=0.05 * level)


def test_p_values_stay_finite_beyond_all_resamples() -> None:
    found = bootstraps(VECTORS, seed=1)["skewed"]
    assert 0 < found.p_at_most(0.0) < 1e-3
    assert 1 - 1e-3 < found.p_at_most(1.0) < 1


def test_fails_to_resample_constant_or_single_values() -> None:
    assert bootstraps({"same": on_grid([0.7] * 50), "one": on_grid([0.7])}, seed=1) == {}


def test_p_values_keep_their_side_however_skewed_the_resamples_are() -> None:
    """One case of 200 stands apart: the acceleration is nearly its maximum of 1/6."""
    values = on_grid([0.0] * 199 + [1.0])
    found = bootstraps({"x": values}, seed=1)["x"]
    rising = [found.p_at_most(value) for value in np.linspace(-0.01, 0.06, 200)]
    assert rising == sorted(rising)
    assert 0 <= rising[0] < 0.5 < rising[-1] <= 1
