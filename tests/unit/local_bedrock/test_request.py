"""Validation of Converse requests, and what the guardrail sees of them."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.local.bedrock.errors import BedrockError
from foundation.local.bedrock.request import parse, parse_body


def user(*content: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(content)}


def guard(text: str, *qualifiers: str) -> dict[str, Any]:
    return {"guardContent": {"text": {"text": text, "qualifiers": list(qualifiers)}}}


HELLO = user({"text": "hello"})
ANSWER = {"role": "assistant", "content": [{"text": "hi"}]}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "must start with a user message"),
        ({"messages": [ANSWER]}, "must start with a user message"),
        ({"messages": [HELLO, HELLO]}, "must alternate"),
        ({"messages": [{"role": "system", "content": []}]}, "role must be user or assistant"),
        ({"messages": [{"role": "user", "content": []}]}, "is empty"),
        ({"messages": [user({"text": "  "})]}, "messages.0.content.0 is blank"),
        ({"messages": [HELLO], "inferenceConfig": {"maxTokens": 0}}, "greater than or equal to 1"),
        ({"messages": [HELLO], "inferenceConfig": {"temperature": 1.5}}, "less than or equal to 1"),
        ({"messages": [HELLO], "inferenceConfig": {"topP": "high"}}, "must be a number"),
        ({"messages": [HELLO], "guardrailConfig": {"guardrailIdentifier": "g"}}, "guardrailVersion"),
    ],
)
def test_fails_for_invalid_requests(body: dict[str, Any], message: str) -> None:
    with pytest.raises(BedrockError, match=message) as caught:
        parse(body)
    assert (caught.value.code, caught.value.status) == ("ValidationException", 400)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_fails_for_bodies_that_are_no_objects(body: bytes) -> None:
    with pytest.raises(BedrockError):
        parse_body(body)


def guarded(*messages: dict[str, Any], system: tuple[dict[str, Any], ...] = ()) -> list[str]:
    return parse({"messages": list(messages), "system": list(system)}).guarded()


def test_without_guard_content_all_message_text_is_judged() -> None:
    assert guarded(HELLO, ANSWER, user({"text": "more"})) == ["hello", "hi", "more"]


def test_with_guard_content_only_marked_text_is_judged() -> None:
    assert guarded(user({"text": "context"}, guard("question"))) == ["question"]
    assert guarded(user(guard("source", "grounding_source"), guard("q", "query", "guard_content"))) == ["q"]


def test_query_and_source_alone_are_not_judged() -> None:
    assert guarded(user(guard("source", "grounding_source"), guard("question", "query"))) == []


def test_system_prompt_is_judged_where_marked_only() -> None:
    assert guarded(HELLO, system=({"text": "secret rules"}, guard("marked"))) == ["marked", "hello"]


def test_tool_results_are_not_judged() -> None:
    assert guarded(user({"text": "hello"}, {"toolResult": {"toolUseId": "1", "content": [{"text": "x"}]}})) == ["hello"]


def test_masked_text_reaches_the_model() -> None:
    request = parse({"messages": [user(guard("mail a@example.com"), {"text": "other"})]})
    assert request.map_guarded({"mail a@example.com": "mail {EMAIL}"}).input_text == "mail {EMAIL}\nother"
