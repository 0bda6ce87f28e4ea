"""A prompt of Prompt management as the modelId of Converse: its ARN becomes its model, messages and parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from foundation.local.bedrock.errors import not_found, validation
from foundation.local.bedrock.request import Json

_PROMPT_ARN = re.compile(r"arn:aws[\w-]*:bedrock:[a-z0-9-]+:\d{12}:prompt/.+")
_VARIABLE = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
_NOT_WITH_PROMPT = ("additionalModelRequestFields", "inferenceConfig", "system", "toolConfig")
_PARAMETERS = ("maxTokens", "temperature", "topP", "stopSequences")


def expand(
    prompts: Callable[[str, str, str], Mapping[str, Any] | None], account: str, region: str, identifier: str, body: Json
) -> tuple[str, Json]:
    """The model id and body that a request with a prompt's ARN stands for; any other request as it is.

    Raises:
        BedrockError: ResourceNotFoundException for an unknown prompt; ValidationException for a missing variable or a
            field that may not go with a prompt.
    """
    if not _PROMPT_ARN.fullmatch(identifier):
        return identifier, body
    prompt = prompts(account, region, identifier)
    if prompt is None:
        raise not_found("Could not find the prompt provided in the request.")
    if clash := [name for name in _NOT_WITH_PROMPT if body.get(name)]:
        raise validation(f"These fields can't be given together with a prompt: {', '.join(clash)}.")
    variant = _default_variant(prompt)
    values = {name: str((value or {}).get("text", "")) for name, value in (body.get("promptVariables") or {}).items()}
    template = variant.get("templateConfiguration") or {}
    expanded = {**body, **_messages(template, values)}
    expanded["messages"] = [*expanded["messages"], *(body.get("messages") or [])]
    inference = (variant.get("inferenceConfiguration") or {}).get("text") or {}
    expanded["inferenceConfig"] = {key: inference[key] for key in _PARAMETERS if inference.get(key) is not None}
    if not variant.get("modelId"):
        raise validation("The prompt has no model.")
    return str(variant["modelId"]), expanded


def _default_variant(prompt: Mapping[str, Any]) -> Mapping[str, Any]:
    variants: list[Mapping[str, Any]] = list(prompt.get("Variants") or [])
    chosen = next((v for v in variants if v.get("name") == prompt.get("DefaultVariant")), None)
    if chosen is None:
        raise validation("The prompt has no default variant.")
    return chosen


def _messages(template: Mapping[str, Any], values: Mapping[str, str]) -> Json:
    if chat := template.get("chat"):
        return {
            "messages": [{**m, "content": _filled(m.get("content") or [], values)} for m in chat.get("messages") or []],
            "system": _filled(chat.get("system") or [], values),
        }
    text = (template.get("text") or {}).get("text") or ""
    return {"messages": [{"role": "user", "content": _filled([{"text": text}], values)}]}


def _filled(blocks: list[Json], values: Mapping[str, str]) -> list[Json]:
    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise validation(f"The prompt's variable {match[1]} has no value in promptVariables.")
        return values[match[1]]

    return [{**b, "text": _VARIABLE.sub(value, b["text"])} if "text" in b else b for b in blocks]
