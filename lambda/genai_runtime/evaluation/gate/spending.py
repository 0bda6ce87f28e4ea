"""Group sequential boundaries: how strong evidence must be at each look so that all looks together keep their level.

Alpha-spending functions (Lan and DeMets 1983, Biometrika 70:659); probabilities by recursive numerical integration
(Armitage, McPherson and Rowe 1969); Jennison and Turnbull (2000), Group Sequential Methods, chapters 7 and 19.
"""

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final, Literal

import numpy as np
from scipy.special import ndtr, ndtri

from genai_runtime.evaluation.gate.sample import Values

Spending = Literal["obrien-fleming", "pocock"]

_NODES: Final = 400
_FAR: Final = 9.0
"""Standard deviations beyond which nothing is left; also the boundary of a look that spends nothing."""


def spent(alpha: float, fraction: float, spending: Spending) -> float:
    """Part of a one-sided `alpha` that is spent when this fraction of all cases was seen."""
    if fraction >= 1:
        return alpha
    if spending == "pocock":
        return alpha * math.log(1 + (math.e - 1) * fraction)
    return 2 * float(ndtr(ndtri(alpha / 2) / math.sqrt(fraction)))


@lru_cache(maxsize=4096)
def boundaries(alpha: float, fractions: tuple[float, ...], spending: Spending) -> tuple[float, ...]:
    """Upper boundary of the z statistic at each look, one-sided.

    fractions: of all cases that each look has seen, ascending, the last one 1.
    """
    found: list[float] = []
    state = _State()
    before = 0.0
    for fraction in fractions:
        total = spent(alpha, fraction, spending)
        bound = state.bound(fraction, total - before)
        state.go_on(fraction, -_FAR, bound)
        found.append(bound)
        before = total
    return tuple(found)


def exits(
    upper: Sequence[float], lower: Sequence[float], fractions: Sequence[float], drift: float = 0.0
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Probability to leave above and below at each look. `drift` is the mean of the z statistic with all cases."""
    state = _State(drift)
    above: list[float] = []
    below: list[float] = []
    for fraction, high, low in zip(fractions, upper, lower, strict=True):
        above.append(state.beyond(fraction, high))
        below.append(state.mass - state.beyond(fraction, low))
        state.go_on(fraction, low, high)
    return tuple(above), tuple(below)


@cache
def _quadrature() -> tuple[Values, Values]:
    """Abscissae and weights of Gauss and Legendre."""
    return np.polynomial.legendre.leggauss(_NODES)


class _State:
    """Sub-density of the Brownian motion z * sqrt(fraction) of the runs that go on, on Gauss-Legendre nodes."""

    def __init__(self, drift: float = 0.0) -> None:
        self._drift = drift
        self._fraction = 0.0
        self._at: Values = np.zeros(1)
        self._density: Values = np.ones(1)  # a point mass: weight 1 at 0

    @property
    def mass(self) -> float:
        """Probability to have gone on."""
        return float(np.sum(self._density))

    def beyond(self, fraction: float, bound: float) -> float:
        """Probability to lie above `bound` (of z) at this fraction."""
        distance = self._mean(fraction) - bound * math.sqrt(fraction)
        return float(np.sum(self._density * ndtr(distance / self._step(fraction))))

    def bound(self, fraction: float, probability: float) -> float:
        """The boundary that is crossed with this probability."""
        if probability <= self.beyond(fraction, _FAR):
            return _FAR
        from scipy.optimize import brentq  # here: a run of one look has no boundaries

        return float(brentq(lambda bound: self.beyond(fraction, bound) - probability, -_FAR, _FAR, xtol=1e-12))

    def go_on(self, fraction: float, low: float, high: float) -> None:
        """Drop what lies outside of the boundaries."""
        root = math.sqrt(fraction)
        centre = self._drift * fraction
        least = max(low * root, centre - _FAR * root)
        most = min(high * root, centre + _FAR * root)
        abscissae, weights = _quadrature()
        at = (most - least) / 2 * abscissae + (most + least) / 2
        step = self._step(fraction)
        kernel = (
            np.exp(-(((at[:, None] - self._mean(fraction)[None, :]) / step) ** 2) / 2) / step / math.sqrt(2 * math.pi)
        )
        self._density = (kernel @ self._density) * weights * (most - least) / 2
        self._at, self._fraction = at, fraction

    def _step(self, fraction: float) -> float:
        return math.sqrt(fraction - self._fraction)

    def _mean(self, fraction: float) -> Values:
        return self._at + self._drift * (fraction - self._fraction)
