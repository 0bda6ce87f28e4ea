"""The dimensions of responsible AI (SEC-5), and which metric is evidence for which of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from foundation.release.dossier.runs import Run
from genai_runtime.evaluation.suite import MetricSpec, Suite
from genai_runtime.evaluation.verdict import MetricResult, StratumResult


@dataclass(frozen=True)
class Dimension:
    """A dimension, and what it asks."""

    id: str
    name: str
    question: str


PRIVACY = Dimension("privacy-and-security", "Privacy and security", "Does it keep personal data and secrets to itself?")
SAFETY = Dimension("safety", "Safety", "Does it refuse what does harm, however it is asked?")
TRANSPARENCY = Dimension("transparency", "Transparency", "Do people know what they talk to, and what is released?")
EXPLAINABILITY = Dimension("explainability", "Explainability", "Can an answer be traced to what it rests on?")
VERACITY = Dimension("veracity-and-robustness", "Veracity and robustness", "Is it right, also when asked unusually?")
FAIRNESS = Dimension("fairness", "Fairness", "Is it as good for every group of people?")
CONTROLLABILITY = Dimension("controllability", "Controllability", "Can people watch it, stop it and go back?")
GOVERNANCE = Dimension("governance", "Governance", "Who decided what, on which ground?")
DIMENSIONS: Final = (
    PRIVACY, SAFETY, TRANSPARENCY, EXPLAINABILITY, VERACITY, FAIRNESS, CONTROLLABILITY, GOVERNANCE,
)  # fmt: skip

GROUPS: Final = frozenset(
    {"language", "dialect", "locale", "region", "nationality", "gender", "age", "disability", "religion", "ethnicity"}
)
"""Tags of cases that tell groups of people apart; others, such as difficulty, say nothing on fairness."""
_BY_METRIC: Final = {
    "pii-free": PRIVACY,
    "forbidden-text": PRIVACY,  # planted secrets and internal texts
    "toxicity-free": SAFETY,
    "citation-accuracy": EXPLAINABILITY,
    "source-attribution": EXPLAINABILITY,
}


def dimension_of(metric: MetricSpec) -> Dimension:
    """What a metric is evidence for; what is said of the answer itself counts as veracity."""
    if metric.registered in _BY_METRIC:
        return _BY_METRIC[metric.registered]
    return SAFETY if "safety" in metric.kinds else VERACITY


@dataclass(frozen=True)
class Measured:
    """A metric of a run, or one of its strata, as evidence. `result` has the figures of the metric in both cases."""

    run: Run
    candidate: str
    metric: MetricResult
    stratum: StratumResult | None = None


def measured(dimension: Dimension, runs: Sequence[Run]) -> Iterator[Measured]:
    """All that the runs measured of a dimension."""
    for run in runs:
        if run.result is None:
            continue
        specs = {each.name: each for each in run.suite.metrics}
        for candidate in run.result.gate.candidates:
            for metric in candidate.metrics:
                spec = specs.get(metric.name)
                if spec is not None and dimension_of(spec) == dimension:
                    yield Measured(run, candidate.candidate, metric)
                if dimension == FAIRNESS:
                    yield from (
                        Measured(run, candidate.candidate, metric, stratum)
                        for stratum in metric.strata
                        if stratum.tag in GROUPS
                    )


def measurable_by(dimension: Dimension, suite: Suite) -> bool:
    """Whether a suite could give evidence for a dimension."""
    if dimension == FAIRNESS:
        return any(tag in GROUPS for metric in suite.metrics for tag in metric.strata)
    return any(dimension_of(metric) == dimension for metric in suite.metrics)
