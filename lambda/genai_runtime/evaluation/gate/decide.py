"""The verdict on a run after one look. Pure: the same input gives the same verdict, byte for byte."""

import math
from collections.abc import Iterable, Mapping, Sequence

from genai_runtime.evaluation.gate import limits
from genai_runtime.evaluation.gate.data import CandidateData, GateInput
from genai_runtime.evaluation.gate.level import Level, holm
from genai_runtime.evaluation.gate.metrics import Refused, Weighed, metric_result, weigh
from genai_runtime.evaluation.gate.power import MOST_CASES
from genai_runtime.evaluation.gate.prepare import Key, Metric, key_of, metrics_of, resampled
from genai_runtime.evaluation.gate.sample import Values
from genai_runtime.evaluation.planning.sampling import is_severe_safety
from genai_runtime.evaluation.verdict import CandidateResult, Decision, GateResult, LimitResult, MetricResult

_SEVERE_OPEN = "every gating metric is at or above its threshold, but not all severe safety cases were asked yet"
_WORST_FIRST: tuple[Decision, ...] = ("REJECT", "HOLD", "PROMOTE")


def decide(given: GateInput) -> GateResult:
    """PROMOTE, HOLD or REJECT for every candidate, the worst of them for the run."""
    level = Level.of(given.suite, given.fractions, given.look)
    looks = len(given.fractions)
    results = [given.decided.get(each.name) or candidate_result(each, given, level) for each in given.candidates]
    results.sort(key=lambda result: result.candidate)
    open_ones = any(result.decision == "HOLD" for result in results)
    return GateResult(
        run=given.run,
        look=given.look,
        looks=looks,
        final=given.look == looks or not open_ones,
        decision=worst(result.decision for result in results),
        candidates=tuple(results),
        judge_kappa=given.judge_kappa,
        reviewer_agreement=given.reviewers.kappa.estimate if given.reviewers else None,
        judge=given.judge,
        reviewers=given.reviewers,
    )


def worst(decisions: Iterable[Decision]) -> Decision:
    """REJECT before HOLD before PROMOTE."""
    return min(decisions, key=_WORST_FIRST.index)


def candidate_result(data: CandidateData, given: GateInput, level: Level) -> CandidateResult:
    """The verdict on one candidate."""
    suite = given.suite
    metrics = metrics_of(data, given)
    costs: dict[Key, Values] = {}
    if data.costs_usd and suite.limits.cost_per_1000_cases_usd is not None:
        costs[limits.COST] = limits.costs_of(data)[0]
    boots = resampled(metrics, level, suite.seed, costs)
    weighed = [weigh(metric, level, boots) for metric in metrics]
    undecided = undecided_cases(data, metrics)
    bounds = limits.weigh(data, suite, level, boots.get(limits.COST), len(undecided))
    refused = _refused(weighed, bounds, level)
    results = tuple(metric_result(each, refused, level, suite.minimum_cases) for each in weighed)
    limit_results = tuple(each.decided(_limit_key(each) in refused.beside) for each in bounds)
    failed = failed_cases(data, metrics)
    severe = tuple(case for case in failed if is_severe_safety(given.cases[case]))
    decision, reasons = _verdict(results, limit_results, severe)
    needed = _needed(results, bounds, limit_results, len(data.asked)) if decision == "HOLD" else None
    if decision == "PROMOTE" and (last := _last_severe(given)):
        decision, reasons, needed = "HOLD", [_SEVERE_OPEN], last
    if needed is not None and needed > len(given.upcoming):
        reasons.append(
            f"{needed} further cases would decide, the dataset has {len(given.upcoming)} that were not asked: "
            f"add {needed - len(given.upcoming)}"
        )
    return CandidateResult(
        candidate=data.name,
        decision=decision,
        reasons=tuple(reasons),
        metrics=results,
        limits=limit_results,
        severe_failures=severe,
        failed_cases=failed,
        cases=len(data.asked),
        cases_needed=needed,
        next_cases=given.upcoming[:needed] if needed is not None else (),
    )


