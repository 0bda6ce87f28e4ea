"""Targets, against botocore's wire."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from genai_runtime.evaluation.calls.converse import ConverseTarget
from genai_runtime.evaluation.calls.errors import CallsFailed
from genai_runtime.evaluation.calls.faults import fault_of
from genai_runtime.evaluation.calls.own_responses import OwnResponsesTarget, parse_responses
from genai_runtime.evaluation.calls.target import Times
from genai_runtime.evaluation.calls.use_case import UseCaseTarget
from genai_runtime.evaluation.records import Usage
from genai_runtime.evaluation.run import Converse, UseCaseEndpoint
from tests.unit.evaluation.calls.samples import candidate, case
from tests.unit.evaluation.calls.wire import Answer, as_error, as_json, as_stream, client

USAGE = {"inputTokens": 1000, "outputTokens": 21, "totalTokens": 1021}
MASKED = {
    "guardrail": {
        "outputAssessments": {
            "gr-1": [{"sensitiveInformationPolicy": {"piiEntities": [{"type": "NAME", "match": "x", "action": "ANONYMIZED"}]}}]
        }
    }
}  # fmt: skip


class Ticks:
    """A clock that moves by a second each time it is read."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds


def streaming(answer: Answer | Exception) -> tuple[ConverseTarget, list[dict[str, Any]]]:
    made, requests = client("bedrock-runtime", lambda _: answer)
    return ConverseTarget(made, "r-1", candidate(), Converse(), Ticks()), requests


def text(value: str) -> tuple[str, object]:
    return "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": value}}


def test_a_stream_gives_answer_times_tokens_and_cost() -> None:
    target, requests = streaming(
        as_stream(
            ("messageStart", {"role": "assistant"}), text("Be"), text("cause."), ("messageStop", {"stopReason": "end_turn"}),
            ("metadata", {"usage": USAGE, "metrics": {"latencyMs": 9}}),
        )
    )  # fmt: skip
    response = target.ask(case())
    assert (response.answer, response.stop_reason, response.trace_id) == ("Because.", "end_turn", "aws-request-1")
    assert (response.first_token_ms, response.last_token_ms, response.tokens_per_second) == (1000, 2000, 20)
    assert response.usage == Usage(input_tokens=1000, output_tokens=21)
    assert response.cost_usd == pytest.approx(0.06 + 0.24 * 0.021)
    assert response.guardrail_action == "none"
    assert requests[0]["path"].endswith("/model/eu.m/converse-stream")
    assert requests[0]["body"]["inferenceConfig"] == {"maxTokens": 100, "temperature": 0.0, "topP": 0.9}


def test_a_masked_answer_says_so() -> None:
    target, _ = streaming(
        as_stream(
            text("{NAME}"),
            ("messageStop", {"stopReason": "guardrail_intervened"}),
            ("metadata", {"usage": USAGE, "trace": MASKED}),
        )
    )  # fmt: skip
    assert target.ask(case()).guardrail_action == "masked"


def test_a_model_that_does_not_stream_has_the_whole_time_only() -> None:
    body = {
        "output": {"message": {"role": "assistant", "content": [{"text": "Yes."}]}},
        "stopReason": "end_turn", "usage": USAGE, "metrics": {"latencyMs": 1},
    }  # fmt: skip
    made, requests = client("bedrock-runtime", lambda _: as_json(body))
    response = ConverseTarget(made, "r", candidate(guardrail=None, price=None), Converse(stream=False), Ticks()).ask(
        case()
    )
    assert (response.answer, response.first_token_ms, response.last_token_ms) == ("Yes.", None, 1000)
    assert (response.tokens_per_second, response.cost_usd, response.guardrail_action) == (21, None, None)
    assert requests[0]["path"].endswith("/converse")


@pytest.mark.parametrize(
    ("answer", "error_class", "code"),
    [
        (as_error("ThrottlingException", "Too many requests", 429), "throttled", "ThrottlingException"),
        (as_stream(text("a"), ("throttlingException", {"message": "x"})), "throttled", "ThrottlingException"),
        (as_stream(("modelStreamErrorException", {"message": "x"})), "model-error", "ModelStreamErrorException"),
        (as_stream(("internalServerException", {"message": "x"})), "unavailable", "InternalServerException"),
        (as_error("ValidationException"), "invalid-request", "ValidationException"),
        (as_error("AccessDeniedException", status=403), "access-denied", "AccessDeniedException"),
        (as_error("ModelTimeoutException", status=408), "time-out", "ModelTimeoutException"),
        (as_error("ModelErrorException", status=424), "model-error", "ModelErrorException"),
        (as_error("SomethingNew", status=503), "unavailable", "SomethingNew"),
        (as_error("ResourceNotFoundException", status=404), "defect", "ResourceNotFoundException"),
        (as_stream(("messageStop", {"stopReason": "end_turn"}), ("metadata", {"usage": USAGE})), "model-error", "GF-RUN-037"),
        (ReadTimeoutError(endpoint_url="u"), "time-out", "ReadTimeoutError"),
        (EndpointConnectionError(endpoint_url="u"), "unavailable", "EndpointConnectionError"),
        (NoCredentialsError(), "access-denied", "NoCredentialsError"),
        (RuntimeError("half a pair: \ud800"), "defect", "RuntimeError"),
    ],
)  # fmt: skip
def test_fails_with_the_class_of_the_error(answer: Answer | Exception, error_class: str, code: str) -> None:
    target, _ = streaming(answer)
    with pytest.raises(Exception) as caught:  # noqa: PT011 its class is what is tested
        target.ask(case())
    fault = fault_of(caught.value)
    assert (fault.error_class, fault.code) == (error_class, code)
    assert fault.model_dump_json()


