"""A guardrail's verdict on the texts of one direction, in the shape of Bedrock's assessments.

A block beats a mask: then no ANONYMIZED finding is reported and no masked text given, as on AWS.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from foundation.local.bedrock.guardrails import grounding, lexicon, sensitive, topics
from foundation.local.bedrock.guardrails.policy import STRENGTHS, Direction, Guardrail, action, strength

_UNIT_CHARACTERS = 1_000
"""Characters in a text unit (Amazon Bedrock pricing)."""
Findings = dict[str, dict[str, list[dict[str, Any]]]]


@dataclass(frozen=True)
class Grounding:
    """What contextual grounding needs; it is checked only when both are given."""

    sources: tuple[str, ...] = ()
    query: str = ""


@dataclass(frozen=True)
class Verdict:
    """Outcome of a guardrail on texts; `texts` are the masked ones (unchanged where nothing was masked)."""

    is_blocked: bool
    texts: tuple[str, ...]
    is_masked: bool
    assessment: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, int] = field(default_factory=dict)
    coverage: dict[str, Any] = field(default_factory=dict)

    @property
    def intervened(self) -> bool:
        """GUARDRAIL_INTERVENED: blocked or masked."""
        return self.is_blocked or self.is_masked

    @property
    def action_reason(self) -> str:
        """Bedrock's three values of actionReason."""
        return "Guardrail blocked." if self.is_blocked else "Guardrail masked." if self.is_masked else "No action."


def evaluate(
    guardrail: Guardrail,
    direction: Direction,
    texts: Sequence[str],
    *,
    context: Grounding | None = None,
    total: int | None = None,
) -> Verdict:
    """Apply every policy to the texts; `total` is the length of all content, guarded or not, for the coverage."""
    started = time.monotonic()
    joined = "\n".join(texts)
    findings = _phrased(guardrail, direction, joined)
    checked = [sensitive.check(guardrail, direction, text) for text in texts]
    is_grounded_check = direction == "OUTPUT" and context is not None and bool(context.sources and context.query)
    if is_grounded_check and context is not None:
        _add(findings, "contextualGroundingPolicy", filters=_grounding(guardrail, joined, context))
    is_blocked = any(c.is_blocked for c in checked) or _has_block(findings)
    is_masked = not is_blocked and any(c.masked != text for c, text in zip(checked, texts, strict=True))
    _add(findings, "sensitiveInformationPolicy",
         piiEntities=_reported((e for c in checked for e in c.entities), is_blocked),
         regexes=_reported((r for c in checked for r in c.regexes), is_blocked))  # fmt: skip
    guarded = sum(map(len, texts))
    usage = _usage(guardrail, direction, texts, context if is_grounded_check else None)
    coverage = {"textCharacters": {"guarded": guarded, "total": max(guarded, total or 0)}}
    elapsed = max(1, round((time.monotonic() - started) * 1_000))
    assessment = {**findings, **_details(guardrail, elapsed, usage, coverage)}
    kept = tuple(c.masked for c in checked) if is_masked else tuple(texts)
    return Verdict(is_blocked, kept, is_masked, assessment, usage, coverage)


def _phrased(guardrail: Guardrail, direction: Direction, text: str) -> Findings:
    """The policies that judge all text together."""
    findings: Findings = {}
    if text:
        _add(findings, "topicPolicy", topics=_topics(guardrail, direction, text))
        _add(findings, "contentPolicy", filters=_content(guardrail, direction, text))
        _add(findings, "wordPolicy", customWords=_words(guardrail, direction, text),
             managedWordLists=_profanity(guardrail, direction, text))  # fmt: skip
    return findings


def _details(
    guardrail: Guardrail, milliseconds: int, usage: dict[str, int], coverage: dict[str, Any]
) -> dict[str, Any]:
    """What every assessment carries beside its findings."""
    return {
        "invocationMetrics": {
            "guardrailProcessingLatency": milliseconds,
            "usage": usage,
            "guardrailCoverage": coverage,
        },
        "appliedGuardrailDetails": {
            "guardrailId": guardrail.id,
            "guardrailVersion": guardrail.version,
            "guardrailArn": guardrail.arn,
            "guardrailOrigin": ["REQUEST"],
            "guardrailOwnership": "SELF",
        },
    }


def _add(findings: Findings, policy: str, **lists: list[dict[str, Any]]) -> None:
    if any(lists.values()):
        findings[policy] = lists


def _has_block(findings: Findings) -> bool:
    return any(f["action"] == "BLOCKED" for lists in findings.values() for entries in lists.values() for f in entries)


