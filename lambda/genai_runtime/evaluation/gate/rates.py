"""Rates: Wilson's interval with its score test, and Tango's score interval for the difference of paired rates.

Closed forms on scipy.special; the tests hold them to statsmodels and scipy.stats, whose import alone takes a second.
"""

import math
from dataclasses import dataclass
from typing import Final

from scipy.special import bdtr, bdtrc, ndtr, ndtri

_EDGE: Final = 1e-12


@dataclass(frozen=True)
class Rate:
    """Cases that passed, of all."""

    passed: int
    cases: int

    @property
    def estimate(self) -> float:
        """The share that passed."""
        return self.passed / self.cases

    def interval(self, level: float) -> tuple[float, float]:
        """Wilson's interval (1927), each bound with error `level`."""
        share = float(ndtri(level)) ** 2 / self.cases
        centre = (self.estimate + share / 2) / (1 + share)
        reach = math.sqrt(share * (self.estimate * (1 - self.estimate) + share / 4)) / (1 + share)
        return max(0.0, centre - reach), min(1.0, centre + reach)

    def p_at_most(self, limit: float) -> float:
        """One-sided p-value of "the true rate is at most `limit`", by the score test that Wilson's interval inverts."""
        return float(ndtr(-self._score(limit)))

    def p_at_least(self, limit: float) -> float:
        """One-sided p-value of "the true rate is at least `limit`"."""
        return float(ndtr(self._score(limit)))

    def exact_p_at_most(self, limit: float) -> float:
        """The same by the binomial distribution itself (Clopper and Pearson 1934)."""
        return float(bdtrc(self.passed - 1, self.cases, limit))

    def exact_p_at_least(self, limit: float) -> float:
        """The same by the binomial distribution itself."""
        return float(bdtr(self.passed, self.cases, limit))

    def _score(self, limit: float) -> float:
        deviation = math.sqrt(limit * (1 - limit) / self.cases)
        difference = self.estimate - limit
        if deviation == 0:
            return math.copysign(math.inf, difference) if difference else 0.0
        return difference / deviation


@dataclass(frozen=True)
class PairedRates:
    """Two rates of the same cases: only the cases in which they differ tell something.

    :param won: cases that only the candidate passed
    :param lost: cases that only the baseline passed
    """

    won: int
    lost: int
    cases: int

    @property
    def estimate(self) -> float:
        """The candidate's rate less the baseline's."""
        return (self.won - self.lost) / self.cases

    def score(self, difference: float) -> float:
        """Score statistic of a true difference (Tango 1998, Statistics in Medicine 17:891); at 0 it is McNemar's.

        The variance is that of the most likely table with this difference.
        """
        n, won, lost = self.cases, self.won, self.lost
        linear = (2 * n - won + lost) * difference - won - lost
        root = math.sqrt(max(0.0, linear**2 + 8 * n * lost * difference * (1 - difference)))
        share = (root - linear) / (4 * n)
        variance = n * (2 * share + difference * (1 - difference))
        distance = won - lost - n * difference
        if variance <= _EDGE:
            return math.copysign(math.inf, distance) if abs(distance) > _EDGE else 0.0
        return distance / math.sqrt(variance)

    def interval(self, level: float) -> tuple[float, float]:
        """The differences that the score test doesn't refuse, each bound with error `level`."""
        critical = float(ndtri(1 - level))
        low = _root(self, critical, -1 + _EDGE, self.estimate)
        high = _root(self, -critical, self.estimate, 1 - _EDGE)
        return low, high

    def p_at_least(self, difference: float) -> float:
        """One-sided p-value of "the true difference is at least this"."""
        return float(ndtr(self.score(difference)))


def _root(rates: PairedRates, critical: float, low: float, high: float) -> float:
    """Where the statistic, which falls with the difference, is `critical`; the end that never gets there otherwise."""
    if low >= high:
        return min(max(rates.estimate, -1.0), 1.0)
    if rates.score(low) <= critical:
        return low if critical > 0 else rates.estimate
    if rates.score(high) >= critical:
        return high
    from scipy.optimize import brentq  # here: most runs have no baseline of rates

    return float(brentq(lambda difference: rates.score(difference) - critical, low, high, xtol=1e-13))
