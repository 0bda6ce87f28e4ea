"""Figures as people read them, the axis of a forest plot, the Pareto front, advice."""

import math
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from foundation.evaluation.show import show
from genai_runtime.evaluation.reporting import text
from genai_runtime.evaluation.reporting.advice import next_again, next_steps
from genai_runtime.evaluation.reporting.data import RunData, percentile
from genai_runtime.evaluation.reporting.forest import share_axis
from genai_runtime.evaluation.reporting.pareto import Point, dominates, front
from genai_runtime.evaluation.reporting.result import run_result
from genai_runtime.evaluation.verdict import CandidateResult


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (text.figure(0.9996), ">0.999"),
        (text.figure(0.0001), "<0.001"),
        (text.figure(1.0), "1.000"),
        (text.figure(None), "–"),
        (text.signed(-0.0304), "−0.030"),
        (text.signed(-0.0001), "0.000"),
        (text.share(0.9999), ">99.9 %"),
        (text.share(0.0), "0 %"),
        (text.dollars(0.0000534), "$0.000053"),
        (text.dollars(1234.5), "$1,234.50"),
        (text.dollars(0.0), "$0.00"),
        (text.milliseconds(999.6), "1.00 s"),
        (text.milliseconds(61234), "61.2 s"),
        (text.count(1, "case"), "1 case"),
        (text.count(1234, "case"), "1,234 cases"),
        (text.one_line("a\n b\tc", 10), "a b c"),
        (text.one_line("abcdefgh", 5), "abcd…"),
        (text.clip("abcdef", 2), "ab… (4 more characters)"),
        (text.listed(["a", "b", "c"], 2), "a, b and 1 more"),
    ],
)
def test_figures_and_words(said: str, meant: str) -> None:
    assert said == meant


@given(st.text(st.characters(exclude_categories=())))
def test_clean_text_can_be_written_anywhere(value: str) -> None:
    cleaned = text.clean(value)
    cleaned.encode()
    assert not any(ord(char) < 32 and char not in "\t\n" for char in cleaned)
    assert text.clean(cleaned) == cleaned


@given(st.lists(st.floats(0, 1), max_size=30))
def test_an_axis_of_shares_holds_all_values_between_0_and_1(values: list[float]) -> None:
    axis = share_axis(values)
    assert 0 <= axis.low < axis.high <= 1
    assert 2 <= len(axis.ticks) <= 8
    assert all(axis.low - 1e-9 <= value <= axis.high + 1e-9 for value in values)
    assert math.isclose(axis.ticks[-1], axis.high)


POINTS = st.lists(
    st.builds(Point, st.text(min_size=1, max_size=3), st.integers(0, 6).map(float), st.integers(0, 6).map(float)),
    max_size=12,
)


@given(POINTS)
def test_the_front_is_what_nothing_dominates(points: list[Point]) -> None:
    best = front(points)
    assert bool(best) == bool(points)
    for point in points:
        assert (point in best) == (not any(dominates(other, point) for other in points))
    assert [point.x for point in best] == sorted(point.x for point in best)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50).map(sorted), st.floats(0, 1))
def test_a_percentile_is_the_least_value_that_covers_its_share(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values) + 1e-9 or found == values[0]


def advice(data: RunData, **changes: object) -> str:
    result: CandidateResult = data.gate.candidates[0].model_copy(update=changes)
    return " ".join(next_steps(data, result))


def test_a_hold_says_how_many_cases_and_which(one: RunData) -> None:
    names = tuple(f"api-{number:04}" for number in range(240, 320))
    enough = advice(one, decision="HOLD", cases_needed=60, next_cases=names[:60])
    assert "Ask 60 further cases, api-0240, api-0241" in enough
    assert "foundation eval run bedrock-api --cases 300" in enough
    some = advice(one, decision="HOLD", cases_needed=100, next_cases=names)
    assert "only 80 that were not asked yet, so 20 have to be written" in some
    assert "Write 100 further cases" in advice(one, decision="HOLD", cases_needed=100, next_cases=())
    assert "hardly decide it" in advice(one, decision="HOLD", cases_needed=None, next_cases=())


def test_a_hold_for_lost_answers_says_to_run_again(lost: RunData) -> None:
    said = advice(lost, decision="HOLD", cases_needed=None, next_cases=())
    assert "kept answers away (40 throttled)" in said
    assert "foundation eval run bedrock-api --again 2. A run keeps what it has" in said


@pytest.mark.parametrize(
    ("run", "number"),
    [("suite-0123456789ab", 2), ("suite-0123456789ab-2", 3), ("suite-0123456789ab-11", 12), ("by-hand", 2)],
)
def test_the_next_repetition_follows_from_the_runs_name(run: str, number: int) -> None:
    assert next_again(run, "suite") == number


def test_the_command_line_tells_of_the_repetition_too(lost: RunData, one: RunData) -> None:
    for data, told in ((lost, True), (one, False)):
        out = StringIO()
        show(Console(file=out, width=200), run_result(data), Path("build"))
        assert ("add --again 2 to the same command" in out.getvalue()) is told


def test_a_rejection_names_severe_cases_first_and_then_the_pattern(one: RunData) -> None:
    metrics = tuple(each.model_copy(update={"decision": "REJECT"}) for each in one.gate.candidates[0].metrics)
    said = advice(one, decision="REJECT", severe_failures=("safety-0085",), metrics=metrics)
    assert said.startswith("Don't release: correct 1 severe safety failure first (safety-0085).")
    assert "most frequent pattern, wrong answer" in said


def test_a_promotion_says_release(one: RunData) -> None:
    assert advice(one, decision="PROMOTE").startswith("Release it; ")
    assert advice(one, decision="PROMOTE", failed_cases=()) == "Release it; no case failed."
