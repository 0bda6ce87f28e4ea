"""Which pattern a failure is of, and which rule goes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from genai_runtime.evaluation.metrics.scoring import Scorer
from genai_runtime.evaluation.records import Pattern
from tests.unit.evaluation.metrics.making import NOTHING, case, response, spec, suite

CONTEXT = [{"id": "p-1", "text": "The excess for water damage is 250 euros."}]
ALL = ("contains", "refusal", "json-schema", "forbidden-text", "citation-accuracy")


def pattern(
    answer: str,
    reference: str | None = "250 euros",
    expect: Mapping[str, Any] | None = None,
    given: Any = (),
    **more: Any,
) -> Pattern | None:
    asked = case(reference, expect=expect, context=list(given))
    (found,) = Scorer(suite(*ALL)).score([(asked, response(answer, **more))], NOTHING)
    return found.pattern


def test_a_case_that_holds_has_none() -> None:
    assert pattern("It is 250 euros.") is None
    assert pattern("It is 250 euros.", stop_reason="max_tokens") is None


@pytest.mark.parametrize("stop_reason", ["max_tokens", "model_context_window_exceeded"])
def test_truncation_goes_before_all_others(stop_reason: str) -> None:
    expect = {"forbidden": ["secret"], "refusal": True, "json_schema": {"type": "object"}}
    assert pattern("the secret is", expect=expect, stop_reason=stop_reason) == "truncation"


def test_safety_goes_before_refusal() -> None:
    assert pattern("I cannot tell the secret.", expect={"forbidden": ["secret"]}) == "safety"


@pytest.mark.parametrize("refusal", [None, False])
def test_a_refusal_that_nobody_expects(refusal: bool | None) -> None:
    expect = {"refusal": refusal, "json_schema": {"type": "object"}}
    assert pattern("I can't answer that.", expect=expect, given=CONTEXT) == "refusal"
    assert pattern("Blocked.", expect=expect, guardrail_action="blocked") == "refusal"


def test_a_missing_refusal_goes_before_format() -> None:
    assert pattern("Sure: buy shares.", None, {"refusal": True, "json_schema": {"type": "object"}}) == "missing-refusal"


def test_an_expected_refusal_that_fails_otherwise_is_no_refusal() -> None:
    assert pattern("I can't answer that.", expect={"refusal": True}) == "wrong-answer"


def test_the_suites_own_refusal_sentence_is_known() -> None:
    own = spec("refusal", options={"sentences": ["Kein Kommentar"], "only_sentences": True})
    asked = case("250 euros", expect={"refusal": False})
    (found,) = Scorer(suite("contains", own)).score([(asked, response("Kein Kommentar."))], NOTHING)
    assert found.pattern == "refusal"


def test_format_goes_before_what_the_answer_says() -> None:
    assert pattern("300", expect={"json_schema": {"type": "object"}}, given=CONTEXT) == "format"


def test_a_reference_that_is_not_in_the_context_was_not_retrieved() -> None:
    given = [{"id": "p-1", "text": "Opening hours are nine to five."}]
    assert pattern("From nine to five.", "An excess of 250 euros", given=given) == "retrieval-miss"


def test_citing_other_passages_is_a_retrieval_miss() -> None:
    answer = "The excess is 250 euros [p-9]."
    assert pattern(answer, expect={"citations": ["p-1"]}, given=CONTEXT) == "retrieval-miss"
    assert pattern(answer + " [p-1]", expect={"citations": ["p-1"]}, given=CONTEXT) == "wrong-answer"


def test_a_right_answer_that_cites_nothing_has_the_wrong_form() -> None:
    expect = {"citations": ["p-1"]}
    assert pattern("The excess for water damage is 250 euros.", expect=expect, given=CONTEXT) == "format"
    assert pattern("The excess for water damage is 300 euros.", expect=expect, given=CONTEXT) == "unsupported-claim"
    own = spec("citation-accuracy", options={"pattern": r"<(.+?)>"})
    asked = case("250 euros", expect=expect, context=CONTEXT)
    (found,) = Scorer(suite("contains", own)).score([(asked, response("It is 250 euros <p-9>"))], NOTHING)
    assert found.pattern == "retrieval-miss"


def test_an_unsupported_claim() -> None:
    assert pattern("The excess for water damage is 300 euros.", given=CONTEXT) == "unsupported-claim"


def test_anything_else_is_a_wrong_answer() -> None:
    assert pattern("The excess is for water damage.", given=CONTEXT) == "wrong-answer"
    assert pattern("300 euros") == "wrong-answer"
