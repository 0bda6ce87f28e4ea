"""A model behind an OpenAI-compatible endpoint on loopback that counts its calls, and keeps some of them waiting."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from foundation.local.target import Target
from tests.local.evaluation.loopback_judge import serving

_CONTEXT = re.compile(r"<context>\s*\[[^\]]*\] (.*?)\s*(?:\n\n\[|</context>)", re.S)
_QUESTION = re.compile(r"<question>\s*(.*?)\s*</question>", re.S)


class Scribe:
    """Answers each question with the first passage of its context: often right."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: Counter[str] = Counter()
        """Calls by question."""
        self.waiting = 0
        """Calls that are kept without an answer."""
        self._answers: int | None = None
        self._lock = threading.Lock()
        self._free = threading.Event()
        self._free.set()

    def reply(self, user: str) -> str:
        """The answer to a prompt."""
        found, asked = _CONTEXT.search(user), _QUESTION.search(user)
        assert found, user
        assert asked, user
        with self._lock:
            self.asked[asked[1]] += 1
            waits = self._answers is not None and self.asked.total() > self._answers
            self.waiting += waits
        if waits:
            self._free.wait()
        return found[1]

    def hold_after(self, answers: int) -> None:
        """Answer so many calls, counted anew, and keep all others waiting until `release`."""
        self.asked.clear()
        self.waiting, self._answers = 0, answers
        self._free.clear()

    def release(self) -> None:
        """Answer everybody."""
        self._answers = None
        self._free.set()


@contextmanager
def scribing(target: Target) -> Iterator[Scribe]:
    """The scribe as the model of every candidate."""
    with serving(Scribe()) as scribe:
        try:
            employ(target, scribe)
            yield scribe
        finally:
            scribe.release()
            target.call("DELETE", "/_foundation/model")


def employ(target: Target, scribe: Scribe) -> None:
    """Let the target ask the scribe, again after a restart."""
    rule = {"pattern": "amazon.nova-*", "model": f"openai:{scribe.url}#scribe"}
    target.call("PUT", "/_foundation/model", {"rules": [rule]})
