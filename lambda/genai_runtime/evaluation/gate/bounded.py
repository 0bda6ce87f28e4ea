"""The mean of values within known limits, for every distribution and size: what the other methods are checked against.

A mean of few cases can look certain because the rare bad case isn't among them. The bound of Gaffke (2005), Learned-Miller
and Thomas (2019, arXiv:1905.06208) allows for it: beside the cases stands one of the worst possible value, and each has
a weight drawn uniformly from all weights (Dirichlet). For rates it is the exact binomial bound of Clopper and Pearson
(1934); beyond rates its coverage is conjectured for all distributions and held in every simulation so far.
"""

import math

import numpy as np
from scipy.special import ndtr

from genai_runtime.evaluation.gate.sample import Values


def p_at_most(values: Values, limit: float, lowest: float) -> float:
    """One-sided p-value of "the true mean is at most `limit`", for values of at least `lowest`.

    The weighted mean is at most the limit when a sum of exponential variables, weighted by the distances to the limit, is
    at most 0. Its probability by the saddlepoint approximation of Lugannani and Rice (1980), which is within 2 % of the
    exact binomial probability.
    """
    away = np.append(values, lowest) - limit
    least, most = float(away.min()), float(away.max())
    if most <= 0:
        return 1.0
    if least >= 0:
        return 0.0
    at = _saddlepoint(away, least, most)
    shares = away / (1 - at * away)
    signed = math.copysign(math.sqrt(max(0.0, 2 * math.fsum(np.log1p(-at * away)))), at)
    scaled = at * math.sqrt(math.fsum(shares**2))
    if abs(signed) < 1e-4:  # the formula's limit at the mean
        third = 2 * math.fsum(shares**3) / math.fsum(shares**2) ** 1.5
        return float(0.5 + third / 6 / math.sqrt(2 * math.pi))
    return float(ndtr(signed + math.log(scaled / signed) / signed))


def p_at_least(values: Values, limit: float, highest: float) -> float:
    """One-sided p-value of "the true mean is at least `limit`", for values of at most `highest`."""
    return p_at_most(-values, -limit, -highest)


def constant_bounds(value: float, cases: int, level: float, lowest: float, highest: float) -> tuple[float, float]:
    """Bounds of the mean when all cases have the same value, each with error `level`.

    With more than a share 1 - level^(1/n) of other values, n equal ones have a probability below `level`; the others may
    lie anywhere between the limits.
    """
    others = 1 - level ** (1 / cases)
    return value - (value - lowest) * others, value + (highest - value) * others


def _saddlepoint(away: Values, least: float, most: float) -> float:
    """Where the derivative of the cumulant generating function, -sum log(1 - s x), is 0."""
    from scipy.optimize import brentq  # here: a run whose metrics are all rates doesn't need it

    def slope(at: float) -> float:
        return math.fsum(away / (1 - at * away))

    inside = 1 - 1e-13
    return float(brentq(slope, inside / least, inside / most, xtol=1e-14, rtol=1e-13, maxiter=200))
