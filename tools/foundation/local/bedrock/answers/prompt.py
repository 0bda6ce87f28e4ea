"""Which part of a prompt is the context, which the question, and what is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from foundation.local.bedrock.request import ConverseRequest

_TAG = re.compile(r"<(?P<tag>[A-Za-z][\w-]*)(?:\s[^<>]*)?>(?P<inside>.*?)</(?P=tag)>", re.S)
_QUESTION_TAGS = frozenset({"question", "query", "user_question", "user_query", "request", "task"})
_LABEL_TAGS = frozenset({"labels", "categories", "classes"})
_FIELD_TAGS = frozenset({"fields", "keys"})
_INSTRUCTION_TAGS = frozenset(
    {"instructions", "instruction", "rules", "format", "example", "examples", "output_format"}
)
_PREFIX = re.compile(
    r"^\s*(?P<name>context|background|document|sources?|question|query|q|labels|categories|classes|fields)\s*:[ \t]*",
    re.I | re.M,
)
_SUMMARISE = re.compile(r"\b(summar\w*|zusammenfass\w*|fasse?\b.{0,60}\bzusammen|r[ée]sum\w*|resum\w*)\b", re.I)
_REFUSAL = re.compile(r"\b(?:reply|answer|respond|say)\b[^\"“.]{0,40}[\"“](?P<text>[^\"”]{5,200})[\"”]", re.I)
_FALLBACK = re.compile(
    r"\bif (?:none|nothing|no \w+) (?:fits|matches|applies)\b[^:\"]{0,30}[:\"] *(?P<label>[\w-]+)", re.I
)
_LIST_ITEM = re.compile(r"\s*[,;\n]\s*(?:[-*•]\s*)?")


@dataclass(frozen=True)
class Reading:
    """A prompt taken apart."""

    context: tuple[str, ...]
    question: str
    labels: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    wants_summary: bool = False
    refusal: str | None = None
    """What the prompt wants to read when the context holds no answer."""
    fallback_label: str | None = None
    """The label that the prompt wants when none fits."""
    instructions: str = ""
    """The system prompt, and what stands in the user's text outside context and question."""


@dataclass
class _Parts:
    context: list[str]
    questions: list[str]
    labels: list[str]
    fields: list[str]

    def add(self, name: str, text: str) -> None:
        """File a tagged or prefixed part under what its name says; any other name is context."""
        name, text = name.lower(), text.strip()
        if name in _INSTRUCTION_TAGS or not text:
            return
        if name in _QUESTION_TAGS or name == "q":
            self.questions.append(text)
        elif name in _LABEL_TAGS:
            self.labels += _items(text)
        elif name in _FIELD_TAGS:
            self.fields += _items(text)
        elif _TAG.search(text):
            for inner in _TAG.finditer(text):
                self.add(inner["tag"], inner["inside"])
        else:
            self.context.append(text)


def read(request: ConverseRequest) -> Reading:
    """Take a prompt apart: guardContent qualifiers win, then tags, then `Context:` lines, then the last user text."""
    users = [t for turn in request.turns if turn.role == "user" for t in turn.texts]
    last = "\n".join(
        t.text for t in request.turns[-1].texts if not {"grounding_source", "query"} & set(t.qualifiers or ())
    )
    system = "\n".join(t.text for t in request.system)
    parts = _Parts(request.qualified("grounding_source"), request.qualified("query")[-1:], [], [])
    qualified_context, qualified_question = tuple(parts.context), tuple(parts.questions)
    rest = _tagged(parts, last)
    _tagged(parts, system)
    if not (parts.context and parts.questions):
        rest = _prefixed(parts, rest)
    rest = rest.strip()
    context = list(qualified_context or parts.context)
    questions = list(qualified_question or parts.questions)
    wants_summary = any(map(_SUMMARISE.search, questions or (rest, system)))
    if not questions:
        questions, rest = _last_question(rest) if context or not wants_summary else ([], rest)
    if not context:
        earlier = [t.text for t in users if t.text not in (last, *questions)]
        context = [text for text in (*earlier, rest) if text]
    instructions = f"{system}\n{rest}"
    refusal, fallback = _REFUSAL.search(instructions), _FALLBACK.search(instructions)
    return Reading(
        tuple(context), "\n".join(questions), tuple(parts.labels), tuple(parts.fields), wants_summary,
        refusal["text"] if refusal else None, fallback["label"] if fallback else None, instructions,
    )  # fmt: skip


def _tagged(parts: _Parts, text: str) -> str:
    for match in _TAG.finditer(text):
        parts.add(match["tag"], match["inside"])
    return _TAG.sub("", text)


def _prefixed(parts: _Parts, text: str) -> str:
    """File `Context: …` parts; each reaches to the next such line. What stands before the first is left."""
    starts = list(_PREFIX.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    for start, end in zip(starts, ends, strict=False):
        parts.add(start["name"], text[start.end() : end])
    return text[: starts[0].start()] if starts else text


def _last_question(text: str) -> tuple[list[str], str]:
    """The last sentence that ends in a question mark (else the last paragraph), and what stands around it."""
    # Each sentence with its end: a search for question marks alone would scan a text without ends once for each character.
    found = [each for each in re.findall(r"[^.!?\n]*(?:[.!?\n]|\Z)", text) if each.endswith("?")]
    if found:
        question = found[-1].strip()
        return [question], text.replace(found[-1], "", 1).strip()
    head, _, tail = text.rpartition("\n\n")
    return ([tail.strip()], head.strip()) if tail.strip() else ([], text)


def _items(text: str) -> list[str]:
    """The entries of a comma, semicolon or line separated list, bullets removed."""
    return [item.strip(" \t-*•\"'") for item in _LIST_ITEM.split(text.strip()) if item.strip(" \t-*•\"'")]
