"""A guardrail version as it was given to CreateGuardrail, and what each entry does in one direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Direction = Literal["INPUT", "OUTPUT"]
Entry = Mapping[str, Any]

GuardrailSource = Callable[[str, str, str, str], Mapping[str, Any]]
"""(account, Region, identifier, version) -> every field given to CreateGuardrail; LookupError if there is none."""

STRENGTHS = ("NONE", "LOW", "MEDIUM", "HIGH")


@dataclass(frozen=True)
class Guardrail:
    """One version of a guardrail."""

    id: str
    arn: str
    version: str
    config: Mapping[str, Any]

    @classmethod
    def of(cls, config: Mapping[str, Any], identifier: str, version: str, account: str, region: str) -> Guardrail:
        """From the stored fields; id and ARN fall back on the identifier that was asked for."""
        guardrail_id = str(config.get("guardrailId") or identifier.rpartition("/")[2])
        arn = config.get("guardrailArn") or f"arn:aws:bedrock:{region}:{account}:guardrail/{guardrail_id}"
        return cls(guardrail_id, str(arn), version, config)

    def entries(self, policy: str, entries: str) -> list[Entry]:
        """The entries of a policy (`topicPolicyConfig`, `topicsConfig`); none where it isn't configured."""
        return list((self.config.get(policy) or {}).get(entries) or [])

    def message(self, direction: Direction) -> str:
        """What the caller gets in place of blocked text."""
        return str(self.config["blockedInputMessaging" if direction == "INPUT" else "blockedOutputsMessaging"])


def action(entry: Entry, direction: Direction) -> str | None:
    """BLOCK, ANONYMIZE or NONE (detect only) in a direction; None where the entry is switched off."""
    side = direction.lower()
    if entry.get(f"{side}Enabled") is False:
        return None
    return str(entry.get(f"{side}Action") or entry.get("action") or "BLOCK")


def strength(entry: Entry, direction: Direction) -> int:
    """A content filter's strength in a direction: 0 (NONE) to 3 (HIGH)."""
    return STRENGTHS.index(str(entry.get(f"{direction.lower()}Strength", "NONE")))
