"""What a read-back found."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Outcome = Literal["equal", "differs", "not-checked"]


class Finding(BaseModel):
    """One property of one resource. `expected` and `actual` are given where they differ."""

    model_config = ConfigDict(frozen=True)

    stack: str
    account: str
    region: str
    logical_id: str
    type: str
    physical_id: str
    property: str
    outcome: Outcome
    reason: str = ""
    """Why it wasn't checked, what was taken on trust, or what failed."""
    expected: Any = None
    actual: Any = None


class Report(BaseModel):
    """All findings; `ok` unless something differs. `model_dump_json` writes it."""

    model_config = ConfigDict(frozen=True)

    findings: tuple[Finding, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Nothing differs. A type without a checker and a resource that can't be read count as different."""
        return not self.differences

    @property
    def differences(self) -> tuple[Finding, ...]:
        """The findings that fail the read-back."""
        return tuple(f for f in self.findings if f.outcome == "differs")

    @property
    def counts(self) -> dict[str, int]:
        """Number of properties by outcome."""
        found = Counter(f.outcome for f in self.findings)
        return {outcome: found[outcome] for outcome in ("equal", "differs", "not-checked")}

    def summary(self) -> dict[str, Any]:
        """The figures and the differences, for summary files and the terminal."""
        resources = {(f.stack, f.account, f.region, f.logical_id) for f in self.findings}
        return {
            "ok": self.ok,
            "stacks": len({(f.stack, f.account, f.region) for f in self.findings}),
            "resources": len(resources),
            "properties": self.counts,
            "seconds": self.seconds,
            "differences": [f.model_dump() for f in self.differences],
        }
