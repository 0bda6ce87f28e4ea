"""Limits on latency, cost and undecided cases, each with an interval of its own."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import bdtr, bdtrc

from genai_runtime.evaluation.gate import power
from genai_runtime.evaluation.gate.bootstrap import Bootstrap
from genai_runtime.evaluation.gate.data import CandidateData
from genai_runtime.evaluation.gate.evidence import Range, evidence
from genai_runtime.evaluation.gate.level import Level
from genai_runtime.evaluation.gate.power import Spread
from genai_runtime.evaluation.gate.sample import Values, is_constant, on_grid, rounded
from genai_runtime.evaluation.suite import Suite
from genai_runtime.evaluation.verdict import Decision, Interval, LimitResult

P95: Final = 0.95
PER: Final = 1000
COST: Final = ("limit", "cost-per-1000-cases-usd")
"""Key of the costs' bootstrap."""


@dataclass(frozen=True)
class Weighed:
    """A limit before Holm's correction.

    :param held: the interval lies within the limit
    :param broken: the interval lies beyond it
    :param p_value: one-sided, that the true value is within the limit
    :param needed: cases in all that would decide
    """

    result: LimitResult
    held: bool = False
    broken: bool = False
    p_value: float = 1.0
    needed: int | None = None

    def decided(self, refused: bool) -> LimitResult:
        """With its decision: it is broken only when Holm's procedure refuses it too."""
        decision: Decision = "PROMOTE" if self.held else "REJECT" if self.broken and refused else "HOLD"
        said = {"PROMOTE": "within the limit", "REJECT": "beyond the limit", "HOLD": "not shown to be within the limit"}
        reason = self.result.reason or f"{_about(self.result)}: {said[decision]}"
        return self.result.model_copy(update={"decision": decision, "reason": reason})


def weigh(data: CandidateData, suite: Suite, level: Level, costs: Bootstrap | None, undecided: int) -> list[Weighed]:
    """Every limit that the suite sets."""
    limits = suite.limits
    made: list[Weighed] = []
    if limits.latency.first_token_p95_ms is not None:
        made.append(_latency("first-token-p95-ms", data.first_token_ms, limits.latency.first_token_p95_ms, level))
    if limits.latency.last_token_p95_ms is not None:
        made.append(_latency("last-token-p95-ms", data.last_token_ms, limits.latency.last_token_p95_ms, level))
    if limits.cost_per_1000_cases_usd is not None:
        made.append(_cost(data, limits.cost_per_1000_cases_usd, level, costs))
    return [*made, _undecided(undecided, len(data.asked), limits.undecided_share)]


def costs_of(data: CandidateData) -> tuple[Values, float]:
    """Costs of cases as negative parts of a unit, because more has to be better, and the unit in US dollars: a power of
    two, so that the division is exact."""
    most = max((*data.costs_usd, data.most_usd or 0.0), default=0.0)
    unit = 2.0 ** math.ceil(math.log2(most)) if most > 0 else 1.0
    return on_grid(sorted(-cost / unit for cost in data.costs_usd)), unit


def percentile_interval(ordered: Sequence[float], share: float, level: float) -> tuple[float, float | None]:
    """Order statistics between which the percentile lies, each bound with error `level` at most; no upper one where the
    values are too few.

    The number of values up to the percentile is binomial, whatever their distribution (Conover 1999, Practical
    Nonparametric Statistics, section 3.2; Hahn and Meeker 1991, section 5.2).
    """
    cases = len(ordered)
    ranks = range(cases + 1)
    lower = bisect_left(ranks, level, key=lambda rank: float(bdtr(rank, cases, share)))
    if bdtr(lower, cases, share) <= level:
        lower += 1
    upper = bisect_left(ranks, -level, key=lambda rank: -float(bdtrc(rank, cases, share))) + 1
    return ordered[lower - 1] if lower > 0 else 0.0, ordered[upper - 1] if upper <= cases else None


def _latency(name: str, times: Sequence[float], limit: float, level: Level) -> Weighed:
    if not times:
        return Weighed(_result(name, limit, 0, None, None, "no answer has a measured time"))
    ordered = sorted(times)
    cases = len(ordered)
    low, high = percentile_interval(ordered, P95, level.nominal)
    within = int(np.searchsorted(ordered, limit, "right"))
    estimate = ordered[math.ceil(P95 * cases) - 1]
    interval = None if high is None else _interval(low, high, "order-statistic", level)
    least = math.ceil(math.log(level.nominal) / math.log(P95))
    reason = "" if high is not None else f"{cases} answers give no upper bound of a 95th percentile: {least} do"
    return Weighed(
        _result(name, limit, cases, estimate, interval, reason if low <= limit else ""),
        held=high is not None and high <= limit,
        broken=low > limit,
        p_value=rounded(float(bdtr(within, cases, P95))),
        needed=_answers(within / cases, level.alpha),
    )


def _answers(within: float, alpha: float) -> int | None:
    """Answers that decide: the percentile is within the limit when at least its share of the answers is."""
    needed = power.cases_for(within, P95, Spread.of_rate(P95, within), alpha)
    return None if needed is None else max(needed, math.ceil(math.log(alpha) / math.log(P95)))


def _cost(data: CandidateData, limit: float, level: Level, boot: Bootstrap | None) -> Weighed:
    name = COST[1]
    if not data.costs_usd:
        return Weighed(_result(name, limit, 0, None, None, "no case has a known cost: give the model a price"))
    values, unit = costs_of(data)
    scale = -PER * unit
    if is_constant(values) and data.most_usd is None:
        reason = "all cases cost the same and what one can cost at most is not known, so that nothing bounds the mean"
        return Weighed(_result(name, limit, values.size, scale * float(values[0]), None, reason))
    least = -math.inf if data.most_usd is None else min(-data.most_usd / unit, float(values.min()))
    found = evidence(values, limit / scale, level, boot, Range(least, 0.0))
    interval = _interval(scale * found.interval.high, scale * found.interval.low, found.interval.method, level)
    return Weighed(
        _result(name, limit, found.cases, scale * found.estimate, interval, ""),
        held=found.shown,
        broken=found.refuted,
        p_value=found.p_at_least,
        needed=found.needed,
    )


def _undecided(undecided: int, asked: int, limit: float) -> Weighed:
    """A fact about this run, not an estimate: it has no interval, and too many are no reason to reject."""
    share = undecided / asked if asked else 1.0
    said = f"{undecided} of {asked} cases are undecided for reasons of the infrastructure"
    within = share <= limit
    reason = f"{said}: {'within' if within else 'more than'} the limit of {limit:g}"
    return Weighed(_result("undecided-share", limit, asked, share, None, reason), held=within)


def _interval(low: float, high: float, method: str, level: Level) -> Interval:
    return Interval.model_validate(
        {"low": rounded(low), "high": rounded(high), "method": method, "confidence": rounded(level.confidence)}
    )


def _result(
    name: str, limit: float, cases: int, estimate: float | None, interval: Interval | None, reason: str
) -> LimitResult:
    return LimitResult.model_validate(
        {
            "name": name,
            "limit": limit,
            "cases": cases,
            "estimate": None if estimate is None else rounded(estimate),
            "interval": interval,
            "decision": "HOLD",
            "reason": reason,
        }
    )


def _about(result: LimitResult) -> str:
    between = f" ({result.interval.low:.4g} to {result.interval.high:.4g})" if result.interval else ""
    return f"{result.name} is {result.estimate:.4g}{between} with a limit of {result.limit:g}"
