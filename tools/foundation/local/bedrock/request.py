"""A Converse request as the simulation sees it: validated, with the text that guardrails judge told apart."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, TypeVar

from foundation.local.bedrock.errors import validation

Json = dict[str, Any]
_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True)
class Text:
    """One text block; `qualifiers` is None for plain text and a (possibly empty) tuple inside guardContent."""

    text: str
    qualifiers: tuple[str, ...] | None = None

    @property
    def is_guarded(self) -> bool:
        """Marked for the content policies: guardContent without a qualifier, or with guard_content."""
        return self.qualifiers is not None and (not self.qualifiers or "guard_content" in self.qualifiers)


@dataclass(frozen=True)
class Turn:
    """A message of the conversation; `raw` keeps what isn't text (tool use and results) for an OpenAI endpoint."""

    role: str
    texts: tuple[Text, ...]
    raw: Json


@dataclass(frozen=True)
class GuardrailChoice:
    """guardrailConfig of a request."""

    identifier: str
    version: str
    trace: str = "disabled"
    stream_mode: str = "sync"


@dataclass(frozen=True)
class ConverseRequest:
    """What the model and the guardrail need of a request."""

    turns: tuple[Turn, ...]
    system: tuple[Text, ...] = ()
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: tuple[str, ...] = ()
    guardrail: GuardrailChoice | None = None
    tool_config: Json = field(default_factory=dict)

    @property
    def input_text(self) -> str:
        """All text that counts as input tokens."""
        return "\n".join([*(t.text for t in self.system), *(t.text for turn in self.turns for t in turn.texts)])

    def qualified(self, qualifier: str) -> list[str]:
        """The texts marked with a contextual grounding qualifier."""
        every = [*self.system, *(t for turn in self.turns for t in turn.texts)]
        return [t.text for t in every if t.qualifiers and qualifier in t.qualifiers]

    def map_guarded(self, change: Mapping[str, str]) -> ConverseRequest:
        """The request with guarded texts replaced: what the model sees after masking."""

        def changed(texts: Sequence[Text]) -> tuple[Text, ...]:
            return tuple(replace(t, text=change.get(t.text, t.text)) for t in texts)

        return replace(
            self,
            system=changed(self.system),
            turns=tuple(replace(turn, texts=changed(turn.texts)) for turn in self.turns),
        )

    def guarded(self) -> list[str]:
        """The texts that the guardrail's input policies judge.

        With guardContent in the messages only the marked blocks; without, all text of the messages. The system prompt
        only where it is marked. Tool results aren't judged. A block that is only a grounding source or a query isn't either.
        """
        messages = [t for turn in self.turns for t in turn.texts]
        if any(t.qualifiers is not None for t in messages):
            messages = [t for t in messages if t.is_guarded]
        return [t.text for t in (*(s for s in self.system if s.is_guarded), *messages)]


def parse_body(body: bytes) -> Json:
    """The JSON object of a request body; ValidationException otherwise."""
    try:
        found = json.loads(body or b"{}")
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise validation("The request body isn't valid JSON.") from error
    if not isinstance(found, dict):
        raise validation("The request body must be a JSON object.")
    return found


def parse(body: Json) -> ConverseRequest:
    """Validate the body of Converse or ConverseStream; ValidationException with AWS's wording where it is known."""
    turns = tuple(_turns(body.get("messages") or []))
    _check_order(turns)
    config = body.get("inferenceConfig") or {}
    return ConverseRequest(
        turns=turns,
        system=tuple(_texts(body.get("system") or [], "system")),
        max_tokens=_number(config, "maxTokens", 1, None, int),
        temperature=_number(config, "temperature", 0, 1, float),
        top_p=_number(config, "topP", 0, 1, float),
        stop_sequences=tuple(config.get("stopSequences") or ()),
        guardrail=_guardrail(body.get("guardrailConfig")),
        tool_config=body.get("toolConfig") or {},
    )


def _turns(messages: object) -> Iterator[Turn]:
    if not isinstance(messages, list):
        raise validation("messages must be a list.")
    for index, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if role not in ("user", "assistant"):
            raise validation(f"messages.{index}.role must be user or assistant.")
        if not isinstance(content, list) or not content:
            raise validation(
                f"The content field in the Message object at messages.{index} is empty. "
                "Add a ContentBlock object to the content field and try again."
            )
        yield Turn(role, tuple(_texts(content, f"messages.{index}.content")), message)


def _texts(blocks: object, where: str) -> Iterator[Text]:
    if not isinstance(blocks, list):
        raise validation(f"{where} must be a list.")
    for index, block in enumerate(blocks):
        if not isinstance(block, dict):
            raise validation(f"{where}.{index} must be an object.")
        inner = (block.get("guardContent") or {}).get("text") if "guardContent" in block else None
        text = inner.get("text") if isinstance(inner, dict) else block.get("text")
        if text is None:
            continue
        if not isinstance(text, str) or not text.strip():
            raise validation(
                f"The text field in the ContentBlock object at {where}.{index} is blank. "
                "Add text to the text field, and try again."
            )
        yield Text(text, tuple(inner.get("qualifiers") or ()) if isinstance(inner, dict) else None)


def _check_order(turns: Sequence[Turn]) -> None:
    if not turns or turns[0].role != "user":
        raise validation("A conversation must start with a user message. Try again with a conversation that starts "
                         "with a user message.")  # fmt: skip
    if any(first.role == second.role for first, second in pairwise(turns)):
        raise validation("A conversation must alternate between user and assistant roles. Make sure the conversation "
                         "alternates between user and assistant roles and try again.")  # fmt: skip


def _number(config: Json, key: str, low: float, high: float | None, kind: type[_Number]) -> _Number | None:
    value = config.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise validation(f"inferenceConfig.{key} must be a number.")
    bound = "greater than or equal to" if value < low else "less than or equal to"
    if value < low or (high is not None and value > high):
        raise validation(
            f"1 validation error detected: Value '{value}' at 'inferenceConfig.{key}' failed to satisfy constraint: "
            f"Member must have value {bound} {low if value < low else high}"
        )
    return kind(value)


def _guardrail(config: object) -> GuardrailChoice | None:
    if not config:
        return None
    if not isinstance(config, dict) or not config.get("guardrailIdentifier") or not config.get("guardrailVersion"):
        raise validation("guardrailConfig needs a guardrailIdentifier and a guardrailVersion.")
    return GuardrailChoice(
        config["guardrailIdentifier"],
        str(config["guardrailVersion"]),
        config.get("trace") or "disabled",
        config.get("streamProcessingMode") or "sync",
    )
