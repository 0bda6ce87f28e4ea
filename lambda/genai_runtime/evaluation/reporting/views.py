"""The tables of the page: figures as texts, and a plot for each row."""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from genai_runtime.evaluation.reporting import text
from genai_runtime.evaluation.reporting.advice import next_steps
from genai_runtime.evaluation.reporting.data import CandidateData, RunData, percentile
from genai_runtime.evaluation.reporting.forest import Axis, Row, forest_row, own_axis, share_axis
from genai_runtime.evaluation.reporting.result import undecided_of
from genai_runtime.evaluation.verdict import (
    CandidateResult,
    Decision,
    Interval,
    LimitResult,
    MetricResult,
    StratumResult,
)

MOST_STRATA: Final = 60


@dataclass(frozen=True)
class Line:
    """A row of a table with a forest plot."""

    name: str
    kind: str
    need: str
    cases: str
    estimate: str
    interval: str
    plot: Markup
    change: str
    change_note: str
    worse: bool
    decision: Decision
    reason: str


@dataclass(frozen=True)
class CandidateView:
    """One candidate's part of the page."""

    name: str
    model: str
    prompt: str
    verdict: CandidateResult
    steps: tuple[str, ...]
    passed: str
    pass_note: str
    failed: int
    undecided: int
    cost: str
    first_token: str
    last_token: str
    axis: Axis
    metrics: tuple[Line, ...]
    limits: tuple[Line, ...]
    strata: tuple[Line, ...]
    strata_left_out: int
    strata_attention: bool


def candidate_view(data: RunData, number: int) -> CandidateView:
    """The view of the candidate at a position of the request."""
    candidate = data.candidates[number]
    verdict = data.verdict(candidate.name)
    strata = sorted(
        ((metric, stratum) for metric in verdict.metrics for stratum in metric.strata),
        key=lambda each: text.WORST[each[1].decision],
    )
    axis = share_axis(_shares(data, candidate, verdict))
    return CandidateView(
        name=candidate.name,
        model=candidate.candidate.model,
        prompt=f"{candidate.candidate.prompt.name} v{candidate.candidate.prompt.version}",
        verdict=verdict,
        steps=next_steps(data, verdict),
        passed=text.share(candidate.pass_share),
        pass_note=f"{candidate.passes:,} of {candidate.decided:,}",
        failed=len({*verdict.failed_cases, *verdict.severe_failures}),
        undecided=len(undecided_of(candidate)),
        cost=text.dollars(candidate.cost_per_1000_usd),
        first_token=text.milliseconds(percentile(candidate.measured(lambda each: each.first_token_ms), 0.95)),
        last_token=text.milliseconds(percentile(candidate.measured(lambda each: each.last_token_ms), 0.95)),
        axis=axis,
        metrics=tuple(
            _metric(data, candidate, metric, axis, f"m{number}-{row}") for row, metric in enumerate(verdict.metrics)
        ),
        limits=tuple(_limit(limit, f"l{number}-{row}") for row, limit in enumerate(verdict.limits)),
        strata=tuple(
            _stratum(metric, stratum, axis, f"s{number}-{row}")
            for row, (metric, stratum) in enumerate(strata[:MOST_STRATA])
        ),
        strata_left_out=max(len(strata) - MOST_STRATA, 0),
        strata_attention=any(stratum.decision != "PROMOTE" for _, stratum in strata),
    )


def baseline_of(data: RunData, candidate: CandidateData, metric: MetricResult) -> float | None:
    """The baseline's mean on the cases that both have; the estimate less the difference where its cases are gone."""
    if metric.comparison is None:
        return None
    if data.baseline is not None:
        common = [
            other
            for outcome in candidate.outcomes
            if outcome.value(metric.name) is not None
            and (released := data.baseline.by_case.get(outcome.case.id)) is not None
            and (other := released.value(metric.name)) is not None
        ]
        if common:
            return sum(common) / len(common)
    return None if metric.estimate is None else metric.estimate - metric.comparison.difference


