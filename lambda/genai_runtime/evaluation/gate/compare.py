"""Two finished runs side by side: paired comparison of every metric that both have, on the cases that both decided."""

from collections.abc import Mapping
from dataclasses import dataclass

from genai_runtime.evaluation.gate.bootstrap import bootstraps
from genai_runtime.evaluation.gate.data import Scores
from genai_runtime.evaluation.gate.errors import NO_COMMON_CASES, GateFailed
from genai_runtime.evaluation.gate.evidence import paired_evidence
from genai_runtime.evaluation.gate.level import Level, holm
from genai_runtime.evaluation.gate.prepare import decided_values
from genai_runtime.evaluation.gate.sample import Values, is_binary, mean, on_grid, rounded
from genai_runtime.evaluation.records import Score
from genai_runtime.evaluation.suite import Suite
from genai_runtime.evaluation.verdict import Comparison


@dataclass(frozen=True)
class ComparedMetric:
    """A metric of two candidates on the same cases; `comparison` is the second's mean less the first's."""

    name: str
    gating: bool
    allowed_regression: float
    first: float
    second: float
    comparison: Comparison


def compare(first: Scores, second: Scores, suite: Suite) -> tuple[ComparedMetric, ...]:
    """Every metric of the suite that both have. Holm's correction is over the gating ones.

    Raises GateFailed (GF-EVAL-255) when no metric has a case that both decided.
    """
    specs = {spec.name: spec for spec in sorted(suite.metrics, key=lambda each: each.name)}
    pairs = {name: pair for name in specs if (pair := _pair(first.get(name, {}), second.get(name, {})))}
    if not pairs:
        raise GateFailed(
            NO_COMMON_CASES, f"the two runs of {suite.name} have no decided case in common: compare runs of one version"
        )
    level = Level.of(suite)
    boots = bootstraps(
        {name: new - old for name, (old, new) in pairs.items() if not (is_binary(old) and is_binary(new))}, suite.seed
    )
    found = {
        name: paired_evidence(new, old, -specs[name].allowed_regression, level, boots.get(name))
        for name, (old, new) in pairs.items()
    }
    worse = holm({name: each.p_at_least for name, each in found.items() if specs[name].gating}, level)
    return tuple(
        ComparedMetric(
            name=name,
            gating=specs[name].gating,
            allowed_regression=specs[name].allowed_regression,
            first=rounded(mean(old)),
            second=rounded(mean(new)),
            comparison=Comparison(
                cases=found[name].cases,
                difference=found[name].estimate,
                interval=found[name].interval,
                p_value=found[name].p_at_least,
                significant=name in worse,
            ),
        )
        for name, (old, new) in pairs.items()
    )


def _pair(first: Mapping[str, Score], second: Mapping[str, Score]) -> tuple[Values, Values] | None:
    old, new = decided_values(first), decided_values(second)
    common = sorted(old.keys() & new.keys())
    return (on_grid(old[case] for case in common), on_grid(new[case] for case in common)) if common else None
