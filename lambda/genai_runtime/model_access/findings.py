"""What a guardrail found: policies, types, names and actions, never the text that matched. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Side = Literal["input", "output"]


@dataclass(frozen=True)
class Finding:
    """One rule of the guardrail that matched. `action` is NONE where the guardrail only detects."""

    side: Side
    policy: str
    type: str
    name: str
    action: str

    def as_dict(self) -> dict[str, str]:
        """As the caller and the audit record get it."""
        return {"on": self.side, "policy": self.policy, "type": self.type, "name": self.name, "action": self.action}


# Assessment key, list inside, the policy's name here, type when the entry has none.
# A word's entry has only the matched text, so a custom word has no name.
_POLICIES = (
    ("topicPolicy", "topics", "topic", "DENY"),
    ("contentPolicy", "filters", "content", ""),
    ("wordPolicy", "customWords", "word", "CUSTOM"),
    ("wordPolicy", "managedWordLists", "word", ""),
    ("sensitiveInformationPolicy", "piiEntities", "sensitive_information", ""),
    ("sensitiveInformationPolicy", "regexes", "sensitive_information", "REGEX"),
    ("contextualGroundingPolicy", "filters", "contextual_grounding", ""),
)


def findings_of(trace: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Findings of a GuardrailTraceAssessment, input first; equal ones (the same rule matched twice) once."""
    found: list[Finding] = []
    for assessment in trace.get("inputAssessment", {}).values():
        found += _assessed(assessment, "input")
    for assessments in trace.get("outputAssessments", {}).values():
        for assessment in assessments:
            found += _assessed(assessment, "output")
    return tuple(dict.fromkeys(found))


def _assessed(assessment: Mapping[str, Any], side: Side) -> Iterator[Finding]:
    for key, entries, policy, type_ in _POLICIES:
        for entry in assessment.get(key, {}).get(entries, []):
            action = str(entry.get("action", "NONE"))
            if action != "NONE" or entry.get("detected", False):
                yield Finding(side, policy, str(entry.get("type", type_)), str(entry.get("name", "")), action)
