"""A prompt's ARN as modelId stands for its model, text and parameters."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.local.bedrock.errors import BedrockError
from foundation.local.bedrock.prompts import expand

ARN = "arn:aws:bedrock:eu-west-1:222222222222:prompt/PROMPT0001:1"
VARIANT = {
    "name": "v1", "modelId": "eu.amazon.nova-lite-v1:0", "templateType": "CHAT",
    "templateConfiguration": {
        "chat": {
            "system": [{"text": "You are {{role}}."}],
            "messages": [{"role": "user", "content": [{"text": "Ask {{ what }}"}]}],
        }
    },
    "inferenceConfiguration": {"text": {"maxTokens": 50, "temperature": 0.0}},
}  # fmt: skip


def prompts(account: str, region: str, arn: str) -> dict[str, Any] | None:
    assert (account, region) == ("222222222222", "eu-west-1")
    return {"DefaultVariant": "v1", "Variants": [VARIANT]} if arn == ARN else None


def expanded(body: dict[str, Any], identifier: str = ARN) -> tuple[str, dict[str, Any]]:
    return expand(prompts, "222222222222", "eu-west-1", identifier, body)


VALUES = {"promptVariables": {"role": {"text": "a clerk"}, "what": {"text": "me"}}}


def test_chat_template() -> None:
    model, body = expanded({**VALUES, "messages": []})
    assert model == "eu.amazon.nova-lite-v1:0"
    assert body["system"] == [{"text": "You are a clerk."}]
    assert body["messages"] == [{"role": "user", "content": [{"text": "Ask me"}]}]
    assert body["inferenceConfig"] == {"maxTokens": 50, "temperature": 0.0}


def test_other_ids_stay() -> None:
    body: dict[str, Any] = {"messages": [{}]}
    assert expanded(body, "amazon.nova-lite-v1:0") == ("amazon.nova-lite-v1:0", body)


@pytest.mark.parametrize(
    ("body", "identifier", "code", "message"),
    [
        (VALUES, ARN.replace(":1", ":2"), "ResourceNotFoundException", "Could not find the prompt"),
        ({}, ARN, "ValidationException", "variable what has no value"),
        (
            {**VALUES, "system": [{"text": "x"}]},
            ARN,
            "ValidationException",
            "can't be given together with a prompt: system",
        ),
    ],
)
def test_fails_for_unknown_prompts_and_missing_values(
    body: dict[str, Any], identifier: str, code: str, message: str
) -> None:
    with pytest.raises(BedrockError, match=message) as caught:
        expanded(body, identifier)
    assert caught.value.code == code
