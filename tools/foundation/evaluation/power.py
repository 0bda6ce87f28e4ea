"""`foundation eval power` and `foundation eval compare`: numbers of cases, and two runs side by side, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.table import Table

from genai_runtime.evaluation.gate.collect import baseline_scores
from genai_runtime.evaluation.gate.compare import ComparedMetric, compare
from genai_runtime.evaluation.gate.sample_size import Answer, Question, answer, curve, least_detectable
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.suite import Suite

SIZES: Final = (50, 100, 200, 400, 800, 1600)


def power_data(question: Question, sizes: Sequence[int] = SIZES) -> dict[str, Any]:
    """Everything about a question, for JSON. Raises GateFailed (GF-EVAL-256) for one without an answer."""
    found = answer(question)
    powers = curve(question, sizes)
    return {
        **asdict(question),
        "decides": found.decides,
        "cases": found.cases,
        "sequential": {"at_most": found.sequential_most, "on_average": found.sequential_expected},
        "by_size": [
            {"cases": size, "power": round(power, 4), "least_detectable": least_detectable(question, size)}
            for size, power in zip(sizes, powers, strict=True)
        ],
    }


def power_summary(found: Answer) -> str:
    """The answer in one sentence."""
    question = found.question
    kind = "rate" if question.deviation is None else f"mean (standard deviation {question.deviation:g})"
    return (
        f"{found.decides} of a true {kind} of {question.value:g} against the threshold {question.threshold:g}, with "
        f"power {question.power:g} at confidence {question.confidence:g}: {found.cases} cases; with early stopping "
        f"({question.looks} looks, {question.spending}) {found.sequential_expected} on average and at most "
        f"{found.sequential_most}"
    )


def power_table(question: Question, sizes: Sequence[int] = SIZES) -> Table:
    """Power by number of cases, and what each number can tell from the threshold."""
    table = Table(title=f"threshold {question.threshold:g}, true value {question.value:g}", title_justify="left")
    for column in ("cases", "power", f"PROMOTE with power {question.power:g} from"):
        table.add_column(column, justify="right")
    for size, power in zip(sizes, curve(question, sizes), strict=True):
        least = least_detectable(question, size)
        table.add_row(f"{size:,}", f"{power:.0%}", "nothing below 1" if least is None else f"{least:.3f}")
    return table


def compare_runs(store: Store, suite: Suite, first: tuple[str, str], second: tuple[str, str]) -> list[ComparedMetric]:
    """Two finished runs, each as (run, candidate). Raises GateFailed (GF-EVAL-255) without common cases, GF-EVAL-251."""
    return list(compare(baseline_scores(store, *first), baseline_scores(store, *second), suite))


def compare_table(metrics: Sequence[ComparedMetric]) -> Table:
    """Both estimates on the common cases, the difference with its interval, and whether the second is worse."""
    table = Table()
    for column in ("metric", "cases", "first", "second", "difference", "interval", "p (worse)", ""):
        table.add_column(column)
    for each in metrics:
        found = each.comparison
        table.add_row(
            each.name if each.gating else f"{each.name} (informative)",
            str(found.cases),
            f"{each.first:.3f}",
            f"{each.second:.3f}",
            f"{found.difference:+.3f}",
            f"{found.interval.low:+.3f} to {found.interval.high:+.3f}",
            f"{found.p_value:.4f}",
            f"worse by more than {each.allowed_regression:g}" if found.significant else "",
        )
    return table
