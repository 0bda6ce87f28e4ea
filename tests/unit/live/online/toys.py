"""Experiments, observations, and what keeps them in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from genai_runtime.live.log import SequenceTaken
from genai_runtime.live.online.counting import Counting
from genai_runtime.live.online.looks import look
from genai_runtime.live.online.observer import Observer
from genai_runtime.live.online.records import Arm, ExperimentState, Feedback, Request, Scored, UserCounts
from genai_runtime.live.online.table import new_state
from genai_runtime.live.records import Document, Experiment, GuardrailVersion, Limit, LogRecord, Versions, digest

USE_CASE = "claims"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
GUARDRAIL = GuardrailVersion(name="baseline", version=1)
STABLE = Versions(prompts={"answer": 1}, guardrail=GUARDRAIL)
CANDIDATE = Versions(prompts={"answer": 2}, guardrail=GUARDRAIL)
FAILED = Limit(metric="failed", share=0.05)
DISLIKED = Limit(metric="disliked", share=0.2)
SLOW = Limit(metric="slow", share=0.1, slow_ms=4000)
DISAGREEING = Limit(metric="disagreeing", share=0.3)


def experiment(kind: str = "canary", *limits: Limit, **more: Any) -> Experiment:
    given = {"id": "e1", "kind": kind, "candidate": CANDIDATE, "share": 0.1, "limits": limits or (FAILED,)}
    return Experiment.model_validate(given | {"started_at": NOW.isoformat()} | more)


def fresh(kind: str = "canary", *limits: Limit, **more: Any) -> ExperimentState:
    return new_state(USE_CASE, experiment(kind, *limits, **more))


def request(number: int, outcome: str = "answered", arm: Arm = "candidate", **more: Any) -> Request:
    given = {"use_case": USE_CASE, "experiment": "e1", "arm": arm, "outcome": outcome} | at(number) | more
    return Request.model_validate(given)


def feedback(number: int, rating: str, arm: Arm = "candidate", **more: Any) -> Feedback:
    given = {"use_case": USE_CASE, "experiment": "e1", "arm": arm, "rating": rating} | at(number, "#feedback") | more
    return Feedback.model_validate(given)


def scored(number: int, *, disagrees: bool) -> Scored:
    given = {"use_case": USE_CASE, "experiment": "e1", "arm": "shadow", "score": 1.0 - disagrees}
    return Scored.model_validate(given | {"disagrees": disagrees} | at(number, "#scored"))


def at(number: int, kind: str = "") -> dict[str, str]:
    when = f"2026-11-21T09:00:00.{number:06d}+00:00"
    return {"at": when, "key": f"{when}#{number}{kind}"}


@dataclass
class MemoryCounts:
    """Counts that hold a write's condition, and let a test do things before and after one."""

    states: dict[tuple[str, str], ExperimentState] = field(default_factory=dict)
    marked: set[tuple[str, str]] = field(default_factory=set)
    kept: dict[tuple[str, str], UserCounts] = field(default_factory=dict)
    before_write: Callable[[], None] = lambda: None
    after_write: Callable[[], None] = lambda: None
    writes: int = 0

    def state(self, use_case: str, experiment: str) -> ExperimentState | None:
        return self.states.get((use_case, experiment))

    def seen(self, state: ExperimentState, keys: Sequence[str]) -> frozenset[str]:
        return frozenset(key for key in keys if (state.experiment.id, key) in self.marked)

    def users(self, state: ExperimentState, keys: Sequence[str]) -> dict[str, UserCounts]:
        mine = state.experiment.id
        return {key: self.kept[mine, key] for key in keys if (mine, key) in self.kept}

    def all_users(self, state: ExperimentState) -> dict[str, dict[str, UserCounts]]:
        arms: dict[str, dict[str, UserCounts]] = {}
        for (name, key), counts in self.kept.items():
            arm, user = key.split("#")
            if name == state.experiment.id:
                arms.setdefault(arm, {})[user] = counts
        return arms

    def write(
        self,
        state: ExperimentState,
        *,
        now: datetime,  # noqa: ARG002 - nothing expires here
        counted: Sequence[str] = (),
        users: Mapping[str, UserCounts] | None = None,
    ) -> bool:
        self.before_write()
        name = state.use_case, state.experiment.id
        known = self.states.get(name)
        if (known.version if known else 0) != state.version:
            return False
        self.states[name] = state.model_copy(update={"version": state.version + 1})
        self.marked |= {(state.experiment.id, key) for key in counted}
        self.kept |= {(state.experiment.id, key): each for key, each in (users or {}).items()}
        self.writes += 1
        self.after_write()
        return True


@dataclass
class MemoryLog:
    """A use case's log, and rollbacks of its experiment."""

    records: list[LogRecord] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    before_rollback: Callable[[], None] = lambda: None

    def newest(self, use_case: str) -> LogRecord | None:
        return self.records[-1] if self.records and use_case == USE_CASE else None

    def history(self, use_case: str) -> tuple[LogRecord, ...]:
        return tuple(self.records) if use_case == USE_CASE else ()

    def append(self, record: LogRecord) -> None:
        if record.document.sequence != len(self.records) + 1:
            raise SequenceTaken("GF-LIVE-101", "taken")
        self.records.append(record)

    def record(self, action: str, experiment: Experiment | None = None) -> None:
        given = {"use_case": USE_CASE, "sequence": len(self.records) + 1, "manifest": None, "stable": STABLE}
        document = Document.model_validate(given | {"experiment": experiment})
        before = digest(self.records[-1]) if self.records else None
        told = {"document": document, "action": action, "by": "a", "at": NOW.isoformat(), "previous": before}
        self.append(LogRecord.model_validate(told))

    def rollback(self, use_case: str, experiment: str, reason: str) -> None:
        self.before_rollback()
        self.asked.append(reason)
        newest = self.newest(use_case)
        if newest and newest.document.experiment and newest.document.experiment.id == experiment:
            self.record("rollback")

    @property
    def actions(self) -> list[str]:
        return [each.action for each in self.records]


def running(given: Experiment) -> MemoryLog:
    log = MemoryLog()
    log.record("release")
    log.record("experiment", given)
    return log


def observer(log: MemoryLog, counts: MemoryCounts) -> Observer:
    counting = Counting(log, counts, look, now=lambda: NOW, sleep=lambda _seconds: None)
    return Observer(log, counting, log.rollback)
