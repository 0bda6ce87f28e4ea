"""The decision on each metric of a candidate."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from genai_runtime.evaluation.gate.bootstrap import Bootstrap
from genai_runtime.evaluation.gate.evidence import Evidence, evidence, paired_evidence
from genai_runtime.evaluation.gate.level import Level
from genai_runtime.evaluation.gate.power import MOST_CASES
from genai_runtime.evaluation.gate.prepare import Key, Metric, Stratum, key_of
from genai_runtime.evaluation.gate.sample import is_binary
from genai_runtime.evaluation.verdict import Comparison, Decision, Interval, MetricResult, StratumResult

_NOTHING = Interval(low=0.0, high=1.0, method="exact", confidence=1.0)


@dataclass(frozen=True)
class Weighed:
    """A metric with what its values tell, before anything is corrected for multiplicity."""

    metric: Metric
    whole: Evidence | None
    paired: Evidence | None
    strata: Mapping[Stratum, Evidence | None]


def weigh(metric: Metric, level: Level, boots: Mapping[Key, Bootstrap]) -> Weighed:
    """All intervals and p-values of a metric. None where no case is decided."""
    spec = metric.spec
    paired = None
    if metric.pairs:
        boot = boots.get(key_of(metric, ""))
        paired = paired_evidence(*metric.pairs, -spec.allowed_regression, level, boot)
    return Weighed(
        metric,
        whole=_evidence(metric, level, boots, ()),
        paired=paired,
        strata={stratum: _evidence(metric, level, boots, stratum) for stratum in metric.strata},
    )


def _evidence(
    metric: Metric, level: Level, boots: Mapping[Key, Bootstrap], stratum: tuple[()] | Stratum
) -> Evidence | None:
    values = metric.strata[stratum] if stratum else metric.values
    if not values.size:
        return None
    return evidence(values, metric.spec.threshold, level, boots.get(key_of(metric, *stratum)))


@dataclass(frozen=True)
class Refused:
    """What remains significant after Holm's correction.

    :param metrics: gating metrics whose true value is below the threshold
    :param regressions: gating metrics that are worse than the baseline by more than allowed
    :param beside: strata of gating metrics, and limits by name, as keys of `prepare.Key`
    """

    metrics: frozenset[str]
    regressions: frozenset[str]
    beside: frozenset[Key]


def metric_result(weighed: Weighed, refused: Refused, level: Level, minimum: int) -> MetricResult:
    """The verdict on one metric."""
    metric, whole = weighed.metric, weighed.whole
    name = metric.spec.name
    strata = tuple(_stratum(weighed, stratum, refused) for stratum in metric.strata)
    # An informative metric is in no family: its own test stands alone.
    below = name in refused.metrics if metric.gating else whole is not None and whole.p_at_least <= level.nominal
    decision, reason = _decision(weighed, strata, below and whole is not None and whole.refuted, refused, minimum)
    return MetricResult(
        name=name,
        kind="rate" if whole and is_binary(metric.values) else "mean",
        gating=metric.gating,
        threshold=metric.spec.threshold,
        cases=int(metric.values.size),
        undecided=metric.undecided,
        estimate=whole.estimate if whole else None,
        interval=whole.interval if whole else None,
        p_value=whole.p_at_most if whole else None,
        comparison=_comparison(weighed, refused),
        strata=strata,
        decision=decision,
        reason="; ".join(part for part in (reason, metric.demoted) if part),
        cases_needed=_needed(weighed, strata, refused, minimum) if decision == "HOLD" else None,
    )


def _stratum(weighed: Weighed, stratum: Stratum, refused: Refused) -> StratumResult:
    found = weighed.strata[stratum]
    below = key_of(weighed.metric, *stratum) in refused.beside
    decision: Decision = "HOLD"
    if found is not None and found.shown:
        decision = "PROMOTE"
    elif found is not None and found.refuted and below:
        decision = "REJECT"
    return StratumResult(
        tag=stratum[0],
        value=stratum[1],
        cases=found.cases if found else 0,
        estimate=found.estimate if found else 0.0,
        interval=found.interval if found else _NOTHING,
        decision=decision,
    )


def _comparison(weighed: Weighed, refused: Refused) -> Comparison | None:
    paired = weighed.paired
    if paired is None:
        return None
    return Comparison(
        cases=paired.cases,
        difference=paired.estimate,
        interval=paired.interval,
        p_value=paired.p_at_least,
        significant=weighed.metric.spec.name in refused.regressions,
    )


def _decision(
    weighed: Weighed, strata: Sequence[StratumResult], below: bool, refused: Refused, minimum: int
) -> tuple[Decision, str]:
    spec, whole = weighed.metric.spec, weighed.whole
    if whole is None:
        return "HOLD", "no case is decided"
    said = f"{spec.name} is {shown(whole.estimate, whole.interval)} over {whole.cases} cases"
    if whole.cases < minimum:
        return "HOLD", f"{said}: fewer than the {minimum} cases that a decision takes"
    if below:
        return "REJECT", f"{said}: below {spec.threshold:g}"
    failed = [each for each in strata if each.decision == "REJECT"]
    if failed:
        return "REJECT", f"{said}, but {'; '.join(_told(each) for each in failed)}: below {spec.threshold:g}"
    if not whole.shown:
        return "HOLD", f"{said}: {_open(whole, spec.threshold)}"
    if spec.name in refused.regressions and weighed.paired:
        worse = shown(weighed.paired.estimate, weighed.paired.interval, signed=True)
        return "HOLD", f"{said}, but {worse} against the baseline: worse by more than {spec.allowed_regression:g}"
    unclear = [each for each in strata if each.decision == "HOLD"]
    if unclear:
        return "HOLD", f"{said}, but {'; '.join(_told(each) for each in unclear)}: not sure of {spec.threshold:g}"
    return "PROMOTE", f"{said}: at least {spec.threshold:g}"


def _open(whole: Evidence, threshold: float) -> str:
    if whole.interval.low >= threshold:
        return f"too few cases to exclude that rare bad ones pull it below {threshold:g}"
    if whole.interval.high < threshold:
        return f"below {threshold:g}, but not beyond doubt among this many comparisons"
    return f"it may lie on either side of {threshold:g}"


def _told(stratum: StratumResult) -> str:
    name = f"{stratum.tag} {stratum.value}"
    return (
        f"{name} is {shown(stratum.estimate, stratum.interval)} over {stratum.cases} cases" if stratum.cases else name
    )


def shown(estimate: float, interval: Interval, *, signed: bool = False) -> str:
    """An estimate with its interval, as reasons say it."""
    sign = "+" if signed else ""
    return f"{estimate:{sign}.4g} ({interval.low:{sign}.4g} to {interval.high:{sign}.4g})"


def _needed(weighed: Weighed, strata: Sequence[StratumResult], refused: Refused, minimum: int) -> int | None:
    """Further cases of this metric after which nothing of it would be open; None where no number helps."""
    whole = weighed.whole
    if whole is None:
        return minimum
    if weighed.metric.spec.name in refused.regressions and whole.shown:
        return None
    further = [minimum - whole.cases]
    if not whole.shown:
        if whole.needed is None:
            return None
        further.append(max(1, whole.needed - whole.cases))
    for result in strata:
        found = weighed.strata[(result.tag, result.value)]
        if result.decision != "HOLD":
            continue
        if found is None or found.needed is None:
            return None
        # Further cases come in the sample's proportions, so that a stratum gets its share of them.
        further.append(math.ceil(max(1, found.needed - found.cases) * whole.cases / found.cases))
    most = max(further)
    return most if 0 < most <= MOST_CASES else None
