"""The gate's verdict, signed before anybody hears of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from genai_runtime.evaluation.reporting.text import WORST
from genai_runtime.evaluation.verdict import Decision
from genai_runtime.release.checks import stamp
from genai_runtime.release.gate.event import Start
from genai_runtime.release.gate.judge import Judge, Judged
from genai_runtime.release.gate.prepare import left_out
from genai_runtime.release.gate.state import Manifests, States, pair, read_release, requirements
from genai_runtime.release.gate.workload import Open
from genai_runtime.release.manifest import Manifest
from genai_runtime.release.records import Entry, Evidence, Promoted, Refused

MOST_REASONS: Final = 20
MOST_CAUSE: Final = 1000


class Ledger(Protocol):
    """The release ledger."""

    def append(self, statement: Promoted | Refused) -> Entry:
        """Sign and write; the entry that is there when it says the same."""
        ...

    def find(self, manifest: str, entry: str) -> Entry | None:
        """A verified entry."""
        ...


@dataclass(frozen=True)
class Decider:
    """The step Decide.

    gate: every run must end with PROMOTE. smoke: none with REJECT or clearly below a threshold, and enough
    cases must have an answer.
    A signed refusal stands for its execution. An evaluation that broke down refuses too, but nothing is signed: it says nothing
    of the release, and retrying the stage takes it up again. Of a pull request nothing is ever signed.
    """

    releases: Manifests
    check_seal: Callable[[Start, Manifest], None]
    states: States
    open: Open
    ledger: Ledger
    now: Callable[[], datetime]

    def decide(self, start: Start) -> dict[str, Any]:
        """What the step adds to the machine's state. Raises ReleaseRefused, botocore's errors."""
        manifest = read_release(self.releases, self.check_seal, start)
        if (refused := self._refused_before(start)) is not None:
            return _verdict(refused.evidence, refused.reasons, [_line(each) for each in refused.evidence], [])
        wanted = requirements(manifest, start)
        state = self.states.get(start)
        workload = self.open(start)
        judge = Judge(start, workload)
        judged = [
            judge.judge(asked)
            for asked in pair(wanted, state, workload.runs)
            if not (start.is_pull_request and asked.run is None and asked.instead is None)
        ]
        evidence = tuple(each.evidence for each in judged if each.evidence is not None)
        reasons = tuple(reason for each in judged for reason in each.reasons)
        if not start.is_pull_request:
            self._sign(start, judged, evidence, reasons)
        lines = [_line_of(each) for each in judged]
        return _verdict(evidence, reasons, lines, left_out(wanted, state, workload) if start.is_pull_request else [])

    def _refused_before(self, start: Start) -> Refused | None:
        if start.is_pull_request:
            return None
        entry = self.ledger.find(start.manifest, f"refused#{start.environment}#{start.execution}")
        return entry.statement if entry is not None and isinstance(entry.statement, Refused) else None

    def _sign(
        self, start: Start, judged: Sequence[Judged], evidence: tuple[Evidence, ...], reasons: tuple[str, ...]
    ) -> None:
        common: dict[str, Any] = {
            "manifest": start.manifest,
            "environment": start.environment,
            "purpose": start.purpose,
            "evidence": evidence,
            "at": stamp(self.now()),
            "execution": start.execution,
        }
        if not reasons:
            self.ledger.append(Promoted(**common))
        elif all(each.final for each in judged):
            self.ledger.append(Refused(**common, reasons=reasons[:MOST_REASONS]))


def _verdict(
    evidence: Iterable[Evidence], reasons: Sequence[str], runs: Sequence[Mapping[str, str]], notes: list[str]
) -> dict[str, Any]:
    decisions = [each.decision for each in evidence]
    return {
        "passed": not reasons,
        "decision": _overall(decisions, complete=not reasons and bool(runs) and not notes),
        "reasons": list(reasons[:MOST_REASONS]),
        "cause": _clip(" | ".join(reasons)),
        "runs": list(runs),
        "left_out": notes,
    }


def _overall(decisions: Sequence[Decision], *, complete: bool) -> Decision:
    """The worst of the runs'; never PROMOTE where something is missing."""
    worst: Decision = min(decisions, key=WORST.__getitem__, default="HOLD")
    return "HOLD" if worst == "PROMOTE" and not complete else worst


def _line_of(judged: Judged) -> dict[str, str]:
    if judged.evidence is not None:
        return _line(judged.evidence)
    request, run = judged.asked.requirement.request, judged.asked.run
    return {"suite": request.suite, "version": request.version, "run": run.run if run else "", "decision": ""}


def _line(evidence: Evidence) -> dict[str, str]:
    return evidence.model_dump(mode="json", include={"suite", "version", "run", "decision"})


def _clip(text: str) -> str:
    return text if len(text) <= MOST_CAUSE else f"{text[: MOST_CAUSE - 1]}…"
