"""Figures of the benchmark and the aims that they are held against."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.bench.errors import BenchError
from foundation.bench.figures import Aim, Figure

SAMPLES = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=30).map(tuple)


def figure(*samples: float, limit: float | None = None) -> Figure:
    return Figure("key", "name", "s", samples, aim=None if limit is None else Aim(limit, f"at most {limit}"))


def test_fails_without_samples() -> None:
    with pytest.raises(BenchError, match="GF-BENCH-001"):
        figure()


@pytest.mark.parametrize(("limit", "met"), [(2.0, True), (1.9, False), (None, None)])
def test_an_aim_is_met_up_to_its_limit(limit: float | None, met: bool | None) -> None:
    assert figure(1.0, 2.0, 9.0, limit=limit).met is met


@given(SAMPLES)
def test_the_median_lies_between_the_extremes(samples: tuple[float, ...]) -> None:
    made = figure(*samples)
    shown = made.as_json()
    assert min(samples) <= made.median <= max(samples)
    assert shown["n"] == made.n == len(samples)
