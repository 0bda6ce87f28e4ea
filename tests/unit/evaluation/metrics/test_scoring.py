"""Scores of whole cases: errors, kinds, limits of time, and the same result twice."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import get_args

import pytest

from genai_runtime.evaluation.metrics import scoring
from genai_runtime.evaluation.metrics.scoring import Scorer
from genai_runtime.evaluation.records import INFRASTRUCTURE, ErrorClass, ScoredCase
from tests.unit.evaluation.metrics.making import NOTHING, case, failed, response, score, scored, spec, suite
from tests.unit.evaluation.metrics.texts import PICKED, random_pairs, very_long

EXPECT = {
    "refusal": False, "pattern": r"\d", "json_schema": {"type": "object"}, "number": {"value": 250},
    "citations": ["p-1"], "forbidden": ["secret"],
}  # fmt: skip
LOCAL = (
    "exact-match", "normalised-match", "contains", "token-f1", "token-recall", "bleu", "chrf", "rouge-1", "rouge-2", "rouge-l",
    "refusal", "citation-accuracy", "source-attribution", "json-schema", "pattern", "number", "forbidden-text",
)  # fmt: skip
FULL = case("250 euros", expect=EXPECT, context=[{"id": "p-1", "text": "The excess is 250 euros."}])


@pytest.mark.parametrize("error_class", get_args(ErrorClass))
def test_errors_are_undecided_or_0_on_every_metric_that_applies(error_class: ErrorClass) -> None:
    (found,) = Scorer(suite(*LOCAL)).score([(FULL, failed(error_class))], NOTHING)
    expected = (None, None) if error_class in INFRASTRUCTURE else (0.0, False)
    assert [score.metric for score in found.scores] == list(LOCAL)
    assert {(score.value, score.passed) for score in found.scores} == {expected}
    assert {score.detail for score in found.scores} == {f"{error_class}: SomeException: no answer"}
    assert found.pattern == {"throttled": "throttled", "time-out": "time-out"}.get(error_class, "other-error")


def test_a_metric_looks_only_at_cases_that_hold_what_it_needs() -> None:
    (found,) = Scorer(suite(*LOCAL)).score([(case(), response("250"))], NOTHING)
    assert found.scores == ()
    quality = spec("number", kinds=["safety"])
    assert Scorer(suite(quality)).score([(FULL, response("250"))], NOTHING)[0].scores == ()


def test_judges_and_reviews_are_other_steps() -> None:
    (found,) = Scorer(suite("judge", "judge-preference", "human-review", "number")).score(
        [(FULL, response("250"))], NOTHING
    )
    assert [score.metric for score in found.scores] == ["number"]


def test_a_metric_may_stand_in_a_suite_twice() -> None:
    first, last = (
        spec("first", metric="number", options={"which": "first"}),
        spec("last", metric="number", options={"which": "last"}),
    )
    (found,) = Scorer(suite(first, last)).score([(FULL, response("250 or 300"))], NOTHING)
    assert [(score.metric, score.value) for score in found.scores] == [("first", 1), ("last", 0)]


def test_any_answer_has_all_scores_in_range_and_the_same_ones_twice() -> None:
    answers = [*PICKED, very_long(1), *(answer for answer, _ in random_pairs(100, seed=81))]
    asked = [(FULL, response(answer)) for answer in answers]
    once, twice = (Scorer(suite(*LOCAL)).score(asked, NOTHING) for _ in range(2))
    assert [each.model_dump_json() for each in once] == [each.model_dump_json() for each in twice]
    for found in once:
        assert len(found.scores) == len(LOCAL)
        assert all(score.value is not None and 0 <= score.value <= 1 for score in found.scores), found


def test_a_response_with_neither_answer_nor_error_is_an_empty_answer() -> None:
    assert score("exact-match", case("a"), response(None)).value == 0


def test_fails_undecided_for_a_pattern_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "SECONDS_PER_METRIC", 0.05)
    asked = case("a", expect={"pattern": r"(a+)+$"})
    (found,) = Scorer(suite("pattern", "exact-match")).score([(asked, response("a" * 60 + "b"))], NOTHING)
    assert found.scores[0].value is None
    assert found.scores[0].detail.startswith("GF-EVAL-160: metric 'pattern' took longer than 0.05 s")
    assert found.scores[1].value == 0


def test_fails_undecided_for_a_case_whose_pattern_is_none() -> None:
    detail = score("pattern", case(expect={"pattern": "("}), "a").detail
    assert detail.startswith("GF-EVAL-159: metric 'pattern' raised error (missing ), unterminated subpattern")


LIBRARIES = """
import sys
from contextlib import contextmanager
from genai_runtime.evaluation.metrics import scoring
from tests.unit.evaluation.metrics.making import NOTHING, case, response, suite

@contextmanager
def alarm():
    print(*(name for name in ("sacrebleu", "rouge_score", "nltk", "jsonschema") if name in sys.modules))
    yield lambda seconds: None

scoring.alarm = alarm
scorer = scoring.Scorer(suite("bleu", "rouge-l", "json-schema"))
scorer.score([], NOTHING)
scorer.score([(case("a", expect={"json_schema": {}}), response("a"))], NOTHING)
"""


def test_libraries_are_imported_before_the_time_of_a_metric_begins() -> None:
    """An interrupted import would leave half a module behind for every later batch of the same process."""
    ran = subprocess.run([sys.executable, "-c", LIBRARIES], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["", "sacrebleu rouge_score nltk jsonschema"]


def test_threads_other_than_the_main_one_score_too() -> None:
    found: list[ScoredCase] = []
    thread = threading.Thread(target=lambda: found.append(scored("exact-match", case("a"), "a")))
    thread.start()
    thread.join()
    assert found[0].scores[0].value == 1
