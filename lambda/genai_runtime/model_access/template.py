"""A prompt's text, taken apart once into trusted text and places for variables. Pure.

Values are put into blocks of their own and are never searched for placeholders: a value that holds `{{other}}` stays
that text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from genai_runtime.model_access import errors
from genai_runtime.model_access.errors import RequestFailed

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agent.type_defs import GetPromptResponseTypeDef, PromptVariantOutputTypeDef
    from mypy_boto3_bedrock_runtime.type_defs import InferenceConfigurationTypeDef

# Names as Bedrock's PromptInputVariable allows them.
_PLACEHOLDER = re.compile(r"\{\{\s*((?:[0-9a-zA-Z][_-]?){1,100})\s*\}\}")


@dataclass(frozen=True)
class Text:
    """Trusted text of the catalog."""

    text: str


@dataclass(frozen=True)
class Variable:
    """The place of a caller's value."""

    name: str


@dataclass(frozen=True)
class TemplateMessage:
    """One message of the conversation that the prompt opens."""

    role: Literal["user", "assistant"]
    parts: tuple[Text | Variable, ...]


@dataclass(frozen=True)
class Template:
    """A prompt version as Bedrock stores it."""

    system: tuple[str, ...]
    messages: tuple[TemplateMessage, ...]
    inference: "InferenceConfigurationTypeDef"

    def variables(self) -> frozenset[str]:
        """Names of all variables that the text uses."""
        return frozenset(part.name for message in self.messages for part in message.parts if isinstance(part, Variable))

    def trusted_text(self) -> Sequence[str]:
        """All text that comes from the catalog."""
        written = [part.text for message in self.messages for part in message.parts if isinstance(part, Text)]
        return [*self.system, *written]


def split(text: str) -> tuple[Text | Variable, ...]:
    """Take a template apart. White space between two variables is dropped: Converse refuses blank text blocks."""
    parts: list[Text | Variable] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        parts += [Text(text[end : match.start()]), Variable(match[1])]
        end = match.end()
    parts.append(Text(text[end:]))
    return tuple(part for part in parts if isinstance(part, Variable) or part.text.strip())


def template_of(response: "GetPromptResponseTypeDef", name: str) -> Template:
    """Read GetPrompt's answer. Raises RequestFailed when it is nothing that this function can send safely."""
    variant = _variant(response, name)
    configuration = variant["templateConfiguration"]
    system: tuple[str, ...] = ()
    if "chat" in configuration:
        chat = configuration["chat"]
        system = _texts(chat.get("system", []), name)
        messages = tuple(
            TemplateMessage(message["role"], split("".join(_texts(message["content"], name))))
            for message in chat["messages"]
        )
    elif "text" in configuration:
        messages = (TemplateMessage("user", split(configuration["text"]["text"])),)
    else:
        raise _unusable(name, "has neither a text nor a chat template")
    if any(isinstance(part, Variable) for text in system for part in split(text)):
        raise _unusable(name, "puts a variable into the system prompt, where a caller's text would rule the model")
    if not all(message.parts for message in messages):
        raise _unusable(name, "has a message without text")
    inference = variant.get("inferenceConfiguration", {}).get("text", {})
    return Template(system, messages, cast("InferenceConfigurationTypeDef", dict(inference)))


def _variant(response: "GetPromptResponseTypeDef", name: str) -> "PromptVariantOutputTypeDef":
    variants = response.get("variants") or []
    default = response.get("defaultVariant", "")
    chosen = [variant for variant in variants if variant["name"] == default] or variants[:1]
    if not chosen:
        raise _unusable(name, "has no variant")
    return chosen[0]


def _texts(blocks: Sequence[Mapping[str, object]], name: str) -> tuple[str, ...]:
    texts = [block.get("text") for block in blocks]
    if not all(isinstance(text, str) for text in texts):
        raise _unusable(name, "holds a block that is not text")
    return tuple(str(text) for text in texts)


def _unusable(name: str, why: str) -> RequestFailed:
    return RequestFailed(
        errors.PROMPT_UNUSABLE,
        f"prompt {name} {why}: the platform team has to release a corrected version in catalog/prompts",
    )