def use_case(answer: Answer) -> tuple[UseCaseTarget, list[dict[str, Any]]]:
    made, requests = client("lambda", lambda _: answer)
    endpoint = UseCaseEndpoint(
        function_arn="arn:aws:lambda:eu-west-1:222222222222:function:f:claims", use_case="claims"
    )
    return UseCaseTarget(made, candidate(), endpoint, Ticks()), requests


def test_a_use_case_is_asked_and_read_as_model_access() -> None:
    target, requests = use_case(
        as_json(
            {
                "outcome": "masked", "answer": "A", "stop_reason": "end_turn", "model": "m", "latency_ms": 4,
                "usage": {"input_tokens": 10, "output_tokens": 4}, "trace_id": "1-2-3", "guardrail": {"action": "ANONYMIZED"},
            }
        )
    )  # fmt: skip
    response = target.ask(case())
    assert requests[0]["body"] == {
        "use_case": "claims", "prompt": "answer", "model": "eu.m",
        "variables": {"question": "Why?", "context": "[doc-1] Because.\n\n[doc-2] So."},
    }  # fmt: skip
    assert (response.answer, response.guardrail_action, response.trace_id) == ("A", "masked", "1-2-3")
    assert (response.first_token_ms, response.last_token_ms, response.tokens_per_second) == (None, 1000, 4)


@pytest.mark.parametrize(
    ("body", "headers", "error_class", "code"),
    [
        ({"outcome": "rejected", "error": {"code": "GF-RUN-010", "message": "long"}}, {}, "invalid-request", "GF-RUN-010"),
        ({"outcome": "failed", "error": {"code": "GF-RUN-030", "message": "quota"}}, {}, "throttled", "GF-RUN-030"),
        ({"outcome": "failed", "error": {"code": "GF-RUN-033", "message": "gone"}}, {}, "unavailable", "GF-RUN-033"),
        ({"outcome": "failed", "error": {"code": "GF-RUN-021", "message": "bad"}}, {}, "defect", "GF-RUN-021"),
        ({"answer": "x"}, {}, "defect", "GF-EVAL-117"),
        ({"outcome": "answered"}, {}, "defect", "GF-EVAL-117"),
        ({"errorMessage": "boom"}, {"X-Amz-Function-Error": "Unhandled"}, "defect", "GF-EVAL-118"),
        ({"errorMessage": "Task timed out after 3.00 seconds"}, {"X-Amz-Function-Error": "Unhandled"}, "time-out", "GF-RUN-032"),
    ],
)  # fmt: skip
def test_fails_as_the_use_case_does(body: Any, headers: dict[str, str], error_class: str, code: str) -> None:
    target, _ = use_case(as_json(body, **headers))
    with pytest.raises(Exception) as caught:  # noqa: PT011 its class is what is tested
        target.ask(case())
    fault = fault_of(caught.value)
    assert (fault.error_class, fault.code) == (error_class, code)


def test_own_responses_are_taken_as_they_are() -> None:
    lines = (
        b'{"id": "c-1", "answer": "A", "usage": {"input_tokens": 1000, "output_tokens": 0}, "last_token_ms": 5}\n'
        b'{"id": "c-2", "answer": "B"}\n'
        b'{"id": "c-3", "error": {"error_class": "time-out", "code": "x", "message": "slow"}}\n'
    )
    target = OwnResponsesTarget(candidate(), parse_responses(lines, "own.jsonl"), "own.jsonl")
    first, second, third = (target.ask(case(id=f"c-{n}")) for n in (1, 2, 3))
    assert (first.answer, first.last_token_ms) == ("A", 5)
    assert first.cost_usd == pytest.approx(0.06)
    assert (second.answer, second.cost_usd) == ("B", None)
    assert third.error
    assert third.error.error_class == "time-out"
    with pytest.raises(CallsFailed, match=r"GF-EVAL-112: own\.jsonl has no response to case c-4"):
        target.ask(case(id="c-4"))


def test_fails_for_own_responses_with_every_bad_line() -> None:
    with pytest.raises(CallsFailed) as caught:
        parse_responses(b'{"id": "a"}\n{]\n{"id": "b", "answer": ""}\n{"id": "b", "answer": ""}\n', "own.jsonl")
    assert caught.value.code == "GF-EVAL-111"
    for line in (
        "own.jsonl:1: the record: Value error, give either",
        "own.jsonl:2: ",
        "own.jsonl:4: id: b is there twice",
    ):
        assert line in caught.value.message


@pytest.mark.parametrize(
    ("times", "tokens", "expected"),
    [(Times(0, 1, 1), 9, None), (Times(0, 1, 3), 1, None), (Times(0, None, 2), 8, 4.0), (Times(0, None, 2), 0, None)],
)
def test_speed_is_known_only_where_tokens_took_time(times: Times, tokens: int, expected: float | None) -> None:
    assert times.tokens_per_second(tokens) == expected
