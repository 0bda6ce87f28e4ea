"""Suites, cases and scores for tests of the gate."""

from collections.abc import Mapping, Sequence
from typing import Any

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.gate.data import CandidateData, GateInput
from genai_runtime.evaluation.gate.decide import decide
from genai_runtime.evaluation.records import Score
from genai_runtime.evaluation.suite import MetricSpec, Reference, Suite
from genai_runtime.evaluation.verdict import CandidateResult, LimitResult, MetricResult

Vector = Sequence[float | None]


def suite_of(*metrics: MetricSpec, **further: Any) -> Suite:
    """A suite of these metrics."""
    return Suite(
        name="suite", description="a suite", prompt=Reference(name="prompt", version=1), models=("model",),
        metrics=metrics, **further,
    )  # fmt: skip


def gating(name: str = "exact-match", threshold: float = 0.8, **further: Any) -> MetricSpec:
    """A gating metric."""
    return MetricSpec(name=name, gating=True, threshold=threshold, **further)


def ids(count: int) -> list[str]:
    """Ids of cases."""
    return [f"case-{number:04}" for number in range(count)]


def cases_of(count: int, tags: Sequence[Mapping[str, str]] = ({},), **further: Any) -> dict[str, Case]:
    """Cases, whose tags repeat."""
    kind = further.pop("kind", "quality")
    return {
        each: Case(id=each, kind=kind, prompt="?", origin="generated", tags=dict(tags[number % len(tags)]), **further)
        for number, each in enumerate(ids(count))
    }


def scores_of(metric: str, values: Vector, pass_at: float = 1.0) -> dict[str, Score]:
    """One score for each case, in the order of the ids."""
    return {
        case: Score(metric=metric, value=value, passed=None if value is None else value >= pass_at)
        for case, value in zip(ids(len(values)), values, strict=True)
    }


def passes(passed: int, cases: int) -> list[float]:
    """That many ones, then zeros."""
    return [1.0] * passed + [0.0] * (cases - passed)


def candidate_of(
    vectors: Mapping[str, Vector], baseline: Mapping[str, Vector] | None = None, **further: Any
) -> CandidateData:
    """A candidate with these values."""
    count = max((len(values) for values in vectors.values()), default=0)
    return CandidateData(
        name="candidate",
        asked=frozenset(ids(count)),
        scores={name: scores_of(name, values) for name, values in vectors.items()},
        baseline={name: scores_of(name, values) for name, values in (baseline or {}).items()},
        **further,
    )


def verdict(
    suite: Suite, vectors: Mapping[str, Vector], baseline: Mapping[str, Vector] | None = None,
    *, cases: Mapping[str, Case] | None = None, run: Mapping[str, Any] | None = None, **further: Any,
) -> CandidateResult:  # fmt: skip
    """The verdict on one candidate; `further` goes to its data, `run` to the gate's input."""
    data = candidate_of(vectors, baseline, **further)
    given = GateInput("run", suite, cases or cases_of(len(data.asked)), (data,), **(run or {}))
    return decide(given).candidates[0]


def metric(result: CandidateResult, name: str = "exact-match") -> MetricResult:
    """One metric of a verdict."""
    return next(each for each in result.metrics if each.name == name)


def limit(result: CandidateResult, name: str) -> LimitResult:
    """One limit of a verdict."""
    return next(each for each in result.limits if each.name == name)
