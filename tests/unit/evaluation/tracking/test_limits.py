"""Names and values that MLflow takes, whatever they come from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from mlflow.utils.validation import _validate_metric_name, _validate_param

from genai_runtime.evaluation.tracking import limits
from genai_runtime.evaluation.tracking.figures import percentile

TEXTS = st.text(max_size=400)


@given(TEXTS)
def test_mlflow_takes_every_key_and_value(text: str) -> None:
    _validate_metric_name(limits.key(text))  # type: ignore[no-untyped-call]
    _validate_param(limits.key(text), limits.param(text * 40))  # type: ignore[no-untyped-call]
    assert len(limits.tag(text * 40)) <= limits.TAG_CHARACTERS


@given(TEXTS, TEXTS)
def test_two_names_stay_two(one: str, other: str) -> None:
    assert (limits.key(one) == limits.key(other)) == (one == other)


def test_a_fitting_name_stays() -> None:
    assert limits.key("suite.metrics.token-f1/low 95") == "suite.metrics.token-f1/low 95"


def test_a_part_that_is_changed_keeps_the_others() -> None:
    first, second, last = limits.key("token-f1/fran\u00e7ais/estimate").split("/")
    assert (first, last) == ("token-f1", "estimate")
    assert second.startswith("fran_ais-")


@given(st.lists(st.integers(), max_size=250), st.integers(1, 100))
def test_portions_hold_everything_once(items: list[int], size: int) -> None:
    found = list(limits.portions(items, size))
    assert [item for portion in found for item in portion] == items
    assert all(0 < len(portion) <= size for portion in found)


@given(st.lists(st.floats(allow_nan=False), min_size=1), st.floats(0, 100))
def test_a_percentile_is_the_least_value_that_enough_do_not_exceed(values: list[float], percent: float) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) >= percent / 100 * len(values) - 1e-9
    assert sum(value < found for value in values) <= percent / 100 * len(values)
