"""Cases, responses and suites for tests of metrics, and a metric's value for one answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genai_runtime.evaluation.case import Case, Expectation
from genai_runtime.evaluation.metrics.context import Services
from genai_runtime.evaluation.metrics.scoring import Scorer
from genai_runtime.evaluation.records import CallError, ErrorClass, Response, Score, ScoredCase
from genai_runtime.evaluation.suite import MetricSpec, Reference, Suite

NOTHING = Services()


def case(reference: str | None = None, *, expect: Mapping[str, Any] | None = None, **more: Any) -> Case:
    given = {"id": "c-1", "kind": "quality", "prompt": "?", "origin": "hand-written", "reference": reference, **more}
    return Case.model_validate({**given, "expect": Expectation.model_validate(expect or {})})


def response(answer: str | None, **more: Any) -> Response:
    return Response(case="c-1", candidate="candidate", answer=answer, **more)


def failed(error_class: ErrorClass) -> Response:
    return response(None, error=CallError(error_class=error_class, code="SomeException", message="no answer"))


def spec(name: str, **more: Any) -> MetricSpec:
    return MetricSpec.model_validate({"name": name, "gating": True, "threshold": 0.5, **more})


def suite(*specs: MetricSpec | str) -> Suite:
    metrics = tuple(spec(each) if isinstance(each, str) else each for each in specs)
    return Suite(name="suite", description="d", prompt=Reference(name="p", version=1), models=("m",), metrics=metrics)


def scored(
    metric: MetricSpec | str, asked: Case, answer: str | Response, services: Services = NOTHING, **options: Any
) -> ScoredCase:
    wanted = spec(metric, options=options) if isinstance(metric, str) else metric
    given = response(answer) if isinstance(answer, str) else answer
    (found,) = Scorer(suite(wanted)).score([(asked, given)], services)
    return found


def score(
    metric: MetricSpec | str, asked: Case, answer: str | Response, services: Services = NOTHING, **options: Any
) -> Score:
    (found,) = scored(metric, asked, answer, services, **options).scores
    return found


def value(metric: str, asked: Case, answer: str | Response, services: Services = NOTHING, **options: Any) -> float:
    found = score(metric, asked, answer, services, **options)
    assert found.value is not None, found.detail
    return found.value
