"""Whether a suite's metrics can be scored, before anything is asked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics.bedrock import shape_of
from genai_runtime.evaluation.metrics.context import no_embedding_model, no_guardrail
from genai_runtime.evaluation.metrics.errors import (
    METRIC_WITHOUT_CASES,
    PATTERN_INVALID,
    SCHEMA_INVALID,
    MetricError,
)
from genai_runtime.evaluation.metrics.registry import OTHER_STEPS, Service, find, known
from genai_runtime.evaluation.metrics.scoring import options_of
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.suite import MetricSpec, Suite


@dataclass(frozen=True)
class Problem:
    """What is wrong with a metric of a suite, or with a case."""

    code: str
    message: str
    metric: str | None = None
    case: str | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def check_metrics(suite: Suite, cases: Sequence[Case] | None = None) -> list[Problem]:
    """Unknown metrics, wrong options, and with the cases also gating metrics that no case can be scored by, and cases
    whose pattern or schema isn't one. Empty: nothing is wrong."""
    problems = [problem for spec in suite.metrics for problem in _spec(spec, cases)]
    return problems + [problem for case in cases or () for problem in _case(case)]


def check_services(suite: Suite, request: RunRequest) -> list[Problem]:
    """Services that the suite's metrics use and the run's request doesn't name, or names wrongly."""
    used = [(spec, known()[spec.registered].uses) for spec in suite.metrics if spec.registered in known()]
    return [
        Problem(error.code, error.message, metric=spec.name)
        for spec, uses in used
        if uses and (error := _unusable(uses, request))
    ]


def _unusable(uses: Service, request: RunRequest) -> MetricError | None:
    try:
        if uses == "guardrail" and request.safety_guardrail is None:
            raise no_guardrail()
        if uses == "embeddings" and not request.embedding_model_id:
            raise no_embedding_model()
        if uses == "embeddings":
            shape_of(str(request.embedding_model_id))
    except MetricError as error:
        return error
    return None


def _spec(spec: MetricSpec, cases: Sequence[Case] | None) -> Iterator[Problem]:
    if spec.registered in OTHER_STEPS:
        return
    try:
        metric = find(spec.registered)
        options_of(spec, metric)
    except MetricError as error:
        yield Problem(error.code, error.message, metric=spec.name)
        return
    in_scope = [case for case in cases or () if not spec.kinds or case.kind in spec.kinds]
    if cases is not None and spec.gating and not any(metric.applies(case) for case in in_scope):
        needs = ", ".join(metric.needs) or "nothing"
        yield Problem(
            METRIC_WITHOUT_CASES,
            f"metric {spec.name!r} is gating, but no case of its kinds has what it needs ({needs}): add such cases, or "
            "drop the metric",
            metric=spec.name,
        )


def _case(case: Case) -> Iterator[Problem]:
    if case.expect.pattern is not None:
        try:
            re.compile(case.expect.pattern)
        except re.error as error:
            yield Problem(
                PATTERN_INVALID,
                f"case {case.id}: expect.pattern {case.expect.pattern!r} is not a regular expression ({error}): correct it",
                case=case.id,
            )
    if case.expect.json_schema is not None:
        from jsonschema import Draft202012Validator, SchemaError

        try:
            Draft202012Validator.check_schema(case.expect.json_schema)
        except SchemaError as error:
            yield Problem(
                SCHEMA_INVALID,
                f"case {case.id}: expect.json_schema is not a JSON Schema of draft 2020-12 ({error.message}): correct it",
                case=case.id,
            )
