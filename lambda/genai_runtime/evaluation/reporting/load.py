"""Reads a finished run from its bucket."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.judging.records import Counts
from genai_runtime.evaluation.judging.summary import together
from genai_runtime.evaluation.planning.suite_files import parse_cases, parse_suite
from genai_runtime.evaluation.records import Batch, Response, ScoredBatch, ScoredCase
from genai_runtime.evaluation.reporting import errors
from genai_runtime.evaluation.reporting.data import CandidateData, Outcome, RunData
from genai_runtime.evaluation.reporting.errors import ReportFailed
from genai_runtime.evaluation.run import Candidate, RunRequest
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.suite import Suite
from genai_runtime.evaluation.verdict import GateResult

PARALLEL_READS: Final = 32
"""Also the pool of connections that the S3 client should have."""
_STEPS: Final = ("scores", "judgements", "reviews")

M = TypeVar("M", bound=BaseModel)


def load_run(store: Store, run: str) -> RunData:
    """A finished run, with its baseline's outcomes where that run is still there.

    Started is the earliest write of any of the run's objects (responses are written once, so a resumed run keeps it);
    ended is the write of the final verdict. Raises ReportFailed: no such run (GF-EVAL-330), no final verdict yet (331),
    an object that isn't what it should be (332), or that names an unknown case (333).
    """
    reader = _Reader(store, run)
    request, suite, cases = reader.request(), reader.suite(), reader.cases()
    gates = reader.gates()
    named = frozenset(metric.name for metric in suite.metrics if metric.gating)
    return RunData(
        request=request,
        suite=suite,
        gates=gates,
        candidates=tuple(
            CandidateData(
                each, reader.outcomes(each, cases, _last_look(gates, each.name)), _gating(gates[-1], each.name) or named
            )
            for each in request.candidates
        ),
        dataset_cases=len(cases),
        started_at=_iso(min(reader.written.values())),
        ended_at=_iso(reader.written[layout.gate(run, gates[-1].look)]),
        baseline=_baseline(store, request, named),
        judging=reader.judging() if suite.judge is not None else None,
    )


def _baseline(store: Store, request: RunRequest, gating: frozenset[str]) -> CandidateData | None:
    """The released candidate; None without one, or where its run's objects have expired."""
    if request.baseline is None:
        return None
    reader = _Reader(store, request.baseline)
    if layout.request(request.baseline) not in reader.written or not reader.has_verdict:
        return None
    asked = reader.request()
    candidate = next((each for each in asked.candidates if each.name == request.baseline_candidate), None)
    if candidate is None:
        return None
    look = _last_look(reader.gates(), candidate.name)
    return CandidateData(candidate, reader.outcomes(candidate, reader.cases(), look), gating)


def _last_look(gates: Sequence[GateResult], candidate: str) -> int:
    """The look that decided a candidate: it was asked nothing after it."""
    for gate in gates:
        if any(each.candidate == candidate and each.decision != "HOLD" for each in gate.candidates):
            return gate.look
    return gates[-1].look


def _gating(gate: GateResult, candidate: str) -> frozenset[str]:
    """The metrics that gated after all: a judge that people don't agree with can't."""
    metrics = (metric for each in gate.candidates if each.candidate == candidate for metric in each.metrics)
    return frozenset(metric.name for metric in metrics if metric.gating)


