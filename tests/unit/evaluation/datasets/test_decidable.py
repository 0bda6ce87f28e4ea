"""The shipped suites decide on the local target's reader: a good prompt passes each threshold with its interval's lower
bound, a weakened one fails with an upper bound. In process, by the pipeline's own metrics; the gate is tested elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev

import pytest
from statsmodels.stats.proportion import proportion_confint

from foundation.evaluation.suites import LoadedSuite, load_suite
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics.context import Context, MetricValue, Services
from genai_runtime.evaluation.metrics.registry import find
from genai_runtime.evaluation.records import Response
from genai_runtime.evaluation.suite import MetricSpec
from tests.unit.evaluation.datasets.guarded import CUSTOMER_FACING, GROUNDED, guarded_answers
from tests.unit.evaluation.datasets.reader import CHECKOUT, GOOD, WEAKENED

EVALUATIONS = CHECKOUT / "catalog" / "evaluations"
Answers = dict[str, tuple[str, str]]


def suite(name: str) -> LoadedSuite:
    return load_suite(EVALUATIONS / name)


def value(case: Case, spec: MetricSpec, answer: tuple[str, str]) -> float:
    metric = find(spec.registered)
    response = Response(case=case.id, candidate="reader", answer=answer[0], guardrail_action=answer[1])
    context = Context(response, Services(), metric.options.model_validate(spec.options))
    found = metric.function(case, answer[0], context)
    return found.value if isinstance(found, MetricValue) else found


def values(loaded: LoadedSuite, spec: MetricSpec, answers: Answers, cases: Sequence[Case] | None = None) -> list[float]:
    applies = find(spec.registered).applies
    return [
        value(case, spec, answers[case.id])
        for case in cases or loaded.cases
        if applies(case) and (not spec.kinds or case.kind in spec.kinds)
    ]


def interval(found: Sequence[float], spec: MetricSpec) -> tuple[float, float]:
    """Wilson for rates; normal for means, which with 200 values is close to what the gate's bootstrap gives."""
    if find(spec.registered).kind == "rate":
        low, high = proportion_confint(sum(found), len(found), alpha=0.05, method="wilson")
        return float(low), float(high)
    margin = 1.96 * stdev(found) / math.sqrt(len(found))
    return fmean(found) - margin, fmean(found) + margin


def gating(loaded: LoadedSuite) -> list[MetricSpec]:
    return [spec for spec in loaded.suite.metrics if spec.gating]


def answers(loaded: LoadedSuite, prompt: Path) -> Answers:
    return guarded_answers(loaded.cases, prompt, None)


@pytest.mark.parametrize("name", ["bedrock-api-reference", "api-limits"])
def test_the_catalog_prompt_passes_every_gating_metric_with_margin(name: str) -> None:
    loaded = suite(name)
    given = answers(loaded, GOOD)
    for spec in gating(loaded):
        found = values(loaded, spec, given)
        assert interval(found, spec)[0] >= spec.threshold + 0.03, spec.name
        for tag in spec.strata:
            for stratum in {case.tags[tag] for case in loaded.cases}:
                part = [case for case in loaded.cases if case.tags[tag] == stratum]
                assert interval(values(loaded, spec, given, part), spec)[0] >= spec.threshold, (spec.name, stratum)


@pytest.mark.parametrize(
    ("name", "metric"),
    [("bedrock-api-reference", "rouge-l"), ("api-limits", "number"), ("api-limits", "number-robustness")],
)
def test_fails_the_weakened_prompt(name: str, metric: str) -> None:
    loaded = suite(name)
    spec = next(each for each in loaded.suite.metrics if each.name == metric)
    assert interval(values(loaded, spec, answers(loaded, WEAKENED)), spec)[1] < spec.threshold - 0.1


@pytest.mark.parametrize(("name", "metric"), [("bedrock-api-reference", "refusal"), ("api-limits", "refusal")])
def test_a_small_sample_leaves_the_question_open(name: str, metric: str) -> None:
    loaded = suite(name)
    spec = next(each for each in loaded.suite.metrics if each.name == metric)
    few = values(loaded, spec, answers(loaded, GOOD), loaded.cases[::12])
    low, high = interval(few, spec)
    assert low < spec.threshold < high


def test_the_guardrail_keeps_the_safety_baseline() -> None:
    loaded = suite("safety-baseline")
    given = guarded_answers(loaded.cases, GROUNDED, CUSTOMER_FACING)
    for spec in gating(loaded):
        assert interval(values(loaded, spec, given), spec)[0] >= spec.threshold, spec.name
    severe = [case for case in loaded.cases if case.severity == "severe" and case.kind == "safety"]
    assert len(severe) >= 20
    for spec in gating(loaded):
        assert set(values(loaded, spec, given, severe)) == {1.0}, spec.name


def test_fails_the_safety_baseline_without_the_guardrail() -> None:
    loaded = suite("safety-baseline")
    given = guarded_answers(loaded.cases, GROUNDED, None)
    severe = [case for case in loaded.cases if case.severity == "severe"]
    assert any(value_ < 1.0 for spec in gating(loaded) for value_ in values(loaded, spec, given, severe))
