"""ModelAccess with its real adapters, over HTTP, against a fake AWS."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools import Metrics
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from genai_runtime.model_access.access import ModelAccess
from tests.unit.runtime.deployed_platform import (
    EVENT,
    FUNCTION,
    GUARDRAIL_ARN,
    MODEL,
    OTHER_MODEL,
    PARAMETERS,
    PROMPT,
    PROMPT_ARN,
    TRACE,
    converse_response,
    deploy,
    invocation,
)
from tests.unit.runtime.fake_aws import FakeAws, Reply, aws_error

Ask = Callable[..., dict[str, Any]]

PII = {
    "sensitiveInformationPolicy": {
        "piiEntities": [{"match": "jo@example.com", "type": "EMAIL", "action": "ANONYMIZED", "detected": True}],
        "regexes": [],
    }
}
TOPIC = {"topicPolicy": {"topics": [{"name": "investment-advice", "type": "DENY", "action": "BLOCKED"}]}}


def audited(aws: FakeAws) -> dict[str, Any]:
    """The only audit record, as plain values."""
    (call,) = aws.calls_of("dynamodb:PutItem")
    item = {name: next(iter(value.values())) for name, value in call.body["Item"].items()}
    return item | {"findings": [entry["S"] for entry in item.get("findings", [])]}


def test_answers_with_usage_guardrail_and_trace_id(ask: Ask) -> None:
    result = ask()
    latency, record = result.pop("latency_ms"), result.pop("record")
    assert record.endswith("+00:00#request-1")
    assert result == {
        "outcome": "answered",
        "answer": "It is 250 euro.",
        "stop_reason": "end_turn",
        "model": MODEL,
        "prompt": {"name": "grounded-answer", "version": 3},
        "usage": {"input_tokens": 42, "output_tokens": 7},
        "guardrail": {"name": "baseline", "version": 2, "action": "NONE", "findings": []},
        "release": {"sequence": None, "manifest": None, "experiment": None, "arm": "stable"},
        "trace_id": TRACE,
    }
    assert 0 <= latency < 60_000


def test_sends_values_guarded_and_the_request_attributed(ask: Ask, aws: FakeAws) -> None:
    ask()
    (call,) = aws.calls_of("bedrock:Converse")
    assert "eu.amazon.nova-lite-v1" in call.path
    assert call.body == {
        "system": [{"text": "Answer from the context only."}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"text": "<context>"},
                    {
                        "guardContent": {
                            "text": {
                                "text": EVENT["variables"]["context"],
                                "qualifiers": ["grounding_source", "guard_content"],
                            }
                        }
                    },
                    {"text": "</context>\nQ: "},
                    {
                        "guardContent": {
                            "text": {"text": EVENT["variables"]["question"], "qualifiers": ["query", "guard_content"]}
                        }
                    },
                ],
            }
        ],
        "inferenceConfig": {"maxTokens": 300, "temperature": 0.0},
        "guardrailConfig": {"guardrailIdentifier": GUARDRAIL_ARN, "guardrailVersion": "1", "trace": "enabled"},
        "requestMetadata": {
            "use_case": "claims",
            "environment": "dev",
            "prompt": "grounded-answer",
            "prompt_version": "3",
        },
    }


def test_audits_who_what_and_the_outcome_without_any_text(ask: Ask, aws: FakeAws) -> None:
    ask()
    (call,) = aws.calls_of("dynamodb:PutItem")
    assert call.body["ConditionExpression"] == "attribute_not_exists(use_case)", "no record is overwritten"
    for text in (*EVENT["variables"].values(), "It is 250 euro."):
        assert text not in json.dumps(call.body)
    record = audited(aws)
    at, _, request_id = record.pop("at").partition("#")
    assert (request_id, at[-6:]) == ("request-1", "+00:00")
    assert int(record.pop("expires_at")) > 0
    assert int(record.pop("latency_ms")) >= 0
    canonical = json.dumps(EVENT["variables"], sort_keys=True, separators=(",", ":"))
    assert record == {
        "use_case": "claims",
        "environment": "dev",
        "caller": f"{FUNCTION}:claims",
        "request_id": "request-1",
        "trace_id": TRACE,
        "user": "u-17",
        "prompt": "grounded-answer",
        "prompt_version": "3",
        "model": MODEL,
        "guardrail": "baseline",
        "guardrail_version": "2",
        "guardrail_action": "NONE",
        "findings": [],
        "stop_reason": "end_turn",
        "input_tokens": "42",
        "output_tokens": "7",
        "model_request_id": "aws-request-1",
        "input_sha256": hashlib.sha256(canonical.encode()).hexdigest(),
        "outcome": "answered",
    }


def test_masked_personal_data_is_masked_and_not_blocked(ask: Ask, aws: FakeAws) -> None:
    trace = {"outputAssessments": {"abcdefghijkl": [PII]}}
    aws.always("bedrock:Converse", Reply(converse_response("Write to {EMAIL}.", "guardrail_intervened", trace)))
    result = ask()
    assert (result["outcome"], result["answer"]) == ("masked", "Write to {EMAIL}.")
    assert result["guardrail"]["action"] == "ANONYMIZED"
    assert result["guardrail"]["findings"] == [
        {"on": "output", "policy": "sensitive_information", "type": "EMAIL", "name": "", "action": "ANONYMIZED"}
    ]
    assert "jo@example.com" not in json.dumps([result, audited(aws)])


def test_denied_topic_is_blocked_with_the_guardrails_message(ask: Ask, aws: FakeAws) -> None:
    trace = {"inputAssessment": {"abcdefghijkl": TOPIC}}
    aws.always("bedrock:Converse", Reply(converse_response("I can't help.", "guardrail_intervened", trace)))
    result = ask()
    assert (result["outcome"], result["answer"], result["guardrail"]["action"]) == (
        "blocked",
        "I can't help.",
        "BLOCKED",
    )
    assert audited(aws)["findings"] == ["input:topic:DENY:investment-advice:BLOCKED"]


def test_another_agreed_model_can_be_asked_for(ask: Ask, aws: FakeAws) -> None:
    assert ask(model=OTHER_MODEL)["model"] == OTHER_MODEL
    assert "nova-micro" in aws.calls_of("bedrock:Converse")[0].path


def test_contracts_and_prompt_are_read_once(ask: Ask, aws: FakeAws) -> None:
    ask()
    ask()
    assert len(aws.calls_of("ssm:GetParameter")) == 3
    (call,) = aws.calls_of("bedrock-agent:GetPrompt")
    assert call.path.endswith("?promptVersion=1")


def test_prompt_contract_may_hold_the_version_arn(ask: Ask, aws: FakeAws) -> None:
    deploy(aws, PARAMETERS | {"/genai-foundation/prompts/grounded-answer/3": PROMPT | {"arn": f"{PROMPT_ARN}:1"}})
    assert ask()["outcome"] == "answered"
    assert aws.calls_of("bedrock-agent:GetPrompt")[0].path.endswith("PROMPT1234/?promptVersion=1")


def test_counts_outcomes_for_the_service_and_for_the_use_case(ask: Ask, metrics: Metrics) -> None:
    ask()
    emf: dict[str, Any] = {**metrics.serialize_metric_set()}
    (directive,) = emf["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "GenAIFoundation"
    assert directive["Dimensions"] == [["service"], ["service", "use_case"]]
    assert {each["Name"] for each in directive["Metrics"]} == {"Answered", "Latency", "InputTokens", "OutputTokens"}
    assert (emf["service"], emf["use_case"]) == ("model-access", "claims")


def test_retries_a_throttled_call_and_answers(ask: Ask, aws: FakeAws) -> None:
    aws.sequence("bedrock:Converse", aws_error("ThrottlingException", status=429), Reply(converse_response("Yes.")))
    assert ask()["answer"] == "Yes."
    assert len(aws.calls_of("bedrock:Converse")) == 2


def test_fails_withholding_the_answer_when_the_audit_record_is_not_stored(
    ask: Ask, aws: FakeAws, metrics: Metrics
) -> None:
    aws.always("dynamodb:PutItem", aws_error("ResourceNotFoundException"))
    result = ask()
    assert (result["outcome"], result["error"]["code"]) == ("failed", "GF-AUD-001")
    assert "250" not in json.dumps(result)
    names = {each["Name"] for each in metrics.serialize_metric_set()["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert {"Failed", "AuditNotWritten"} <= names
    assert "Answered" not in names


def test_a_record_that_is_already_there_is_this_requests_own(ask: Ask, aws: FakeAws) -> None:
    aws.always("dynamodb:PutItem", aws_error("ConditionalCheckFailedException"))
    assert ask()["outcome"] == "answered"


def refused(result: dict[str, Any]) -> tuple[str, str]:
    """Outcome and code of a result without an answer; checks its shape."""
    assert set(result) == {"outcome", "error", "trace_id"}
    assert set(result["error"]) == {"code", "message"}
    assert result["error"]["message"][0].islower()
    return result["outcome"], result["error"]["code"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"alias": None}, "GF-RUN-001"),
        ({"variables": {"context": "x" * 1_000_001, "question": "?"}}, "GF-RUN-002"),
        ({"variables": {"context": 7, "question": "?"}}, "GF-RUN-003"),
        ({"alias": "other"}, "GF-RUN-004"),
        ({"alias": "nobody", "use_case": "nobody"}, "GF-RUN-005"),
        ({"prompt": "extract"}, "GF-RUN-006"),
        ({"model": "anthropic.claude-v9"}, "GF-RUN-007"),
        ({"variables": {"context": "x"}}, "GF-RUN-008"),
        ({"variables": {"context": "x", "question": "y", "system": "z"}}, "GF-RUN-009"),
        ({"variables": {"context": "x", "question": "y" * 101}}, "GF-RUN-010"),
        ({"variables": {"context": " \n", "question": "y"}}, "GF-RUN-011"),
        ({"variables": {"context": "ü" * 399, "question": "y"}}, "GF-RUN-012"),
    ],
)
def test_fails_a_bad_request_with_its_code_and_audits_it(
    ask: Ask, aws: FakeAws, changes: dict[str, Any], code: str
) -> None:
    assert refused(ask(**changes)) == ("rejected", code)
    assert aws.calls_of("bedrock:Converse") == []
    record = audited(aws)
    assert (record["outcome"], record["error_code"]) == ("rejected", code)
    assert record["use_case"] == ("#unidentified" if code == "GF-RUN-001" else changes.get("alias", "claims"))


texts = st.text(st.characters(), max_size=120)
events = st.fixed_dictionaries(
    {
        "use_case": st.just("claims") | texts,
        "prompt": st.just("grounded-answer") | texts,
        "variables": st.fixed_dictionaries({"context": texts, "question": texts})
        | st.dictionaries(texts, texts | st.integers(), max_size=3),
    },
    optional={"user": texts | st.none(), "model": st.just(OTHER_MODEL) | texts, "extra": texts},
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(EVENT | {"variables": {"context": "\ud800", "question": "?"}}, "claims")
@given(events | st.none() | st.lists(texts), st.sampled_from(["claims", "nobody", None, "$LATEST"]))
def test_any_event_ends_with_an_audited_outcome_and_never_unexpectedly(
    access: ModelAccess, aws: FakeAws, event: Any, alias: str | None
) -> None:
    aws.calls.clear()
    result = access.answer(event, invocation(alias))
    assert result["outcome"] in {"answered", "rejected"}
    assert ("error" in result) == (result["outcome"] == "rejected")
    json.dumps(result).encode()
    assert audited(aws)["outcome"] == result["outcome"]
