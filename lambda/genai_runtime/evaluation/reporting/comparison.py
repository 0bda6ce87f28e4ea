"""Finished runs side by side: the gate's paired differences on the cases that both asked, costs, times, and the cases that
changed state. Needs the gate's libraries, so the publish step doesn't import it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from genai_runtime.evaluation.base import CaseId, Name, Record, RunId, Sha256
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.gate.data import CandidateData as Evidence
from genai_runtime.evaluation.gate.data import GateInput, Scores
from genai_runtime.evaluation.gate.decide import candidate_result
from genai_runtime.evaluation.gate.level import Level
from genai_runtime.evaluation.records import Response, Score
from genai_runtime.evaluation.reporting import errors
from genai_runtime.evaluation.reporting.data import CandidateData, RunData, percentile
from genai_runtime.evaluation.reporting.errors import ReportFailed
from genai_runtime.evaluation.suite import Suite
from genai_runtime.evaluation.verdict import Comparison, Decision

Change = Literal["better", "worse", "not shown"]


class ComparedCandidate(Record):
    """A candidate of one of the runs, over all of its own cases."""

    run: RunId
    suite: Name
    version: Sha256
    candidate: Name
    model: str
    prompt: str
    decision: Decision
    cases: int
    pass_share: float | None
    cost_per_1000_usd: float | None
    first_token_p95_ms: float | None
    last_token_p95_ms: float | None
    tokens_per_second_p50: float | None


class MetricChange(Record):
    """A metric on the common cases. `change` is what the interval of the difference shows."""

    name: Name
    gating: bool
    before: float
    after: float
    comparison: Comparison
    change: Change


class Pair(Record):
    """A candidate against its counterpart in the first run. Fixed cases failed before and pass now, broken ones the other
    way round; decided cases only."""

    before_run: RunId
    before: Name
    after_run: RunId
    after: Name
    cases: int
    metrics: tuple[MetricChange, ...]
    fixed: tuple[CaseId, ...]
    broken: tuple[CaseId, ...]


class Compared(Record):
    """All runs, the first one the reference."""

    candidates: tuple[ComparedCandidate, ...]
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class _Common:
    """What two candidates share: the same cases, word for word."""

    before: CandidateData
    after: CandidateData
    cases: Mapping[str, Case]


def compare(runs: Sequence[RunData]) -> Compared:
    """Compare every candidate of the later runs with its counterpart in the first one.

    The counterpart has the same name, else the same model, else it is the first. Raises ReportFailed: fewer than two runs
    (GF-EVAL-334), no common case (335), a run twice (336).
    """
    names = [data.request.run for data in runs]
    if len(names) < 2:
        raise ReportFailed(errors.TOO_FEW_RUNS, f"{len(names)} run to compare ({', '.join(names)}): name at least two")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ReportFailed(errors.SAME_RUN, f"run {twice[0]} is named more than once: name different runs")
    pairs = [
        _pair(runs[0], later, _counterpart(runs[0], candidate), candidate)
        for later in runs[1:]
        for candidate in later.candidates
    ]
    return Compared(
        candidates=tuple(_candidate(data, each) for data in runs for each in data.candidates), pairs=tuple(pairs)
    )


def _counterpart(first: RunData, candidate: CandidateData) -> CandidateData:
    """Python's sort is stable: of several, the first."""
    return min(
        first.candidates,
        key=lambda each: (each.name != candidate.name, each.candidate.model != candidate.candidate.model),
    )


def _pair(first: RunData, later: RunData, before: CandidateData, after: CandidateData) -> Pair:
    cases = {
        case: outcome.case
        for case, outcome in after.by_case.items()
        if case in before.by_case and before.by_case[case].case == outcome.case
    }
    if not cases:
        raise ReportFailed(
            errors.NO_COMMON_CASES,
            f"{before.name} of run {first.request.run} and {after.name} of run {later.request.run} have no case in common: "
            "compare runs of the same suite",
        )
    common = _Common(before, after, cases)
    return Pair(
        before_run=first.request.run,
        before=before.name,
        after_run=later.request.run,
        after=after.name,
        cases=len(cases),
        metrics=_metrics(common, later.suite),
        fixed=_changed(common, was=False),
        broken=_changed(common, was=True),
    )


def _metrics(common: _Common, suite: Suite) -> tuple[MetricChange, ...]:
    """The gate's own paired intervals, under the later run's suite."""
    scores, baseline = _scores(common.after, common.cases), _scores(common.before, common.cases)
    evidence = Evidence(common.after.name, frozenset(common.cases), scores, baseline)
    given = GateInput(run="comparison", suite=suite, cases=common.cases, candidates=(evidence,))
    found = []
    for metric in candidate_result(evidence, given, Level.of(suite)).metrics:
        if metric.comparison is not None:
            pairs = _pairs(scores[metric.name], baseline[metric.name])
            before, after = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
            found.append(
                MetricChange(
                    name=metric.name,
                    gating=metric.name in common.after.gating,
                    before=before,
                    after=after,
                    comparison=metric.comparison,
                    change=_change(metric.comparison),
                )
            )
    return tuple(found)


def _pairs(after: Mapping[str, Score], before: Mapping[str, Score]) -> list[tuple[float, float]]:
    return [
        (was, score.value)
        for case, score in sorted(after.items())
        if score.value is not None and case in before and (was := before[case].value) is not None
    ]


def _change(comparison: Comparison) -> Change:
    if comparison.interval.low > 0:
        return "better"
    return "worse" if comparison.interval.high < 0 else "not shown"


def _scores(data: CandidateData, cases: Mapping[str, Case]) -> Scores:
    found: dict[str, dict[str, Score]] = {}
    for case in cases:
        for score in data.by_case[case].scores:
            found.setdefault(score.metric, {})[case] = score
    return found


def _changed(common: _Common, *, was: bool) -> tuple[str, ...]:
    return tuple(
        case
        for case in common.cases
        if common.before.passed(common.before.by_case[case]) is was
        and common.after.passed(common.after.by_case[case]) is (not was)
    )


def _candidate(data: RunData, candidate: CandidateData) -> ComparedCandidate:
    prompt = candidate.candidate.prompt
    return ComparedCandidate(
        run=data.request.run,
        suite=data.request.suite,
        version=data.request.version,
        candidate=candidate.name,
        model=candidate.candidate.model,
        prompt=f"{prompt.name} v{prompt.version}",
        decision=data.verdict(candidate.name).decision,
        cases=len(candidate.outcomes),
        pass_share=candidate.pass_share,
        cost_per_1000_usd=candidate.cost_per_1000_usd,
        first_token_p95_ms=_of(candidate, 0.95, "first_token_ms"),
        last_token_p95_ms=_of(candidate, 0.95, "last_token_ms"),
        tokens_per_second_p50=_of(candidate, 0.5, "tokens_per_second"),
    )


def _of(
    candidate: CandidateData, share: float, what: Literal["first_token_ms", "last_token_ms", "tokens_per_second"]
) -> float | None:
    def read(response: Response) -> float | None:
        value: float | None = getattr(response, what)
        return value

    return percentile(candidate.measured(read), share)
