"""How many cases a suite should have: fixed and with early stopping, before anything is asked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.special import ndtri

from genai_runtime.evaluation.gate.errors import POWER_INVALID, GateFailed
from genai_runtime.evaluation.gate.power import (
    MOST_CASES,
    POWER,
    Spread,
    cases_for,
    cases_for_check,
    detectable,
    power_of,
)
from genai_runtime.evaluation.gate.spending import Spending, boundaries, exits


@dataclass(frozen=True)
class Question:
    """What is to be told apart.

    :param threshold: the least acceptable mean
    :param value: the assumed true mean
    :param deviation: standard deviation of one case; None for a rate, whose deviation follows from it
    :param confidence: of the suite; PROMOTE and REJECT err with (1 - confidence) / 2 each
    """

    threshold: float
    value: float
    deviation: float | None = None
    confidence: float = 0.95
    power: float = POWER
    looks: int = 4
    spending: Spending = "obrien-fleming"

    @property
    def alpha(self) -> float:
        """One-sided."""
        return (1 - self.confidence) / 2

    @property
    def spread(self) -> Spread:
        """Deviation at the threshold and at the assumed value."""
        if self.deviation is None:
            return Spread.of_rate(self.threshold, self.value)
        return Spread(self.deviation, self.deviation)


@dataclass(frozen=True)
class Answer:
    """Numbers of cases.

    :param cases: for the wanted power
    :param sequential_most: of a run with early stopping and the same power, when it goes to its last look
    :param sequential_expected: that it takes on average, if the assumed value is the truth
    :param decides: PROMOTE when the assumed value is above the threshold, REJECT when below
    """

    question: Question
    cases: int
    sequential_most: int
    sequential_expected: int
    decides: str


def answer(question: Question) -> Answer:
    """Cases for a decision. Raises GateFailed (GF-EVAL-256) for a question without an answer."""
    _check(question)
    cases = cases_for(question.value, question.threshold, question.spread, question.alpha, question.power)
    worst = 0.0 if question.value > question.threshold else 1.0
    checked: int | None = 1
    if question.deviation is not None:
        checked = cases_for_check(question.value, question.threshold, question.deviation, worst, 2 * question.alpha)
    if cases is None or checked is None:
        raise GateFailed(
            POWER_INVALID,
            f"telling {question.value:g} from the threshold {question.threshold:g} takes more than {MOST_CASES:,} cases: "
            "assume a value that is further away",
        )
    cases = max(cases, checked)
    factor, expected = inflation(question)
    return Answer(
        question=question,
        cases=cases,
        sequential_most=math.ceil(cases * factor),
        sequential_expected=math.ceil(cases * factor * expected),
        decides="PROMOTE" if question.value > question.threshold else "REJECT",
    )


def inflation(question: Question) -> tuple[float, float]:
    """Early stopping: its most cases over those of a fixed run with the same power, and the expected share of them."""
    fractions = tuple(look / question.looks for look in range(1, question.looks + 1))
    bounds = boundaries(question.alpha, fractions, question.spending)
    mirrored = tuple(-bound for bound in bounds)

    def short(drift: float) -> float:
        return sum(exits(bounds, mirrored, fractions, drift)[0]) - question.power

    fixed = float(ndtri(1 - question.alpha) + ndtri(question.power))
    drift = float(brentq(short, fixed * 0.5, fixed * 2))
    return (drift / fixed) ** 2, expected_share(bounds, fractions, drift)


def expected_share(bounds: Sequence[float], fractions: Sequence[float], drift: float) -> float:
    """Average share of the cases that a run with these symmetric boundaries takes."""
    above, below = exits(bounds, [-bound for bound in bounds], fractions, drift)
    stopped = [one + other for one, other in zip(above, below, strict=True)][:-1]
    return sum(part * at for part, at in zip(stopped, fractions, strict=False)) + 1 - sum(stopped)


def curve(question: Question, cases: Sequence[int]) -> tuple[float, ...]:
    """Power of a fixed run at each number of cases."""
    _check(question)
    return tuple(power_of(each, question.value, question.threshold, question.spread, question.alpha) for each in cases)


def least_detectable(question: Question, cases: int) -> float | None:
    """The least true value above the threshold that this many cases tell from it with the wanted power."""
    return detectable(cases, question.threshold, question.deviation, question.alpha, question.power)


def _check(question: Question) -> None:
    for name, value in (("threshold", question.threshold), ("value", question.value)):
        if not 0 <= value <= 1:
            raise GateFailed(POWER_INVALID, f"{name} is {value:g}: metrics are from 0 to 1, give such a number")
    if question.value == question.threshold:
        raise GateFailed(
            POWER_INVALID, f"value and threshold are both {question.value:g}: no number of cases tells them apart"
        )
    if question.deviation is not None and not 0 < question.deviation <= 0.5:
        raise GateFailed(
            POWER_INVALID,
            f"deviation is {question.deviation:g}: values from 0 to 1 deviate by up to 0.5, and more than 0",
        )
    if not 0.5 < question.confidence < 1 or not 0 < question.power < 1:
        raise GateFailed(
            POWER_INVALID,
            f"confidence is {question.confidence:g} and power {question.power:g}: confidence is above 0.5, both below 1",
        )
