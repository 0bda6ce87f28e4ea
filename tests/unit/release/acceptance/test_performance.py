"""A load is judged by bounds: what isn't shown to hold doesn't pass."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from foundation.release.acceptance.caller import AliasCaller, Answer
from foundation.release.acceptance.inputs import Ask, TestedUseCase
from foundation.release.acceptance.performance import judge, performance, spread
from foundation.release.acceptance.results import Test
from genai_runtime.live.records import GuardrailVersion, Versions
from stacks.settings import Settings
from stacks.settings.platform import Performance
from tests.unit.release.acceptance.callers import Deployed
from tests.unit.release.deployment.sealed import Functions, context_with
from tests.unit.release.people.live_account import Parameters

WANTED = Performance(requests=60, concurrency=4, p95_ms=1000, failed_share=0.02)
ASK = Ask("claims-assistant", "classify", {"message": "x"}, "made")


def _judged(seconds: list[float], failed: int = 0, wanted: Performance = WANTED) -> tuple[list[Test], dict[str, Any]]:
    answers = [
        Answer({"outcome": "failed" if number < failed else "answered"}, each) for number, each in enumerate(seconds)
    ]
    return judge([ASK] * len(answers), answers, wanted)


def _use_case(name: str, prompts: dict[str, int]) -> TestedUseCase:
    asks = {
        prompt: [Ask(name, prompt, {"n": str(n)}, "made") for n in range(texts)] for prompt, texts in prompts.items()
    }
    versions = Versions(prompts=dict.fromkeys(prompts, 1), guardrail=GuardrailVersion(name="baseline", version=1))
    return TestedUseCase(name, versions, asks, None)


def test_a_quick_release_passes() -> None:
    tests, figures = _judged([0.2] * 60)
    assert [each.result for each in tests] == ["passed", "passed"]
    assert figures["p95_ms"] == {"estimate": 200.0, "low": 200.0, "high": 200.0, "limit": 1000}
    assert figures["failed"]["high"] > 0  # none of 60 isn't never


def test_a_percentile_that_is_not_shown_to_hold_fails() -> None:
    tests, figures = _judged([0.2] * 58 + [5.0] * 2)
    assert figures["p95_ms"]["estimate"] == 200.0
    assert "may be as much as 5000 ms" in tests[0].problem


def test_too_few_requests_decide_nothing() -> None:
    tests, _ = _judged([0.2] * 58, wanted=WANTED.model_copy(update={"requests": 58}))
    assert "set release.performance.requests to 59" in tests[0].problem


@pytest.mark.parametrize(("failed", "result"), [(0, "passed"), (1, "passed"), (2, "failed"), (60, "failed")])
def test_failures_count_as_they_are(failed: int, result: str) -> None:
    tests, figures = _judged([0.2] * 60, failed)
    assert tests[1].result == result
    assert figures["failed"]["requests"] == failed


def test_cold_starts_are_not_timed_but_their_failures_count() -> None:
    cold = [Answer({"outcome": "failed"}, 9.0), Answer({"outcome": "answered"}, 8.0)]
    tests, figures = judge([ASK] * 60, [Answer({"outcome": "answered"}, 0.2)] * 60, WANTED, cold)
    assert figures["warm_up"] == {"requests": 2, "slowest_ms": 9000.0}
    assert figures["p95_ms"]["high"] == 200.0
    assert figures["failed"]["requests"] == 1
    assert tests[1].result == "passed"  # one of 62
    _, figures = judge([ASK] * 60, [Answer({"outcome": "failed"}, 0.2)] * 60, WANTED, [])
    assert figures["failed"]["share"] == 1.0


def test_blocked_requests_are_no_failures() -> None:
    answers = [Answer({"outcome": "blocked"}, 0.1)] * 60
    assert judge([ASK] * 60, answers, WANTED)[0][1].result == "passed"


@given(seconds=st.lists(st.floats(0.001, 20), min_size=59, max_size=200))
def test_a_slower_release_never_does_better(seconds: list[float]) -> None:
    faster, slower = _judged(seconds), _judged([each * 1.5 for each in seconds])
    assert not (faster[0][0].problem and not slower[0][0].problem)
    assert slower[1]["p95_ms"]["high"] >= faster[1]["p95_ms"]["high"]


def test_the_load_is_spread_over_use_cases_prompts_and_texts() -> None:
    plan = spread([_use_case("a", {"x": 2, "y": 1}), _use_case("b", {"x": 3})], 12)
    assert len(plan) == 12
    assert [
        sum((each.use_case, each.prompt) == key for each in plan) for key in (("a", "x"), ("a", "y"), ("b", "x"))
    ] == [4] * 3
    assert {each.variables["n"] for each in plan if each.use_case == "b"} == {"0", "1", "2"}


def test_all_requests_are_made() -> None:
    caller = Deployed()
    tests, figures = performance(caller, [_use_case("claims-assistant", {"classify": 1})], WANTED)
    assert figures["requests"] == 60
    assert len(caller.asked) == 60 + WANTED.concurrency
    assert figures["use_cases"] == {"claims-assistant": 60}
    assert [each.result for each in tests] == ["passed", "passed"]


class Broken:
    """Lambda that refuses."""

    def invoke(self, **_given: Any) -> dict[str, Any]:
        """No."""
        raise ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slow down"}}, "Invoke")


@pytest.mark.parametrize(
    ("service", "code"),
    [
        (Broken(), "TooManyRequestsException"),
        (Functions({"errorMessage": "x"}, failed=True), "Unhandled"),
        (Functions([1]), "no result"),
    ],
)
def test_a_call_that_does_not_come_through_is_a_failure(settings: Settings, service: Any, code: str) -> None:
    context = context_with(settings, {"ssm": Parameters(), "lambda": service, "sts": None})
    caller = AliasCaller(context, "pre-prod", frozenset({"pre-prod"}))
    answer = caller.ask("claims-assistant", {})
    assert (answer.outcome, answer.code, answer.manifest) == ("failed", code, "")


def test_an_answer_comes_through_the_alias(settings: Settings) -> None:
    functions = Functions({"outcome": "answered", "release": {"manifest": "m"}})
    context = context_with(settings, {"ssm": Parameters(), "lambda": functions})
    answer = AliasCaller(context, "pre-prod", frozenset({"pre-prod"})).ask("claims-assistant", {"prompt": "x"})
    assert (answer.outcome, answer.manifest) == ("answered", "m")
    assert functions.events == [{"prompt": "x"}]
