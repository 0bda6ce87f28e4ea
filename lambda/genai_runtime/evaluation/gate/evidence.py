"""What a vector of values tells about its mean and a threshold: estimate, interval, p-values, cases for a decision."""

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtr

from genai_runtime.evaluation.gate import bounded, power
from genai_runtime.evaluation.gate.bootstrap import Bootstrap
from genai_runtime.evaluation.gate.level import Level
from genai_runtime.evaluation.gate.power import Spread
from genai_runtime.evaluation.gate.rates import PairedRates, Rate
from genai_runtime.evaluation.gate.sample import Values, deviation, is_binary, is_constant, mean, rounded
from genai_runtime.evaluation.verdict import Interval

Method = Literal["wilson", "bca", "score", "order-statistic", "sequential-normal", "exact"]


@dataclass(frozen=True)
class Evidence:
    """Where the true mean lies.

    :param p_at_most: one-sided, that it is at most the threshold
    :param p_at_least: one-sided, that it is at least the threshold
    :param shown: it is at or above the threshold
    :param refuted: it is below the threshold, before Holm's correction
    :param needed: cases in all after which it would be decided with the usual power, if the estimate is the truth
    """

    cases: int
    estimate: float
    interval: Interval
    p_at_most: float
    p_at_least: float
    shown: bool
    refuted: bool
    needed: int | None


@dataclass(frozen=True)
class _Reading:
    """One method's answer; `check` are the p-values that hold for every distribution, where there are such."""

    method: Method
    low: float
    high: float
    p: tuple[float, float]
    check: tuple[float, float]
    needed: int | None


@dataclass(frozen=True)
class Range:
    """Limits that no value can leave.

    :param checked: whether the check for all distributions is asked. Not for regressions: it keeps alarms from being
        false by missing true ones, and there a miss is worse, because a false alarm only holds
    """

    lowest: float
    highest: float
    checked: bool = True


UNIT = Range(0.0, 1.0)
DIFFERENCE = Range(-1.0, 1.0, checked=False)


def evidence(
    values: Values, threshold: float, level: Level, resampled: Bootstrap | None, limits: Range = UNIT
) -> Evidence:
    """Wilson for rates, BCa for means (`resampled`), at a look of several the normal interval for means.

    Equal values have an exact bound. What the interval says counts only as far as the check for all distributions (exact
    binomial for rates) agrees at twice the level: that keeps the error below 1 - confidence where an approximation fails.
    """
    if limits == UNIT and is_binary(values):
        reading = _rate(Rate(int(values.sum()), values.size), threshold, level)
    elif is_constant(values):
        reading = _constant(values, threshold, level, limits)
    else:
        reading = _mean(values, threshold, level, resampled, limits)
    return _judged(values.size, mean(values), threshold, level, reading, limits)


def paired_evidence(
    candidate: Values, baseline: Values, floor: float, level: Level, resampled: Bootstrap | None
) -> Evidence:
    """The candidate's mean less the baseline's on the same cases, against the least acceptable difference."""
    if not (is_binary(candidate) and is_binary(baseline)):
        return evidence(candidate - baseline, floor, level, resampled, DIFFERENCE)
    won, lost = int((candidate > baseline).sum()), int((candidate < baseline).sum())
    rates = PairedRates(won, lost, candidate.size)
    low, high = rates.interval(level.nominal)
    p = rates.p_at_least(floor)
    # The score test's own level is close enough (Tango 1998), and a paired rate has no exact test with a margin.
    reading = _Reading("score", low, high, (1 - p, p), (0.0, 0.0), None)
    return _judged(candidate.size, rates.estimate, floor, level, reading, DIFFERENCE)


def _judged(cases: int, estimate: float, threshold: float, level: Level, reading: _Reading, limits: Range) -> Evidence:
    low, high = rounded(max(reading.low, limits.lowest)), rounded(min(reading.high, limits.highest))
    at_most, at_least = (max(p, check / 2) for p, check in zip(reading.p, reading.check, strict=True))
    if threshold <= limits.lowest:
        at_most, at_least = 0.0, 1.0
    agrees_above, agrees_below = (p / 2 <= level.nominal for p in reading.check)
    return Evidence(
        cases=cases,
        estimate=rounded(estimate),
        interval=Interval(low=low, high=high, method=reading.method, confidence=rounded(level.confidence)),
        p_at_most=rounded(at_most),
        p_at_least=rounded(at_least),
        shown=threshold <= limits.lowest or (low >= threshold and agrees_above),
        refuted=high < threshold and agrees_below,
        needed=reading.needed,
    )


def _rate(rate: Rate, threshold: float, level: Level) -> _Reading:
    low, high = rate.interval(level.nominal)
    return _Reading(
        method="wilson",
        low=low,
        high=high,
        p=(rate.p_at_most(threshold), rate.p_at_least(threshold)),
        check=(rate.exact_p_at_most(threshold), rate.exact_p_at_least(threshold)),
        needed=power.cases_for(rate.estimate, threshold, Spread.of_rate(threshold, rate.estimate), level.alpha),
    )


def _constant(values: Values, threshold: float, level: Level, limits: Range) -> _Reading:
    value = float(values[0])
    low, high = bounded.constant_bounds(value, values.size, level.nominal, limits.lowest, limits.highest)
    p = _checks(values, threshold, limits)
    worst = limits.lowest if value > threshold else limits.highest
    return _Reading("exact", low, high, p, p, power.cases_for_constant(value, threshold, worst, level.alpha))


def _mean(values: Values, threshold: float, level: Level, resampled: Bootstrap | None, limits: Range) -> _Reading:
    estimate, spread = mean(values), deviation(values)
    worst = limits.lowest if estimate > threshold else limits.highest
    total = power.cases_for(estimate, threshold, Spread(spread, spread), level.alpha)
    if total is not None and limits.checked and math.isfinite(worst):
        checked = power.cases_for_check(estimate, threshold, spread, worst, 2 * level.alpha)
        total = None if checked is None else max(total, checked)
    check = _checks(values, threshold, limits) if limits.checked else (0.0, 0.0)
    if resampled is not None:
        low, high = resampled.bound(level.nominal), resampled.bound(1 - level.nominal)
        p = (resampled.p_at_most(threshold), resampled.p_at_least(threshold))
        return _Reading("bca", low, high, p, check, total)
    error = spread / float(values.size) ** 0.5
    below = float(ndtr((estimate - threshold) / error))
    reach = level.critical * error
    return _Reading("sequential-normal", estimate - reach, estimate + reach, (1 - below, below), check, total)


def _checks(values: Values, threshold: float, limits: Range) -> tuple[float, float]:
    """Without a limit on one side nothing holds for every distribution: that side's check is silent."""
    return (
        bounded.p_at_most(values, threshold, limits.lowest) if math.isfinite(limits.lowest) else 0.0,
        bounded.p_at_least(values, threshold, limits.highest) if math.isfinite(limits.highest) else 0.0,
    )
