"""Statistics of the bench: medians, percentiles, pairwise ratios, slopes, aims."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.bench.errors import BenchError
from foundation.bench.figures import Aim, Figure, percentile, ratios, slopes

SAMPLES = st.lists(st.floats(min_value=0.001, max_value=1000), min_size=1, max_size=200)


def test_a_figure_keeps_number_least_median_and_most() -> None:
    data = Figure("a.b", "a thing", "s", (3.0, 1.0, 2.00004, 9.0)).as_json()
    assert data == {"key": "a.b", "name": "a thing", "unit": "s", "n": 4, "min": 1.0, "median": 2.5, "max": 9.0}


def test_percentiles_are_samples_by_nearest_rank() -> None:
    samples = [float(each) for each in range(1, 101)]
    assert [percentile(samples, each) for each in (1, 50, 95, 99, 100)] == [1, 50, 95, 99, 100]
    assert percentile([7.0], 95) == 7.0
    assert percentile([2.0, 1.0], 50) == 1.0


@given(SAMPLES)
def test_the_median_lies_between_the_extremes(samples: list[float]) -> None:
    made = Figure("x", "x", "s", tuple(samples))
    assert min(samples) <= made.median <= max(samples)
    assert made.as_json()["n"] == made.n == len(samples)


@given(SAMPLES, st.integers(min_value=1, max_value=100))
def test_a_percentile_is_exceeded_by_no_more_than_the_rest(samples: list[float], percent: int) -> None:
    found = percentile(samples, percent)
    assert found in samples
    assert sum(each <= found for each in samples) * 100 >= percent * len(samples)


def test_percentiles_are_part_of_the_json() -> None:
    data = Figure("x", "x", "ms", tuple(float(each) for each in range(1, 201)), percentiles=(50, 95, 99)).as_json()
    assert (data["p50"], data["p95"], data["p99"]) == (100.0, 190.0, 198.0)


def test_ratios_go_pair_by_pair() -> None:
    """A busy minute that doubles both halves of a pair leaves the ratio alone."""
    assert ratios([2.0, 4.0, 2.0], [1.0, 2.0, 1.0]) == (2.0, 2.0, 2.0)


def test_fails_on_halves_of_pairs() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


def test_slopes_are_per_thousand() -> None:
    assert slopes([6.0, 7.0], [4.0, 4.0], 1300, 300) == (2.0, 3.0)


def test_an_aim_is_met_at_its_limit() -> None:
    aim = Aim(2.0, "at most 2.0")
    assert Figure("x", "x", "x", (1.0, 2.0, 9.0), aim).met is True
    assert Figure("x", "x", "x", (1.0, 2.1, 9.0), aim).met is False
    assert Figure("x", "x", "x", (1.0,)).met is None


def test_an_aim_is_part_of_the_json() -> None:
    data = Figure("x", "x", "s", (1.0,), Aim(0.5, "half a second"), note="cold").as_json()
    assert data["aim"] == {"limit": 0.5, "text": "half a second", "met": False}
    assert data["note"] == "cold"


def test_fails_without_samples() -> None:
    with pytest.raises(BenchError, match="GF-BENCH-001"):
        Figure("x", "x", "s", ())


@pytest.mark.parametrize(("samples", "percent"), [([], 50), ([1.0], 0), ([1.0], 101)])
def test_fails_on_a_percentile_that_does_not_exist(samples: list[float], percent: int) -> None:
    with pytest.raises(BenchError, match="GF-BENCH-002"):
        percentile(samples, percent)


def test_fails_on_a_slope_without_a_difference() -> None:
    with pytest.raises(BenchError, match="GF-BENCH-003"):
        slopes([1.0], [1.0], 300, 300)
