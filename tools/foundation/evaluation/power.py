"""`foundation eval power`: how many cases a decision takes, and what a number of cases can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.table import Table

from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.suites import LoadedSuite
from genai_runtime.evaluation.gate.power import POWER
from genai_runtime.evaluation.gate.sample_size import Answer, Question, answer, curve, least_detectable
from genai_runtime.evaluation.suite import Suite

SIZES: Final = (50, 100, 200, 400, 800, 1600)


@dataclass(frozen=True)
class Assumed:
    """What the command line assumes, in the words of `Question`; a threshold of None takes the suite's."""

    value: float
    threshold: float | None = None
    deviation: float | None = None
    power: float = POWER


def questions(suite: Suite | None, assumed: Assumed, metric: str | None = None) -> dict[str, Question]:
    """One question for each gating metric of a suite, or for the named one; without a suite one of no name.

    Raises EvaluationError: neither suite nor threshold (GF-EVAL-444), no such metric (GF-EVAL-445), a metric of no suite
    (GF-EVAL-446).
    """
    if suite is None:
        if assumed.threshold is None:
            raise EvaluationError("GF-EVAL-444", "there is no threshold: name a suite, or give --threshold")
        if metric is not None:
            raise EvaluationError("GF-EVAL-446", f"--metric {metric} is given without a suite: name its suite")
        return {"": Question(assumed.threshold, assumed.value, assumed.deviation, power=assumed.power)}
    chosen = [each for each in suite.metrics if (each.name == metric if metric else each.gating)]
    if not chosen:
        names = ", ".join(each.name for each in suite.metrics)
        raise EvaluationError("GF-EVAL-445", f"suite {suite.name} has no metric {metric}: use one of {names}")
    return {
        each.name: Question(
            each.threshold if assumed.threshold is None else assumed.threshold,
            assumed.value,
            assumed.deviation,
            confidence=suite.confidence,
            power=assumed.power,
            looks=suite.sampling.looks,
            spending=suite.sampling.spending,
        )
        for each in chosen
    }


def sizes_for(loaded: LoadedSuite | None) -> tuple[int, ...]:
    """The usual sizes, and a suite's own."""
    own = () if loaded is None else (loaded.suite.sampling.cases or len(loaded.cases),)
    return tuple(sorted({*SIZES, *own}))


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
