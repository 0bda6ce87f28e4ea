"""A walk that is ended once before each action and once after its effect, before anybody wrote down that it ended."""

from __future__ import annotations

from collections.abc import Callable

from foundation.release.errors import ReleaseError
from foundation.release.walker.calls import Call, Executor, Interrupted, Outcome
from foundation.release.walker.records import Execution
from foundation.release.walker.runs import Runs

MOST_RESUMED = 120
"""Times that one release is gone on with: two for each of some 25 actions and those of its rollback, and stages tried again."""

Moment = tuple[str, str]
"""Execution and action."""


class Interrupting:
    """Takes the place of an executor: the first attempt of an action never begins, of the next one nobody hears the end."""

    def __init__(self) -> None:
        self.before: list[Moment] = []
        self.after: list[Moment] = []
        self.last = ""
        """STAGE/ACTION that was ended before it began; empty when it was ended later."""

    def around(self, inner: Executor) -> Executor:
        return _Executor(self, inner)

    def interrupt(self, moments: list[Moment], call: Call) -> None:
        moment = (call.execution.id, call.name)
        if moment not in moments:
            moments.append(moment)
            self.last = call.name if moments is self.before else ""
            raise Interrupted


class _Executor:
    def __init__(self, interrupting: Interrupting, inner: Executor) -> None:
        self._interrupting, self._inner = interrupting, inner
        self.stop = inner.stop

    def run(self, call: Call) -> Outcome:
        self._interrupting.interrupt(self._interrupting.before, call)
        try:
            outcome = self._inner.run(call)
        except ReleaseError:
            self._interrupting.interrupt(self._interrupting.after, call)
            raise
        if outcome.status != "InProgress":
            self._interrupting.interrupt(self._interrupting.after, call)
        return outcome


def gone_on_with(
    runs: Runs, interrupting: Interrupting, execution: str, kill_during: Callable[[str], None] = lambda _: None
) -> Execution:
    """To its end, its rollback's, or its open approvals.

    :param kill_during: asked to go on, and to be killed, after each interruption before an action, which it is told
    """
    for _ in range(MOST_RESUMED):
        # A warrant that a killed build redeemed is spent: its stage takes another.
        whole_stage = runs.journal.load(execution).status == "Failed"
        try:
            found = runs.resume(execution, whole_stage=whole_stage)
        except Interrupted:
            if interrupting.last:
                kill_during(interrupting.last)
            continue
        if found.status != "Failed" or (found.rollback and runs.journal.load(found.rollback).status == "Succeeded"):
            return found
    raise AssertionError(f"{execution} doesn't come to an end")
