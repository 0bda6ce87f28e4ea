"""Scores answers by the metrics of a suite. Whatever one metric does, the other metrics and cases have their scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import ValidationError

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics import ngrams
from genai_runtime.evaluation.metrics.context import Context, MetricValue, Options, Services
from genai_runtime.evaluation.metrics.errors import (
    METRIC_FAILED,
    METRIC_TIMEOUT,
    OPTION_INVALID,
    VALUE_INVALID,
    MetricError,
)
from genai_runtime.evaluation.metrics.grounding import CitationOptions
from genai_runtime.evaluation.metrics.limit import Limit, TooLong, alarm
from genai_runtime.evaluation.metrics.refusal import DEFAULT, RefusalOptions
from genai_runtime.evaluation.metrics.registry import OTHER_STEPS, Metric, find
from genai_runtime.evaluation.patterns import pattern_of
from genai_runtime.evaluation.records import INFRASTRUCTURE, CallError, Response, Score, ScoredCase
from genai_runtime.evaluation.suite import MetricSpec, Suite

Asked: TypeAlias = tuple[Case, Response]
SECONDS_PER_METRIC = 10.0
"""For one answer; far above what any metric of ours takes for 100,000 characters."""
_DETAIL = 500


@dataclass(frozen=True)
class _Chosen:
    """A metric of the suite with its options; or why it can't be used."""

    spec: MetricSpec
    metric: Metric | None
    options: Options
    error: MetricError | None = None

    def applies(self, case: Case) -> bool:
        if self.spec.kinds and case.kind not in self.spec.kinds:
            return False
        return self.metric is None or self.metric.applies(case)


class Scorer:
    """The metrics of a suite, ready to score. A metric that can't be used leaves its cases undecided."""

    def __init__(self, suite: Suite) -> None:
        self._chosen = tuple(_choose(spec) for spec in suite.metrics if spec.registered not in OTHER_STEPS)
        options = [each.options for each in self._chosen]
        self._refusal = next((each for each in options if isinstance(each, RefusalOptions)), DEFAULT)
        self._citation = next(
            (each for each in options if isinstance(each, CitationOptions)), CitationOptions()
        ).pattern

    def score(self, asked: Sequence[Asked], services: Services) -> tuple[ScoredCase, ...]:
        """All cases in their order. Deterministic as far as the services and plug-ins are."""
        answered = [(case, response.answer or "") for case, response in asked if response.error is None]
        unprepared = {id(each): error for each in self._chosen if (error := _prepare(each, answered, services))}
        services.wait()  # here, so that a metric's limit counts only its own time
        with alarm() as limit:
            scored = tuple(self._case(case, response, services, unprepared, limit) for case, response in asked)
        ngrams.forget()
        return scored

    def _case(
        self, case: Case, response: Response, services: Services, unprepared: dict[int, MetricError], limit: Limit
    ) -> ScoredCase:
        chosen = [each for each in self._chosen if each.applies(case)]
        scores = tuple(
            _undecided(each.spec, unprepared[id(each)])
            if id(each) in unprepared
            else _score(each, case, response, services, limit)
            for each in chosen
        )
        failed = [
            each.metric for each, score in zip(chosen, scores, strict=True) if score.passed is False and each.metric
        ]
        return ScoredCase(
            case=case.id,
            candidate=response.candidate,
            scores=scores,
            pattern=pattern_of(case, response, failed, self._refusal, self._citation),
        )


def options_of(spec: MetricSpec, metric: Metric) -> Options:
    """The options of a metric of a suite. Raises MetricError (GF-EVAL-151) with all that is wrong."""
    try:
        return metric.options.model_validate(spec.options)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        names = ", ".join(metric.options.model_fields) or "none"
        raise MetricError(
            OPTION_INVALID,
            f"metric {spec.name!r} has invalid options ({wrong}): the options of {metric.name} are {names}",
        ) from None


def _choose(spec: MetricSpec) -> _Chosen:
    try:
        metric = find(spec.registered)
        return _Chosen(spec, metric, options_of(spec, metric))
    except MetricError as error:
        return _Chosen(spec, None, Options(), error)


def _prepare(chosen: _Chosen, answered: Sequence[tuple[Case, str]], services: Services) -> MetricError | None:
    """Import the metric's libraries and fetch in bulk what it needs; why that can't be."""
    metric = chosen.metric
    if chosen.error or metric is None:
        return chosen.error
    try:
        if metric.imports and any(chosen.applies(case) for case, _ in answered):
            metric.load()
        if metric.prepare:
            metric.prepare([(case, answer) for case, answer in answered if chosen.applies(case)], services)
    except MetricError as error:
        return error
    except Exception as error:  # noqa: BLE001 a plug-in's fault, which its scores tell
        return _fault(chosen.spec, error)
    return None


def _score(chosen: _Chosen, case: Case, response: Response, services: Services, limit: Limit) -> Score:
    if response.error is not None:
        return _without_answer(chosen.spec, response.error)
    if chosen.metric is None:
        raise ValueError(f"metric {chosen.spec.name} has neither a function nor an error")
    context = Context(response, services, chosen.options)
    try:
        limit(SECONDS_PER_METRIC)
        try:
            given = chosen.metric.function(case, response.answer or "", context)
        finally:
            limit(0)
        return _valid(chosen.spec, chosen.metric, given)
    except MetricError as error:
        return _undecided(chosen.spec, error)
    except TooLong:
        return _undecided(
            chosen.spec,
            MetricError(
                METRIC_TIMEOUT,
                f"metric {chosen.spec.name!r} took longer than {SECONDS_PER_METRIC:g} s: simplify its pattern or schema, "
                "or have the plug-in corrected",
            ),
        )
    except Exception as error:  # noqa: BLE001 whatever a metric raises is this score's, not the run's
        return _undecided(chosen.spec, _fault(chosen.spec, error))


def _valid(spec: MetricSpec, metric: Metric, given: float | MetricValue) -> Score:
    told, detail = (given.value, given.detail) if isinstance(given, MetricValue) else (given, "")
    value = float(told)
    if not 0 <= value <= 1 or (metric.kind == "rate" and value not in (0, 1)):
        wanted = "0 or 1" if metric.kind == "rate" else "from 0 to 1"
        raise MetricError(
            VALUE_INVALID, f"metric {metric.name!r} gave {value}, which is not {wanted}: have its function corrected"
        )
    passed = value >= spec.pass_at
    return Score(metric=spec.name, value=value, passed=passed, detail="" if passed else detail[:_DETAIL])


def _without_answer(spec: MetricSpec, error: CallError) -> Score:
    """Infrastructure says nothing about the candidate; any other error is a failed case."""
    detail = f"{error.error_class}: {error.code}: {error.message}"[:_DETAIL]
    if error.error_class in INFRASTRUCTURE:
        return Score(metric=spec.name, value=None, passed=None, detail=detail)
    return Score(metric=spec.name, value=0.0, passed=spec.pass_at <= 0, detail=detail)


def _undecided(spec: MetricSpec, error: MetricError) -> Score:
    return Score(metric=spec.name, value=None, passed=None, detail=str(error)[:_DETAIL])


def _fault(spec: MetricSpec, error: Exception) -> MetricError:
    return MetricError(
        METRIC_FAILED,
        f"metric {spec.name!r} raised {type(error).__name__} ({error}): have its function, or the case, corrected",
    )
