"""What a run measured, as MLflow metrics. Names are `metric/figure`, of a stratum `metric/tag/value/figure`."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from genai_runtime.evaluation.records import Response
from genai_runtime.evaluation.tracking.limits import key
from genai_runtime.evaluation.verdict import CandidateResult, Interval, LimitResult, MetricResult, RunResult

PERCENTILES: Final = (50, 90, 95, 99)
_Figure = tuple[str, float | None]


def of_run(result: RunResult) -> dict[str, float]:
    """Figures of the run as a whole."""
    gate = result.gate
    promoted = sum(each.decision == "PROMOTE" for each in gate.candidates)
    return _fitting(
        [
            ("candidates", len(gate.candidates)),
            ("candidates_promoted", promoted),
            ("looks", gate.look),
            ("calls", result.calls),
            ("throttled_calls", result.throttled_calls),
            ("cost_usd", result.cost_usd),
            ("judge_kappa", gate.judge_kappa),
            ("reviewer_agreement", gate.reviewer_agreement),
        ]
    )


def of_candidate(result: CandidateResult, responses: Sequence[Response]) -> dict[str, float]:
    """A candidate's figures: each metric with its interval, strata, limits; latency, tokens and cost of its calls."""
    figures: list[_Figure] = [
        ("cases", result.cases),
        ("failed_cases", len(result.failed_cases)),
        ("severe_failures", len(result.severe_failures)),
        ("cases_needed", result.cases_needed),
    ]
    for metric in result.metrics:
        figures += _metric(metric)
    for limit in result.limits:
        figures += _limit(limit)
    return _fitting([*figures, *_calls(responses)])


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of the values don't exceed (nearest rank)."""
    return sorted(values)[max(math.ceil(percent / 100 * len(values)), 1) - 1]


def _metric(metric: MetricResult) -> Iterator[_Figure]:
    yield from _estimated(metric.name, metric.estimate, metric.interval)
    yield f"{metric.name}/threshold", metric.threshold
    yield f"{metric.name}/cases", metric.cases
    yield f"{metric.name}/undecided", metric.undecided
    yield f"{metric.name}/p_value", metric.p_value
    yield f"{metric.name}/cases_needed", metric.cases_needed
    if metric.comparison:
        yield from _estimated(
            f"{metric.name}/baseline-difference", metric.comparison.difference, metric.comparison.interval
        )
        yield f"{metric.name}/baseline-difference/p_value", metric.comparison.p_value
    for stratum in metric.strata:
        name = f"{metric.name}/{stratum.tag}/{stratum.value}"
        yield from _estimated(name, stratum.estimate, stratum.interval)
        yield f"{name}/cases", stratum.cases


def _limit(limit: LimitResult) -> Iterator[_Figure]:
    yield from _estimated(f"limit/{limit.name}", limit.estimate, limit.interval)
    yield f"limit/{limit.name}/limit", limit.limit


def _estimated(name: str, estimate: float | None, interval: Interval | None) -> Iterator[_Figure]:
    yield f"{name}/estimate", estimate
    if interval:
        yield f"{name}/low", interval.low
        yield f"{name}/high", interval.high


def _calls(responses: Sequence[Response]) -> Iterator[_Figure]:
    answered = [each for each in responses if each.error is None]
    yield "calls/answered", len(answered)
    yield "calls/attempts", sum(each.attempts for each in responses)
    yield "calls/throttled", sum(each.throttled for each in responses)
    for error_class, count in sorted(Counter(each.error.error_class for each in responses if each.error).items()):
        yield f"calls/errors/{error_class}", count
    yield "tokens/input", sum(each.usage.input_tokens for each in responses)
    yield "tokens/output", sum(each.usage.output_tokens for each in responses)
    costs = [each.cost_usd for each in responses if each.cost_usd is not None]
    if costs:
        yield "cost/usd", math.fsum(costs)
        yield "cost/usd_per_1000_cases", 1000 * math.fsum(costs) / len(costs)
    for name in ("first_token_ms", "last_token_ms", "tokens_per_second"):
        measured = [value for each in answered if (value := getattr(each, name)) is not None]
        for percent in PERCENTILES if measured else ():
            yield f"{name}/p{percent}", percentile(measured, percent)


def _fitting(figures: Iterable[_Figure]) -> dict[str, float]:
    """Without the unknown ones; MLflow keeps finite numbers only."""
    return {key(name): float(value) for name, value in figures if value is not None and math.isfinite(value)}