def _shares(data: RunData, candidate: CandidateData, verdict: CandidateResult) -> list[float]:
    """Everything that the candidate's common axis has to hold."""
    found: list[float | None] = []
    for metric in verdict.metrics:
        found += [metric.threshold, metric.estimate, baseline_of(data, candidate, metric)]
        found += [metric.interval.low, metric.interval.high] if metric.interval else []
        for stratum in metric.strata[:MOST_STRATA]:
            found += [stratum.interval.low, stratum.interval.high] if stratum.cases else []
    return [value for value in found if value is not None]


def _metric(data: RunData, candidate: CandidateData, metric: MetricResult, axis: Axis, uid: str) -> Line:
    baseline, compared = baseline_of(data, candidate, metric), metric.comparison
    need = f"at least {metric.threshold:g}"
    described = [f"Estimate {text.figure(metric.estimate)}", _interval_words(metric.interval), f"threshold {need}"]
    if baseline is not None:
        described.append(f"baseline {text.figure(baseline)}")
    cases = text.count(metric.cases, "case")
    return Line(
        name=metric.name,
        kind="gating" if metric.gating else "informative",
        need=need,
        cases=f"{cases}, {metric.undecided:,} undecided" if metric.undecided else cases,
        estimate=text.figure(metric.estimate),
        interval=text.span(metric.interval),
        plot=forest_row(
            axis,
            Row(
                title=metric.name, description=f"{', '.join(described)}. {metric.decision}.", estimate=metric.estimate,
                interval=metric.interval, threshold=metric.threshold, decision=metric.decision, baseline=baseline,
            ),
            uid,
        ),
        change=text.signed(compared.difference) if compared else text.NONE,
        change_note=text.signed_span(compared.interval) if compared else "",
        worse=bool(compared and compared.significant),
        decision=metric.decision,
        reason=metric.reason,
    )  # fmt: skip


def _limit(limit: LimitResult, uid: str) -> Line:
    def unit(value: float | None) -> str:
        return text.limit_figure(limit.name, value)

    interval = limit.interval
    values = [limit.limit, limit.estimate or 0.0, interval.high if interval else 0.0]
    name = text.LIMITS[limit.name]
    words = f"{unit(interval.low)} to {unit(interval.high)}" if interval else text.NONE
    return Line(
        name=name,
        kind="",
        need=f"at most {unit(limit.limit)}",
        cases=text.count(limit.cases, "case"),
        estimate=unit(limit.estimate),
        interval=words,
        plot=forest_row(
            own_axis(values),
            Row(
                title=name, description=f"Estimate {unit(limit.estimate)}, interval {words}, limit {unit(limit.limit)}. "
                f"{limit.decision}.", estimate=limit.estimate, interval=interval, threshold=limit.limit,
                decision=limit.decision,
            ),
            uid, grid=False,
        ),
        change=text.NONE,
        change_note="",
        worse=False,
        decision=limit.decision,
        reason=limit.reason,
    )  # fmt: skip


def _stratum(metric: MetricResult, stratum: StratumResult, axis: Axis, uid: str) -> Line:
    name = text.one_line(f"{stratum.tag}: {stratum.value}", 80)
    # Without a decided case, the gate's record holds an interval that says nothing.
    estimate, interval = (stratum.estimate, stratum.interval) if stratum.cases else (None, None)
    return Line(
        name=name,
        kind=metric.name,
        need="",
        cases=text.count(stratum.cases, "case"),
        estimate=text.figure(estimate),
        interval=text.span(interval),
        plot=forest_row(
            axis,
            Row(
                title=f"{metric.name}, {name}", estimate=estimate, interval=interval,
                description=f"Estimate {text.figure(estimate)}, {_interval_words(interval)}. "
                f"{stratum.decision}.", threshold=metric.threshold, decision=stratum.decision,
            ),
            uid,
        ),
        change=text.NONE,
        change_note="",
        worse=False,
        decision=stratum.decision,
        reason="",
    )  # fmt: skip


def _interval_words(interval: Interval | None) -> str:
    if interval is None:
        return "no interval"
    return f"{100 * interval.confidence:g} % interval {text.span(interval)}"
