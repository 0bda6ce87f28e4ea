"""Levels of looks, and Holm's procedure."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from statsmodels.stats.multitest import multipletests

from genai_runtime.evaluation.gate.level import Level, holm
from genai_runtime.evaluation.gate.spending import boundaries
from tests.unit.evaluation.gate.runs import gating, suite_of

QUARTERS = (0.25, 0.5, 0.75, 1.0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=12))
def test_holm_equals_statsmodels(p_values: list[float]) -> None:
    named = {f"m{number}": p for number, p in enumerate(p_values)}
    expected = multipletests(p_values, alpha=0.05, method="holm")[0]
    assert holm(named, Level(0.05)) == {f"m{number}" for number in np.flatnonzero(expected)}


def test_a_fixed_run_spends_everything_at_once() -> None:
    level = Level.of(suite_of(gating(), confidence=0.9))
    assert (level.nominal, level.at(5), level.confidence) == pytest.approx((0.05, 0.01, 0.9))
    assert not level.sequential


def test_a_look_has_the_nominal_level_of_its_boundary() -> None:
    level = Level.of(suite_of(gating()), QUARTERS, 2)
    assert level.critical == pytest.approx(boundaries(0.025, QUARTERS, "obrien-fleming")[1])
    assert -ndtri(level.at(3)) == pytest.approx(boundaries(0.025 / 3, QUARTERS, "obrien-fleming")[1])
    assert level.confidence == pytest.approx(1 - 2 * level.nominal)


def test_holm_at_an_early_look_asks_for_more() -> None:
    p_values = {"a": 0.002, "b": 0.012}
    assert holm(p_values, Level(0.025)) == {"a", "b"}
    assert holm(p_values, Level(0.025, QUARTERS, 1)) == frozenset()
    assert holm({"a": 1e-4, "b": 1e-9}, Level(0.025, QUARTERS, 2)) == {"a", "b"}


def test_the_order_of_names_changes_nothing() -> None:
    p_values = {"b": 0.01, "a": 0.01, "c": 0.5}
    assert holm(p_values, Level(0.05)) == holm(dict(reversed(p_values.items())), Level(0.05)) == {"a", "b"}
