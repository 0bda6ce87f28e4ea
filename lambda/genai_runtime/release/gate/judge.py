"""Judges one run of a gate: is it what the release asked for, was nothing changed since, and what does it say."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.reporting.text import WORST
from genai_runtime.evaluation.requests import deciding
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.verdict import CandidateResult, GateResult, RunResult
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.evidence import check_unchanged
from genai_runtime.release.gate.claim import lacks_answers
from genai_runtime.release.gate.errors import (
    BELOW,
    DATASET_CHANGED,
    EXECUTION_FAILED,
    NOT_ASKED,
    NOT_PROMOTED,
    OTHER_CONTENT,
    REJECTED,
    RESULT_TAMPERED,
    STILL_RUNNING,
    TOO_FEW_ANSWERS,
    GateBroken,
)
from genai_runtime.release.gate.event import Start
from genai_runtime.release.gate.resolve import Resolver
from genai_runtime.release.gate.state import Asked
from genai_runtime.release.gate.workload import Workload
from genai_runtime.release.manifest import Requirement
from genai_runtime.release.records import Evidence, Promoted, StartedRun

_MOST_REASONS: Final = 3
_MOST_CHARACTERS: Final = 600


class Unfit(Exception):
    """A reason for which a run is no evidence."""


@dataclass(frozen=True)
class Judged:
    """One requirement's outcome.

    :param evidence: None where there is no run, or none that counts
    :param reasons: why it doesn't pass; none when it does
    :param final: whether asking again would find the same: an evaluation that broke down says nothing of the release
    """

    asked: Asked
    evidence: Evidence | None
    reasons: tuple[str, ...]
    final: bool = True


@dataclass(frozen=True)
class Judge:
    """Judges the runs of one gate, all read anew."""

    start: Start
    workload: Workload

    def judge(self, asked: Asked) -> Judged:
        """Raises GateBroken for a run that isn't over, botocore's errors."""
        run, suite = asked.run, asked.requirement.request.suite
        if run is None:
            return Judged(asked, None, (self._not_asked(asked.requirement, asked.instead),))
        body = self.workload.runs.read(layout.result(run.run))
        if body is None:
            return Judged(asked, None, (self._broken_down(suite, run),), final=False)
        try:
            evidence, result = self._evidence(asked.requirement, run, body)
        except Unfit as unfit:
            return Judged(asked, None, (str(unfit),))
        return Judged(asked, evidence, tuple(self._short_of(result)))

    def _not_asked(self, requirement: Requirement, instead: RunRequest | None) -> str:
        suite, version = requirement.request.suite, requirement.request.version
        if instead is None:
            return _reason(
                NOT_ASKED, f"suite {suite} was not evaluated, which the release needs: start a new execution"
            )
        if instead.version != version:
            return _reason(
                DATASET_CHANGED,
                f"run {instead.run} evaluated suite {suite} in version {instead.version[:12]}, the release asks for "
                f"{version[:12]}: the dataset isn't the release's, start a new execution",
            )
        return _reason(
            OTHER_CONTENT,
            f"run {instead.run} of suite {suite} was asked for something else than the release needs: start a new execution",
        )

    def _broken_down(self, suite: str, run: StartedRun) -> str:
        status = self.workload.executions.find(run.execution)
        if status is not None and status.working:
            raise GateBroken(STILL_RUNNING, f"run {run.run} isn't over: the step Poll waits for it, retry the stage")
        ended = f"ended as {status.name} ({status.cause or 'without a cause'})" if status else "was never started"
        return _reason(
            EXECUTION_FAILED,
            f"the evaluation of suite {suite} {ended}: correct that and retry the stage, which takes run {run.run} up again",
        )

    def _evidence(self, requirement: Requirement, run: StartedRun, body: bytes) -> tuple[Evidence, RunResult]:
        """Raises Unfit."""
        request = self.workload.runs.load(layout.request(run.run), RunRequest)
        self._check_request(requirement, request)
        result = self._result(request, body)
        evidence = Evidence(
            suite=request.suite,
            version=request.version,
            run=run.run,
            decision=result.decision,
            result_sha256=hashlib.sha256(body).hexdigest(),
            ended_at=result.ended_at,
        )
        self._check_suite(evidence)
        return evidence, result

    def _check_request(self, requirement: Requirement, request: RunRequest) -> None:
        """The run was asked for exactly what the release needs, with what is deployed now."""
        try:
            wanted = deciding(Resolver(self.workload).resolve_as(requirement, request))
        except GateBroken as broken:
            raise Unfit(str(broken)) from broken
        asked = deciding(request)
        if differing := sorted(key for key in wanted if wanted[key] != asked[key]):
            raise Unfit(
                _reason(
                    OTHER_CONTENT,
                    f"run {request.run} of suite {request.suite} was asked for other {' and '.join(differing)} than the release "
                    f"has in {self.start.environment}: what was evaluated isn't what is released, start a new execution",
                )
            )

    def _result(self, request: RunRequest, body: bytes) -> RunResult:
        try:
            result = RunResult.model_validate_json(body)
        except ValidationError as error:
            raise self._tampered(request, f"isn't a result ({error.errors()[0]['msg']})") from None
        for faulty, what in self._faults(request, result):
            if faulty:
                raise self._tampered(request, what)
        return result

    def _faults(self, request: RunRequest, result: RunResult) -> Iterator[tuple[bool, str]]:
        """What can't be true of a result that the evaluation wrote."""
        gate = result.gate
        names = [each.candidate for each in gate.candidates]
        yield (result.run, gate.run) != (request.run, request.run), f"is of run {result.run}"
        yield (result.suite, result.version) != (request.suite, request.version), f"is of suite {result.suite}"
        yield names != [each.name for each in request.candidates], f"is about the candidates {', '.join(names)}"
        yield not gate.final, "isn't final"
        yield result.decision != gate.decision, f"says {result.decision} and {gate.decision}"
        worst = min((each.decision for each in gate.candidates), key=WORST.__getitem__, default="HOLD")
        yield gate.decision != worst, f"says {gate.decision} of candidates of which one has {worst}"
        yield self._decided(request, gate.look) != gate, "doesn't say what the evaluation's gate decided"

    def _decided(self, request: RunRequest, look: int) -> GateResult | None:
        body = self.workload.runs.read(layout.gate(request.run, look))
        try:
            return None if body is None else GateResult.model_validate_json(body)
        except ValidationError:
            return None

    def _tampered(self, request: RunRequest, what: str) -> Unfit:
        return Unfit(
            _reason(
                RESULT_TAMPERED,
                f"s3://{self.workload.runs.bucket}/{layout.result(request.run)} {what}: it was changed after the evaluation "
                "wrote it, tell the security team and start a new execution",
            )
        )

    def _check_suite(self, evidence: Evidence) -> None:
        """The dataset is the release's, in the run and where suites are published."""
        claimed = Promoted(
            manifest=self.start.manifest,
            environment=self.start.environment,
            purpose=self.start.purpose,
            evidence=(evidence,),
            at=evidence.ended_at,
            execution=self.start.execution,
        )
        try:
            check_unchanged(self.workload.evaluations, claimed, rollback=False)
        except ReleaseRefused as refused:
            raise Unfit(str(refused)) from refused

    def _short_of(self, result: RunResult) -> Iterator[str]:
        """Why a sound result doesn't pass; nothing when it does."""
        for candidate in result.gate.candidates:
            said = f"suite {result.suite}, {candidate.candidate}: {candidate.decision}{_because(candidate)}"
            if self.start.purpose == "gate" and candidate.decision != "PROMOTE":
                yield _reason(NOT_PROMOTED, said)
            elif candidate.decision == "REJECT":
                yield _reason(REJECTED, said)
            elif self.start.purpose == "smoke":
                yield from (
                    _reason(
                        BELOW,
                        f"suite {result.suite}, {each}: find out what {self.start.environment} has otherwise than the "
                        "environment that promoted the release",
                    )
                    for each in below(candidate)
                )
        if self.start.purpose == "smoke" and lacks_answers(result):
            yield _reason(
                TOO_FEW_ANSWERS,
                f"suite {result.suite}: more cases than the suite allows have no answer, so that nothing is known of the "
                "deployment: look at the environment's alarms",
            )


def below(candidate: CandidateResult) -> Iterator[str]:
    """Gating metrics whose whole interval lies below the threshold. A smoke evaluation has fewer cases than a suite's decision
    takes, and would hold whatever it saw."""
    for metric in candidate.metrics:
        if metric.gating and metric.interval is not None and metric.interval.high < metric.threshold:
            yield (
                f"{candidate.candidate}: {metric.name} is {metric.interval.low:.3g} to {metric.interval.high:.3g} over "
                f"{metric.cases} cases, all of it below {metric.threshold:.3g}"
            )


def _because(candidate: CandidateResult) -> str:
    shown = "; ".join(candidate.reasons[:_MOST_REASONS])
    return f" ({shown})" if shown else ""


def _reason(code: str, text: str) -> str:
    line = " ".join(text.split())
    return f"{code}: {line if len(line) <= _MOST_CHARACTERS else line[: _MOST_CHARACTERS - 1] + '…'}"