class _Reader:
    """One run's objects."""

    def __init__(self, store: Store, run: str) -> None:
        self._store = store
        self._run = run
        self._gate_prefix = layout.gate(run, 0).removesuffix("0.json")
        self.written: Mapping[str, datetime] = dict(store.stamped(layout.result(run, "")))
        """Every object of the run, with the time of its last write."""

    @property
    def has_verdict(self) -> bool:
        """Whether the gate decided at least one look."""
        return any(key.startswith(self._gate_prefix) for key in self.written)

    def request(self) -> RunRequest:
        """What was asked for."""
        return self._record(self._bytes(layout.request(self._run)), RunRequest, layout.request(self._run))

    def suite(self) -> Suite:
        """The suite that the run used."""
        return parse_suite(self._bytes(layout.suite(self._run, layout.SUITE_FILE)))

    def cases(self) -> Mapping[str, Case]:
        """The dataset that the run used, by id, in its order."""
        body = self._bytes(layout.suite(self._run, layout.DATASET_FILE))
        return {case.id: case for case in parse_cases(body)}

    def gates(self) -> tuple[GateResult, ...]:
        """All looks' verdicts, the last one final."""
        keys = sorted((key for key in self.written if key.startswith(self._gate_prefix)), key=_order)
        gates = self._records(keys, GateResult)
        final = next((number for number, gate in enumerate(gates, start=1) if gate.final), 0)
        if not final:
            raise ReportFailed(
                errors.RUN_UNFINISHED,
                f"run {self._run} has no final verdict yet ({len(gates)} looks decided): wait for its execution, "
                "or start the run again under the same name, which resumes it",
            )
        return tuple(gates[:final])

    def judging(self) -> Counts:
        """What the judge took, of all batches."""
        prefix = layout.judge_counts(self._run)
        return together(self._records([key for key in self.written if key.startswith(prefix)], Counts))

    def outcomes(self, candidate: Candidate, cases: Mapping[str, Case], look: int) -> tuple[Outcome, ...]:
        """What became of each case that was planned up to a look."""
        planned = self._planned(candidate.name, look)
        prefix = layout.responses(self._run, candidate.name)
        keys = [key for key in self.written if key.startswith(prefix)]
        responses = {response.case: response for response in self._records(keys, Response)}
        scored = self._scored(candidate.name, look)
        asked = planned.union(responses, *scored)
        if unknown := sorted(asked - cases.keys()):
            raise ReportFailed(
                errors.CASE_UNKNOWN,
                f"run {self._run} has records of {len(unknown)} cases that its dataset doesn't hold, {unknown[0]} first: "
                "start it again under a new name",
            )
        return tuple(
            Outcome(
                case,
                responses.get(case.id),
                tuple(score for step in scored if case.id in step for score in step[case.id].scores),
                next((step[case.id].pattern for step in scored if case.id in step and step[case.id].pattern), None),
                scored=case.id in scored[0],
            )
            for case in cases.values()
            if case.id in asked
        )

    def _planned(self, candidate: str, look: int) -> set[str]:
        keys = [layout.batches(self._run, number) for number in range(1, look + 1)]
        found: set[str] = set()
        for key, body in self._bodies([key for key in keys if key in self.written]):
            batches = (self._record(line, Batch, key) for line in body.splitlines() if line.strip())
            found.update(case for batch in batches if batch.candidate == candidate for case in batch.cases)
        return found

    def _scored(self, candidate: str, look: int) -> list[dict[str, ScoredCase]]:
        """Of each step by case; a case that two batches hold keeps the later one."""
        found = []
        for step in _STEPS:
            prefix = layout.scores(self._run, step, candidate, 0, 0).removesuffix("0-0.json")
            keys = sorted(
                (key for key in self.written if key.startswith(prefix) and _order(key)[0] <= look), key=_order
            )
            found.append({case.case: case for batch in self._records(keys, ScoredBatch) for case in batch.cases})
        return found

    def _bytes(self, key: str) -> bytes:
        body = self._store.read(key)
        if body is None:
            raise ReportFailed(
                errors.RUN_UNKNOWN,
                f"run {self._run} lacks s3://{self._store.bucket}/{key}: check the run's name and the environment",
            )
        return body

    def _bodies(self, keys: Sequence[str]) -> Iterable[tuple[str, bytes]]:
        with ThreadPoolExecutor(PARALLEL_READS) as pool:
            return list(zip(keys, pool.map(self._bytes, keys), strict=True))

    def _records(self, keys: Sequence[str], model: type[M]) -> list[M]:
        return [self._record(body, model, key) for key, body in self._bodies(keys)]

    def _record(self, body: bytes, model: type[M], key: str) -> M:
        try:
            return model.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the record"
            raise ReportFailed(
                errors.OBJECT_INVALID,
                f"s3://{self._store.bucket}/{key} is not a {model.__name__} ({where}: {first['msg']}): "
                "start the run again under a new name",
            ) from error


def _order(key: str) -> tuple[int, ...]:
    """`…/LOOK-BATCH.json` and `…/LOOK.json` in the order of their numbers."""
    return tuple(int(part) if part.isdigit() else 0 for part in key.rpartition("/")[2].removesuffix(".json").split("-"))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