def _last_severe(given: GateInput) -> int:
    """Place of the last severe safety case among those that weren't asked yet; 0 where none is left. All are in a sample,
    so that there is one only before a sequential run's last look."""
    severe = (
        place
        for place, case in enumerate(given.upcoming, start=1)
        if case in given.cases and is_severe_safety(given.cases[case])
    )
    return max(severe, default=0)


def undecided_cases(data: CandidateData, metrics: Sequence[Metric]) -> frozenset[str]:
    """Cases without an answer, and cases that a gating metric leaves open."""
    scores = [data.scores.get(metric.spec.name, {}) for metric in metrics if metric.gating]
    return data.unanswered | {case for each in scores for case, score in each.items() if score.value is None}


def failed_cases(data: CandidateData, metrics: Sequence[Metric]) -> tuple[str, ...]:
    """Cases that a gating metric calls failed, in the order of their ids."""
    scores = [data.scores.get(metric.spec.name, {}) for metric in metrics if metric.gating]
    return tuple(sorted({case for each in scores for case, score in each.items() if score.passed is False}))


def _refused(weighed: Sequence[Weighed], bounds: Sequence[limits.Weighed], level: Level) -> Refused:
    """Three families: gating metrics, their regressions, and what can break beside them (strata and limits)."""
    gating = [each for each in weighed if each.metric.gating]
    names = {each.metric.spec.name: each for each in gating}
    strata = {
        key_of(each.metric, *stratum): found.p_at_least
        for each in gating
        for stratum, found in each.strata.items()
        if found is not None
    }
    beside: Mapping[Key, float] = strata | {_limit_key(each): each.p_value for each in bounds if each.result.interval}
    return Refused(
        metrics=holm({name: each.whole.p_at_least for name, each in names.items() if each.whole}, level),
        regressions=holm({name: each.paired.p_at_least for name, each in names.items() if each.paired}, level),
        beside=holm(beside, level),
    )


def _limit_key(bound: limits.Weighed) -> Key:
    return ("limit", bound.result.name)


def _verdict(
    results: Sequence[MetricResult], bounds: Sequence[LimitResult], severe: Sequence[str]
) -> tuple[Decision, list[str]]:
    gating = [result for result in results if result.gating]
    reasons = [f"severe safety cases failed: {', '.join(severe)}"] if severe else []
    decided: list[MetricResult | LimitResult] = [*gating, *bounds]
    decision = worst(result.decision for result in decided)
    if severe or decision == "REJECT":
        return "REJECT", reasons + [result.reason for result in decided if result.decision == "REJECT"]
    if not gating:
        return "HOLD", ["no metric can gate", *(result.reason for result in results if result.reason)]
    if decision == "HOLD":
        return "HOLD", [result.reason for result in decided if result.decision == "HOLD"]
    return "PROMOTE", ["every gating metric is at or above its threshold and every limit is kept"]


def _needed(
    results: Sequence[MetricResult],
    bounds: Sequence[limits.Weighed],
    limit_results: Sequence[LimitResult],
    asked: int,
) -> int | None:
    """Further cases after which nothing would be open; None where no number would help."""
    gating = [result for result in results if result.gating]
    further: list[int | None] = [] if gating else [None]
    for result in gating:
        if result.decision != "HOLD":
            continue
        needed = result.cases_needed
        if needed is not None and result.cases:
            # A metric that looks at a part of the cases gets that part of further ones.
            needed = math.ceil(needed * asked / result.cases)
        further.append(needed)
    for bound, limit in zip(bounds, limit_results, strict=True):
        if limit.decision == "HOLD":
            further.append(None if bound.needed is None else max(1, bound.needed - limit.cases))
    most = None if None in further else max((each for each in further if each), default=None)
    return most if most is None or most <= MOST_CASES else None
