"""How many cases a decision takes, and what a number of cases can tell."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from scipy.special import ndtr, ndtri

POWER: Final = 0.8
MOST_CASES: Final = 100_000
"""A decision that takes more is called infeasible: the true value is the threshold for all practical purposes."""


@dataclass(frozen=True)
class Spread:
    """Standard deviation of one case.

    :param null: if the true mean were the threshold; of a rate it follows from the rate
    :param true: if it is as assumed
    """

    null: float
    true: float

    @classmethod
    def of_rate(cls, threshold: float, rate: float) -> "Spread":
        """Of cases that pass or fail."""
        return cls(math.sqrt(threshold * (1 - threshold)), math.sqrt(rate * (1 - rate)))


def cases_for(value: float, threshold: float, spread: Spread, alpha: float, power: float = POWER) -> int | None:
    """Cases after which a true mean of `value` is told from the threshold, on either side of it, with this power.

    alpha: one-sided. Normal approximation (Lachin 1981; for rates that of the score test, Wilson's interval). None where
    it would take more than MOST_CASES.
    """
    difference = abs(value - threshold)
    if difference == 0:
        return None
    if spread.null == 0 and spread.true == 0:
        return 1
    reach = float(ndtri(power)) * spread.true - float(ndtri(alpha)) * spread.null
    needed = (max(reach, 0.0) / difference) ** 2
    return math.ceil(needed) if needed <= MOST_CASES else None


def cases_for_check(value: float, threshold: float, deviation: float, worst: float, alpha: float) -> int | None:
    """Cases after which the check for rare bad cases (module `bounded`) agrees, with the usual power.

    worst: the limit of the values beyond the threshold, 0 when the mean is above it. The extra case of that value moves
    the weighted mean by distance / n, and adds its own weight to the variance.
    """
    difference, distance = abs(value - threshold), abs(value - worst)

    def agrees(cases: int) -> bool:
        error = math.sqrt(deviation**2 / cases + (distance / cases) ** 2)
        chance = float(ndtri(POWER)) * deviation / math.sqrt(cases)
        return difference - chance >= distance / cases - float(ndtri(alpha)) * error

    return least(agrees)


def cases_for_constant(value: float, threshold: float, worst: float, alpha: float) -> int | None:
    """Cases after which equal values tell the mean from the threshold: the others' share is bounded."""
    distance = abs(value - worst)
    if value == threshold or distance == 0:
        return None
    share = abs(threshold - worst) / distance
    return 1 if share <= 0 else _capped(math.log(alpha) / math.log(share))


def least(enough: Callable[[int], bool]) -> int | None:
    """The least number of cases that is enough, where every larger number is as well; None above MOST_CASES."""
    low, high = 0, MOST_CASES
    if not enough(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def power_of(cases: int, value: float, threshold: float, spread: Spread, alpha: float) -> float:
    """Probability that this many cases tell a true mean of `value` from the threshold, one-sided at alpha."""
    difference = abs(value - threshold)
    if spread.true == 0:
        reached = difference * math.sqrt(cases) >= -float(ndtri(alpha)) * spread.null
        return 1.0 if reached else 0.0
    scaled = (difference * math.sqrt(cases) + float(ndtri(alpha)) * spread.null) / spread.true
    return float(ndtr(scaled))


def detectable(
    cases: int, threshold: float, deviation: float | None, alpha: float, power: float = POWER
) -> float | None:
    """The least true mean above the threshold that this many cases tell from it; None where none is.

    deviation: of one case; None for a rate, whose deviation follows from it.
    """

    def told(value: float) -> bool:
        spread = Spread.of_rate(threshold, value) if deviation is None else Spread(deviation, deviation)
        return power_of(cases, value, threshold, spread, alpha) >= power

    if not told(1.0):
        return None
    low, high = threshold, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if told(middle) else (middle, high)
    return high


def _capped(cases: float) -> int | None:
    return math.ceil(cases) if cases <= MOST_CASES else None