def _reported(entries: Iterable[dict[str, Any]], is_blocked: bool) -> list[dict[str, Any]]:
    return [entry for entry in entries if not (is_blocked and entry["action"] == "ANONYMIZED")]


def _wire(chosen: str) -> dict[str, Any]:
    return {"action": "BLOCKED" if chosen == "BLOCK" else "NONE", "detected": True}


def _topics(guardrail: Guardrail, direction: Direction, text: str) -> list[dict[str, Any]]:
    return [
        {"name": entry["name"], "type": "DENY", **_wire(chosen)}
        for entry in guardrail.entries("topicPolicyConfig", "topicsConfig")
        if (chosen := action(entry, direction)) and topics.is_on_topic(entry, text)
    ]


def _content(guardrail: Guardrail, direction: Direction, text: str) -> list[dict[str, Any]]:
    """A filter of strength HIGH acts on LOW confidence and above, MEDIUM on MEDIUM and above, LOW on HIGH only."""
    found = []
    for entry in guardrail.entries("contentPolicyConfig", "filtersConfig"):
        level, chosen, kind = strength(entry, direction), action(entry, direction), str(entry["type"])
        if not level or not chosen or (kind == "PROMPT_ATTACK" and direction == "OUTPUT"):
            continue
        confidence = max((c for c, pattern in lexicon.PATTERNS[kind] if pattern.search(text)), default=0)
        if confidence + level > 3:
            found.append(
                {"type": kind, "confidence": STRENGTHS[confidence], "filterStrength": STRENGTHS[level], **_wire(chosen)}
            )
    return found


def _words(guardrail: Guardrail, direction: Direction, text: str) -> list[dict[str, Any]]:
    return [
        {"match": match.group(), **_wire(chosen)}
        for entry in guardrail.entries("wordPolicyConfig", "wordsConfig")
        if (chosen := action(entry, direction))
        and (match := re.search(rf"(?<!\w){re.escape(str(entry['text']))}(?!\w)", text, re.IGNORECASE))
    ]


def _profanity(guardrail: Guardrail, direction: Direction, text: str) -> list[dict[str, Any]]:
    return [
        {"match": match.group(), "type": "PROFANITY", **_wire(chosen)}
        for entry in guardrail.entries("wordPolicyConfig", "managedWordListsConfig")
        if entry["type"] == "PROFANITY" and (chosen := action(entry, direction))
        for match in lexicon.PROFANITY.finditer(text)
    ]


def _grounding(guardrail: Guardrail, answer: str, context: Grounding) -> list[dict[str, Any]]:
    found = []
    for entry in guardrail.entries("contextualGroundingPolicyConfig", "filtersConfig"):
        if entry.get("enabled") is False:
            continue
        sources = list(context.sources)
        score = (
            grounding.grounding_score(answer, sources)
            if entry["type"] == "GROUNDING"
            else grounding.relevance_score(answer, context.query, sources)
        )
        failed = score < float(entry["threshold"])
        acts = failed and (entry.get("action") or "BLOCK") == "BLOCK"
        found.append(
            {
                "type": entry["type"],
                "threshold": float(entry["threshold"]),
                "score": score,
                "action": "BLOCKED" if acts else "NONE",
                "detected": failed,
            }
        )
    return found


def _usage(
    guardrail: Guardrail, direction: Direction, texts: Sequence[str], context: Grounding | None
) -> dict[str, int]:
    """Text units by policy; a policy without an entry for the direction costs none."""
    units = sum(max(1, math.ceil(len(text) / _UNIT_CHARACTERS)) for text in texts)

    def used(policy: str, *lists: str) -> int:
        return units if any(action(e, direction) for name in lists for e in guardrail.entries(policy, name)) else 0

    with_context = [*texts, *(context.sources if context else ()), context.query if context else ""]
    grounded = bool(context and guardrail.entries("contextualGroundingPolicyConfig", "filtersConfig"))
    return {
        "topicPolicyUnits": used("topicPolicyConfig", "topicsConfig"),
        "contentPolicyUnits": used("contentPolicyConfig", "filtersConfig"),
        "wordPolicyUnits": used("wordPolicyConfig", "wordsConfig", "managedWordListsConfig"),
        "sensitiveInformationPolicyUnits": units if sensitive.is_configured(guardrail, direction) else 0,
        "sensitiveInformationPolicyFreeUnits": 0,
        "contextualGroundingPolicyUnits": math.ceil(sum(map(len, with_context)) / _UNIT_CHARACTERS) if grounded else 0,
    }
