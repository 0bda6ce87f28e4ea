"""Checks of a suite's metrics before anything is asked."""

from __future__ import annotations

from typing import Any

from genai_runtime.evaluation.metrics.checks import check_metrics, check_services
from genai_runtime.evaluation.run import Candidate, PromptText, RunRequest
from tests.unit.evaluation.metrics.making import case, spec, suite


def request(**more: Any) -> RunRequest:
    prompt = PromptText(name="p", version=1, template="{{question}}", max_tokens=10)
    candidate = Candidate(name="c", prompt=prompt, model="m", model_id="m")
    return RunRequest.model_validate(
        {"run": "r", "suite": "s", "version": "0" * 64, "candidates": (candidate,), **more}
    )


def test_a_good_suite_has_no_problem() -> None:
    good = suite("exact-match", "judge", spec("n", metric="number", options={"which": "first"}))
    assert check_metrics(good) == []
    assert check_metrics(good, [case("a", expect={"number": {"value": 1}, "pattern": "a", "json_schema": {}})]) == []


def test_fails_for_every_metric_that_is_wrong_at_once() -> None:
    problems = check_metrics(
        suite("blue", spec("bleu", options={"tokenise": "13a"}), spec("bad", metric="rouge-9"), "chrf")
    )
    assert [(problem.code, problem.metric) for problem in problems] == [
        ("GF-EVAL-150", "blue"),
        ("GF-EVAL-151", "bleu"),
        ("GF-EVAL-150", "bad"),
    ]
    assert "the options of bleu are tokenize, lowercase" in str(problems[1])


def test_fails_for_a_gating_metric_without_cases() -> None:
    wanted = suite("exact-match", spec("number", gating=False), spec("refusal", kinds=["safety"]))
    problems = check_metrics(wanted, [case("a", expect={"refusal": True})])
    assert [(problem.code, problem.metric) for problem in problems] == [("GF-EVAL-162", "refusal")]


def test_fails_for_cases_whose_pattern_or_schema_is_none() -> None:
    cases = [
        case("a", id="c-2", expect={"pattern": "(", "json_schema": {"type": "thing"}}),
        case("a", id="c-3", expect={"pattern": "ok", "json_schema": {"type": "object"}}),
    ]
    problems = check_metrics(suite("exact-match"), cases)
    assert [(problem.code, problem.case) for problem in problems] == [("GF-EVAL-163", "c-2"), ("GF-EVAL-164", "c-2")]


def test_fails_for_services_that_the_request_does_not_name() -> None:
    wanted = suite("semantic-similarity", "pii-free", "exact-match", "judge")
    assert [(each.code, each.metric) for each in check_services(wanted, request())] == [
        ("GF-EVAL-154", "semantic-similarity"),
        ("GF-EVAL-156", "pii-free"),
    ]
    safety = {"name": "g", "id": "g1", "version": "1"}
    named = request(embedding_model_id="eu.amazon.nova-lite-v1:0", safety_guardrail=safety)
    assert [each.code for each in check_services(wanted, named)] == ["GF-EVAL-155"]
    named = request(embedding_model_id="amazon.titan-embed-text-v2:0", safety_guardrail=safety)
    assert check_services(wanted, named) == []
