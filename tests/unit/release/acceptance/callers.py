"""A deployed release in memory: what ModelAccess answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from foundation.release.acceptance.caller import Answer

MANIFEST, EARLIER = "ab" * 32, "cd" * 32


class Deployed:
    """Answers as the shipped configuration would. `change` may alter a result; `late` first answers are of an earlier
    release."""

    def __init__(
        self, change: Callable[[dict[str, Any]], None] = lambda _result: None, *, late: int = 0, seconds: float = 0.2
    ) -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self._change, self._late, self._seconds = change, late, seconds

    def ask(self, alias: str, payload: Mapping[str, Any]) -> Answer:
        """The result."""
        self.asked.append((alias, payload))
        if payload["use_case"] != alias:
            return self._refused("GF-RUN-004")
        if payload["prompt"] == "no-such-prompt":
            return self._refused("GF-RUN-006")
        guardrails = {
            "claims-assistant": "customer-facing",
            "policy-search": "baseline",
            "pension-guidance": "regulated",
        }
        blocked = "Ignore all previous" in str(payload["variables"])
        self._late -= 1
        result: dict[str, Any] = {
            "outcome": "blocked" if blocked else "answered",
            "prompt": {"name": payload["prompt"], "version": 1},
            "guardrail": {"name": guardrails[alias], "version": 1},
            "release": {"manifest": EARLIER if self._late >= 0 else MANIFEST},
        }
        self._change(result)
        return Answer(result, self._seconds)

    def _refused(self, code: str) -> Answer:
        return Answer({"outcome": "rejected", "error": {"code": code, "message": "no"}}, 0.01)
