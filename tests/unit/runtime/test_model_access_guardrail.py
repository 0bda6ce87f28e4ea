"""What a guardrail did: outcome and findings, never what matched."""

import json
from typing import Any

import pytest

from genai_runtime.model_access.conversation import completion_of
from genai_runtime.model_access.errors import RequestFailed
from genai_runtime.model_access.findings import findings_of
from tests.unit.runtime.deployed_platform import converse_response

EVERY_POLICY: dict[str, Any] = {
    "topicPolicy": {"topics": [{"name": "advice", "type": "DENY", "action": "BLOCKED"}]},
    "contentPolicy": {"filters": [{"type": "PROMPT_ATTACK", "confidence": "HIGH", "action": "BLOCKED"}]},
    "wordPolicy": {
        "customWords": [{"match": "SECRET", "action": "BLOCKED"}],
        "managedWordLists": [{"match": "SECRET", "type": "PROFANITY", "action": "BLOCKED"}],
    },
    "sensitiveInformationPolicy": {
        "piiEntities": [
            {"match": "SECRET", "type": "NAME", "action": "ANONYMIZED"},
            {"match": "SECRET", "type": "NAME", "action": "ANONYMIZED"},
        ],
        "regexes": [{"name": "policy-number", "match": "SECRET", "regex": "S.*", "action": "ANONYMIZED"}],
    },
    "contextualGroundingPolicy": {
        "filters": [
            {"type": "GROUNDING", "threshold": 0.7, "score": 0.1, "action": "BLOCKED"},
            {"type": "RELEVANCE", "threshold": 0.7, "score": 0.9, "action": "NONE"},
        ]
    },
}


def completion(text: str, stop: str, trace: dict[str, Any] | None = None) -> Any:
    """Read a response with this trace."""
    response: Any = converse_response(text, stop, trace) | {"ResponseMetadata": {"RequestId": "r"}}
    return completion_of(response)


def test_findings_name_policy_type_and_action_of_every_policy() -> None:
    found = findings_of({"inputAssessment": {"g": EVERY_POLICY}})
    assert [f"{each.policy} {each.type} {each.name} {each.action}" for each in found] == [
        "topic DENY advice BLOCKED",
        "content PROMPT_ATTACK  BLOCKED",
        "word CUSTOM  BLOCKED",
        "word PROFANITY  BLOCKED",
        "sensitive_information NAME  ANONYMIZED",
        "sensitive_information REGEX policy-number ANONYMIZED",
        "contextual_grounding GROUNDING  BLOCKED",
    ]
    assert "SECRET" not in json.dumps([each.as_dict() for each in found])


def test_findings_of_input_and_output_are_told_apart() -> None:
    trace = {"inputAssessment": {"g": EVERY_POLICY}, "outputAssessments": {"g": [EVERY_POLICY, EVERY_POLICY]}}
    assert [each.side for each in findings_of(trace)] == ["input"] * 7 + ["output"] * 7


def test_a_rule_that_only_detects_is_a_finding_and_changes_no_outcome() -> None:
    rule = {"topicPolicy": {"topics": [{"name": "advice", "type": "DENY", "action": "NONE", "detected": True}]}}
    result = completion("Yes.", "end_turn", {"inputAssessment": {"g": rule}})
    assert (result.outcome, result.action, [each.name for each in result.findings]) == ("answered", "NONE", ["advice"])


@pytest.mark.parametrize("stop", ["guardrail_intervened", "content_filtered"])
def test_an_intervention_without_a_trace_counts_as_blocked(stop: str) -> None:
    result = completion("", stop)
    assert (result.outcome, result.answer) == ("blocked", "")


def test_blocked_wins_over_masked() -> None:
    assert completion("No.", "guardrail_intervened", {"outputAssessments": {"g": [EVERY_POLICY]}}).outcome == "blocked"


def test_a_cut_answer_says_so() -> None:
    result = completion("It is", "max_tokens")
    assert (result.outcome, result.stop_reason) == ("answered", "max_tokens")


def test_fails_an_answer_without_text() -> None:
    with pytest.raises(RequestFailed) as caught:
        completion("", "end_turn")
    assert caught.value.code == "GF-RUN-037"
