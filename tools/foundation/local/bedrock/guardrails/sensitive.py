"""sensitiveInformationPolicy: finds entities and regex matches, tells blocked from masked, and masks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from foundation.local.bedrock.errors import BedrockError
from foundation.local.bedrock.guardrails import pii, spans
from foundation.local.bedrock.guardrails.policy import Direction, Entry, Guardrail, action
from foundation.local.bedrock.guardrails.spans import Labelled, Span

_POLICY = "sensitiveInformationPolicyConfig"
_WIRE_ACTION = {"BLOCK": "BLOCKED", "ANONYMIZE": "ANONYMIZED", "NONE": "NONE"}


@dataclass
class Sensitive:
    """What the policy found in one text."""

    masked: str
    entities: list[dict[str, Any]] = field(default_factory=list)
    regexes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_blocked(self) -> bool:
        """Whether an entry with the action BLOCK matched."""
        return any(finding["action"] == "BLOCKED" for finding in (*self.entities, *self.regexes))


@dataclass(frozen=True)
class _Match:
    found: Labelled
    action: str
    regex: str | None = None


def check(guardrail: Guardrail, direction: Direction, text: str) -> Sensitive:
    """Apply the policy's entries that are switched on in a direction to a text.

    Masks again until nothing more is found: what stands beside a datum can hide it from its pattern.
    """
    result = Sensitive(text)
    is_first = True
    while True:
        found = [m for m in _found(guardrail, direction, result.masked) if is_first or m.action == "ANONYMIZE"]
        for match in found:
            _report(result, match)
        masked = spans.mask(result.masked, (m.found for m in found if m.action == "ANONYMIZE"))
        if masked == result.masked:
            return result
        result.masked, is_first = masked, False


def _found(guardrail: Guardrail, direction: Direction, text: str) -> list[_Match]:
    """Matches without overlaps, outside placeholders."""
    names = [str(entry["name"]) for entry in guardrail.entries(_POLICY, "regexesConfig")]
    taken = spans.placeholders(text, names)
    matches = {
        match.found: match
        for match in _matches(guardrail, direction, text)
        if not any(match.found.span.overlaps(other) for other in taken)
    }
    return [matches[found] for found in spans.without_overlaps(matches)]


def _report(result: Sensitive, match: _Match) -> None:
    finding = {
        "match": result.masked[match.found.span.start : match.found.span.end],
        "action": _WIRE_ACTION[match.action],
        "detected": True,
    }
    if match.regex is None:
        result.entities.append({"type": match.found.label, **finding})
    else:
        result.regexes.append({"name": match.found.label, "regex": match.regex, **finding})


def is_configured(guardrail: Guardrail, direction: Direction) -> bool:
    """Whether any entry is switched on in a direction (else AWS counts no units)."""
    every = guardrail.entries(_POLICY, "piiEntitiesConfig") + guardrail.entries(_POLICY, "regexesConfig")
    return any(action(entry, direction) for entry in every)


def _matches(guardrail: Guardrail, direction: Direction, text: str) -> Iterator[_Match]:
    for entry in guardrail.entries(_POLICY, "piiEntitiesConfig"):
        if chosen := action(entry, direction):
            for span in pii.DETECTORS[str(entry["type"])](text):
                yield _Match(Labelled(span, str(entry["type"])), chosen)
    for entry in guardrail.entries(_POLICY, "regexesConfig"):
        if chosen := action(entry, direction):
            pattern = _compiled(entry)
            for match in pattern.finditer(text):
                if match.group():
                    yield _Match(Labelled(Span(*match.span()), str(entry["name"])), chosen, pattern.pattern)


def _compiled(entry: Entry) -> re.Pattern[str]:
    try:
        return _compile(str(entry["pattern"]))
    except re.error as error:
        raise BedrockError(
            "ValidationException", f"The regular expression {entry.get('name')} of the guardrail is invalid: {error}."
        ) from error


@lru_cache(maxsize=512)
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
