"""Figures of the sections on evaluation from given times and counts; runs that did something else end the section."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.bench.errors import BenchError
from foundation.bench.evaluation import overhead, quota, resume, scoring
from foundation.bench.evaluation.deployed import Ended
from foundation.bench.evaluation.history import STEPS, Span, steps
from foundation.bench.evaluation.suite import CASES
from foundation.bench.figures import Figure

SPANS = {"Plan": Span(102, 103), "Evaluate": Span(103, 109), "Gate": Span(109, 110), "Publish": Span(110, 112)}


def named(made: list[Figure]) -> dict[str, Figure]:
    return {figure.key: figure for figure in made}


def side(seconds: float, *, idle: float = 2.0, cases: int = CASES, throttled: int = 0) -> quota.Side:
    return quota.Side(1000.0 - idle, Span(1000.0, 1000.0 + seconds), cases, cases + throttled, throttled)


def test_the_limit_is_that_of_a_steady_stream() -> None:
    assert side(150, idle=0).limit == side(150, idle=20).limit == pytest.approx(CASES / quota.PER_MINUTE * 60)


def test_what_came_back_before_the_start_can_be_used_at_once() -> None:
    assert side(150, idle=0).least == pytest.approx(side(150).limit)
    assert side(150, idle=2).least == pytest.approx(side(150).limit - 2)


def test_a_rested_quota_holds_one_minute_and_no_more() -> None:
    assert side(150, idle=60).least == side(150, idle=600).least == pytest.approx(90)


@given(st.floats(0, 1000), st.integers(1, 2000))
def test_the_least_time_is_never_negative(idle: float, cases: int) -> None:
    assert side(1, idle=idle, cases=cases).least >= 0


def test_a_quota_that_is_used_to_97_percent_is_used_enough() -> None:
    limit = side(1).limit
    enough = named(quota.figures(side(limit / 0.9701), side(limit / 0.5, throttled=50)))
    assert enough["evaluation-quota.pipeline.ratio"].met is True
    assert enough["evaluation-quota.adaptive.ratio"].met is None
    assert enough["evaluation-quota.adaptive.throttled"].median == pytest.approx(50 / 550)
    assert named(quota.figures(side(limit / 0.96), side(1)))["evaluation-quota.pipeline.ratio"].met is False


def test_fails_on_a_run_that_left_cases_out() -> None:
    with pytest.raises(BenchError, match="GF-BENCH-027: 499 of 500"):
        quota.figures(side(150, cases=499), side(150))


def event(name: str, kind: str, seconds: float) -> dict[str, Any]:
    return {f"state{kind}EventDetails": {"name": name}, "timestamp": datetime.fromtimestamp(seconds, UTC)}


def test_steps_last_from_entering_to_leaving() -> None:
    events = [event(name, kind, at) for name, span in SPANS.items() for kind, at in
              (("Entered", span.began), ("Exited", span.ended))]  # fmt: skip
    assert steps([{"timestamp": datetime.fromtimestamp(101, UTC)}, *events]) == SPANS


def test_fails_on_an_execution_that_did_not_end() -> None:
    with pytest.raises(BenchError, match=r"GF-BENCH-023: .*Gate, Publish"):
        steps([event(name, kind, 1) for name in STEPS[:2] for kind in ("Entered", "Exited")])


def test_the_phases_are_all_of_the_commands_seconds() -> None:
    result: Any = None
    found = overhead.phases(Ended(result, 14.0, 100.0), SPANS, last_answer=107.0)
    assert found == {"start": 2, "plan": 1, "invoke": 4, "score": 2, "gate": 1, "publish": 2, "end": 2}
    assert sum(found.values()) == 14.0
    assert found.keys() == overhead.NAMES.keys()


def test_the_first_run_is_cold_and_the_others_warm() -> None:
    result: Any = None
    runs = [(Ended(result, seconds, 0.0), dict.fromkeys(overhead.NAMES, seconds / 7)) for seconds in (20.0, 9.0, 11.0)]
    found = named(overhead.figures(runs, [12.0, 5.0, 7.0]))
    assert found["evaluation-overhead.cold"].samples == (20.0,)
    assert found["evaluation-overhead.cold"].met is False
    assert found["evaluation-overhead.warm"].met is True
    assert found["evaluation-overhead.warm.cpu"].median == 6.0


def test_what_was_in_flight_may_be_asked_again_and_nothing_else() -> None:
    found = named(resume.figures(resume.Resumed(130, 125, CASES - 125, CASES, CASES, 30.0)))
    assert found["evaluation-resume.in-flight"].median == 5
    assert all(found[f"evaluation-resume.{key}"].met for key in ("missing", "uncounted", "repeated"))
    again = named(resume.figures(resume.Resumed(130, 125, CASES - 125 + 3, CASES - 1, CASES, 30.0)))
    assert (again["evaluation-resume.repeated"].median, again["evaluation-resume.repeated"].met) == (3, False)
    assert (again["evaluation-resume.missing"].median, again["evaluation-resume.missing"].met) == (1, False)


def test_scoring_is_told_as_a_ratio_round_by_round() -> None:
    found = named(scoring.figures(scoring.Scored((1.1, 2.2, 4.0), (1.0, 2.0, 2.0), 0.0)))
    assert found["evaluation-scoring.ratio"].median == pytest.approx(1.1)
    assert found["evaluation-scoring.ratio"].met is True


def test_fails_on_scores_that_are_not_the_libraries() -> None:
    with pytest.raises(BenchError, match=r"GF-BENCH-029: .*by 0\.1"):
        scoring.figures(scoring.Scored((1.0,), (1.0,), 0.1))
