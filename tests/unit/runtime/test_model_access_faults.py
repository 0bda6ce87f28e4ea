"""Faults of the platform and of Bedrock: each a coded result, audited, and never an exception."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools import Metrics

from genai_runtime.model_access import bedrock
from genai_runtime.model_access.access import ModelAccess
from genai_runtime.model_access.deadline import Deadline
from tests.unit.runtime.deployed_platform import EVENT, PARAMETERS, PROMPT, STORED_PROMPT, converse_response, deploy
from tests.unit.runtime.deployed_platform import invocation as invoked
from tests.unit.runtime.fake_aws import Call, FakeAws, Reply, aws_error

Ask = Callable[..., dict[str, Any]]
PROMPT_PARAMETER = "/genai-foundation/prompts/grounded-answer/3"


def failed(result: dict[str, Any]) -> str:
    """The code of a failed result."""
    assert set(result) == {"outcome", "error", "trace_id"}
    assert result["outcome"] == "failed"
    return str(result["error"]["code"])


@pytest.mark.parametrize(
    ("error", "status", "code", "attempts"),
    [
        ("ThrottlingException", 429, "GF-RUN-030", 3),
        ("AccessDeniedException", 403, "GF-RUN-031", 1),
        ("ModelTimeoutException", 408, "GF-RUN-032", 1),
        ("ServiceUnavailableException", 503, "GF-RUN-033", 3),
        ("ModelErrorException", 424, "GF-RUN-033", 1),
        ("ValidationException", 400, "GF-RUN-034", 1),
        ("ResourceNotFoundException", 404, "GF-RUN-035", 1),
    ],
)
def test_fails_with_a_code_for_each_error_of_bedrock(
    ask: Ask, aws: FakeAws, error: str, status: int, code: str, attempts: int
) -> None:
    aws.always("bedrock:Converse", aws_error(error, "said so", status))
    assert failed(ask()) == code
    assert len(aws.calls_of("bedrock:Converse")) == attempts
    (call,) = aws.calls_of("dynamodb:PutItem")
    assert call.body["Item"]["error_code"] == {"S": code}
    assert "latency_ms" in call.body["Item"]


def test_fails_throttled_saying_to_retry_later_and_counts_it(ask: Ask, aws: FakeAws, metrics: Metrics) -> None:
    aws.always("bedrock:Converse", aws_error("ThrottlingException", status=429))
    assert "send the request again" in ask()["error"]["message"]
    names = {each["Name"] for each in metrics.serialize_metric_set()["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert {"Failed", "Throttled"} <= names


def test_fails_denied_saying_that_the_model_is_not_approved_here(ask: Ask, aws: FakeAws) -> None:
    aws.always("bedrock:Converse", aws_error("AccessDeniedException", "arn:aws:iam::1:role/secret", 403))
    message = ask()["error"]["message"]
    assert "not approved in dev" in message
    assert "arn:aws:iam" not in message


def test_fails_when_the_model_takes_longer_than_there_is_time(
    ask: Ask, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bedrock, "_STEP_SECONDS", 1)

    def late(_: Call) -> Reply:
        aws.slow.wait(10)
        return Reply(converse_response("too late"))

    aws.answers["bedrock:Converse"] = late
    result = ask(seconds=13)
    aws.slow.set()
    assert failed(result) == "GF-RUN-032"
    assert len(aws.calls_of("bedrock:Converse")) == 1, "a generation that timed out is not paid for twice"


def test_fails_without_calling_the_model_when_no_time_is_left(ask: Ask, aws: FakeAws) -> None:
    assert failed(ask(seconds=12)) == "GF-RUN-036"
    assert aws.calls_of("bedrock:Converse") == []
    assert len(aws.calls_of("dynamodb:PutItem")) == 1


def test_fails_before_reading_contracts_when_even_that_does_not_fit(ask: Ask, aws: FakeAws) -> None:
    assert failed(ask(seconds=8)) == "GF-RUN-036"
    assert aws.calls_of("ssm:GetParameter") == []
    assert len(aws.calls_of("dynamodb:PutItem")) == 1


def test_fails_when_the_endpoint_is_not_reachable(
    access: ModelAccess, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:9")
    assert failed(access.answer(EVENT, invoked())) == "GF-RUN-033"


def test_fails_when_the_model_returns_no_text(ask: Ask, aws: FakeAws) -> None:
    aws.always("bedrock:Converse", Reply(converse_response("", "max_tokens")))
    assert failed(ask()) == "GF-RUN-037"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({PROMPT_PARAMETER: None}, "GF-RUN-020"),
        ({"/genai-foundation/guardrails/baseline/2": None}, "GF-RUN-020"),
        ({PROMPT_PARAMETER: "no json"}, "GF-RUN-021"),
        ({PROMPT_PARAMETER: PROMPT | {"limits": {"max_input_tokens": 0, "variables": {}}}}, "GF-RUN-021"),
        ({"/genai-foundation/use-cases/claims": {"name": "claims"}}, "GF-RUN-021"),
    ],
)
def test_fails_for_a_contract_that_is_missing_or_malformed(
    ask: Ask, aws: FakeAws, parameters: dict[str, Any], code: str
) -> None:
    deploy(aws, {name: value for name, value in (PARAMETERS | parameters).items() if value is not None})
    assert failed(ask()) == code


@pytest.mark.parametrize(
    ("operation", "what"), [("ssm:GetParameter", "parameter"), ("bedrock-agent:GetPrompt", "prompt")]
)
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [("AccessDeniedException", 403, "GF-RUN-023"), ("InternalServerError", 500, "GF-RUN-024")],
)
def test_fails_when_a_contract_can_not_be_read(
    ask: Ask, aws: FakeAws, operation: str, what: str, error: str, status: int, code: str
) -> None:
    aws.always(operation, aws_error(error, status=status))
    result = ask()
    assert failed(result) == code
    assert what in result["error"]["message"]


def test_fails_when_text_and_limits_of_a_prompt_disagree(ask: Ask, aws: FakeAws) -> None:
    text = json.dumps(STORED_PROMPT).replace("{{context}}", "{{context}} {{tone}}")
    aws.always("bedrock-agent:GetPrompt", Reply(text))
    assert failed(ask()) == "GF-RUN-022"


def test_fails_unexpectedly_with_a_code_and_an_audit_record(
    ask: Ask, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("genai_runtime.model_access.limits.check_size", broken)
    assert failed(ask()) == "GF-RUN-099"
    assert aws.calls_of("dynamodb:PutItem")[0].body["Item"]["error_code"] == {"S": "GF-RUN-099"}


def test_deadline_counts_down_from_the_last_request() -> None:
    now = [100.0]
    deadline = Deadline(clock=lambda: now[0])
    assert deadline.left() == float("inf")
    deadline.start(10)
    now[0] += 12
    assert deadline.left() == -2
