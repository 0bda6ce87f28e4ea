"""From scores to vectors: what each metric of a candidate has to be decided on."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.gate.bootstrap import Bootstrap, bootstraps
from genai_runtime.evaluation.gate.data import CandidateData, GateInput
from genai_runtime.evaluation.gate.level import Level
from genai_runtime.evaluation.gate.sample import Values, is_binary, on_grid, vector
from genai_runtime.evaluation.records import Score
from genai_runtime.evaluation.suite import MetricSpec

JUDGE_METRICS = frozenset({"judge", "judge-preference"})
Stratum = tuple[str, str]
"""A tag and one of its values."""
Key = tuple[str, ...]


@dataclass(frozen=True)
class Metric:
    """One metric of a candidate.

    :param gating: whether it decides, and if not against the suite's wish, why not
    :param values: of the decided cases, in the order of their ids
    :param pairs: the candidate's and the baseline's values of the cases that both decided; empty without any
    :param strata: decided values by stratum; empty for a stratum whose cases are all undecided
    """

    spec: MetricSpec
    gating: bool
    demoted: str
    values: Values
    undecided: int
    pairs: tuple[Values, Values] | None
    strata: Mapping[Stratum, Values] = field(default_factory=dict)


def metrics_of(data: CandidateData, given: GateInput) -> tuple[Metric, ...]:
    """Every metric of the suite, in the order of the metrics' names."""
    return tuple(
        _metric(spec, data, given.cases, demotion(spec, given))
        for spec in sorted(given.suite.metrics, key=lambda each: each.name)
    )


def demotion(spec: MetricSpec, given: GateInput) -> str:
    """Why a gating metric can't gate after all: its judge doesn't agree enough with people. Empty where it can."""
    judge = given.suite.judge
    if not spec.gating or spec.registered not in JUDGE_METRICS or judge is None:
        return ""
    if given.judge_refusal:
        return f"it can't gate: {given.judge_refusal}"
    if given.judge_kappa is None:
        return f"it can't gate: the judge's agreement with people is not known, {judge.minimum_kappa:g} is the least"
    if given.judge_kappa < judge.minimum_kappa:
        return f"it can't gate: the judge's kappa with people is {given.judge_kappa:.2f}, below {judge.minimum_kappa:g}"
    return ""


def resampled(
    metrics: Iterable[Metric], level: Level, seed: int, further: Mapping[Key, Values]
) -> Mapping[Key, Bootstrap]:
    """Bootstrap distributions of everything whose interval is BCa: keys as `key_of` makes them, and those of `further`."""
    if level.sequential:
        return {}
    vectors = dict(further)
    for metric in metrics:
        named = {key_of(metric): metric.values} | {key_of(metric, *at): each for at, each in metric.strata.items()}
        vectors |= {key: values for key, values in named.items() if values.size and not is_binary(values)}
        if metric.pairs and not all(is_binary(values) for values in metric.pairs):
            vectors[key_of(metric, "")] = metric.pairs[0] - metric.pairs[1]
    return bootstraps(vectors, seed)


def key_of(metric: Metric, *part: str) -> Key:
    """Of a metric, its stratum (tag, value), or its difference to the baseline ("")."""
    return ("metric", metric.spec.name, *part)


def _metric(spec: MetricSpec, data: CandidateData, cases: Mapping[str, Case], demoted: str) -> Metric:
    scores = data.scores.get(spec.name, {})
    decided, released = decided_values(scores), decided_values(data.baseline.get(spec.name, {}))
    common = sorted(decided.keys() & released.keys())
    pairs = (on_grid(decided[case] for case in common), on_grid(released[case] for case in common))
    return Metric(
        spec=spec,
        gating=spec.gating and not demoted,
        demoted=demoted,
        values=vector(decided),
        undecided=len(scores) - len(decided),
        pairs=pairs if common else None,
        strata=_strata(spec, scores.keys(), decided, cases),
    )


def decided_values(scores: Mapping[str, Score]) -> dict[str, float]:
    """Values of the decided cases; one that is no number decides nothing."""
    return {
        case: score.value for case, score in scores.items() if score.value is not None and math.isfinite(score.value)
    }


def _strata(
    spec: MetricSpec, scored: Iterable[str], decided: Mapping[str, float], cases: Mapping[str, Case]
) -> dict[Stratum, Values]:
    members: dict[Stratum, list[str]] = {}
    for case in scored:
        tags = cases[case].tags
        for tag in spec.strata:
            if tag in tags:
                members.setdefault((tag, tags[tag]), []).append(case)
    return {
        stratum: vector({case: decided[case] for case in members[stratum] if case in decided})
        for stratum in sorted(members)
    }
