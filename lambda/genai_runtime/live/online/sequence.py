"""Confidence sequence for the share of requests that go wrong: bounds that hold at all times at once.

Of each request it is known whether it went wrong. The hypothesis is that a limit is kept: given everything before it,
each goes wrong with a probability of at most `limit` (q, which may change from request to request). The evidence against
it after S bad and F good ones is a mixture of likelihood ratios over the larger shares p = limit + (1 - limit) u:

    E = integral of (p / limit)^S ((1 - p) / (1 - limit))^F dG(u),   G = sum of weights w_k of Beta(1, b_k).

Valid at every n. For each p > limit one request multiplies the ratio by p / limit with probability q and by
(1 - p) / (1 - limit) otherwise: on average by q p / limit + (1 - q) (1 - p) / (1 - limit), which rises with q and is 1 at
q = limit. So E is a non-negative supermartingale that starts at 1, and by Ville's inequality (1939) it *ever* reaches
1 / alpha with probability alpha at most: Robbins 1970, Annals of Mathematical Statistics 41:1397; Howard, Ramdas, McAuliffe
and Sekhon 2021, Annals of Statistics 49:1055. Nothing is assumed about when one looks or stops.

Inversion. In u the integrand is ((limit + (1 - limit) u) / limit)^S (1 - u)^F, which falls with the limit for every u. So E
falls, and the limits that are refused are exactly those below one number, the lower bound: bound > limit and
E > 1 / alpha are the same statement (`lower_bound` is what people see, `log_evidence` what decides).

Closed form. Beta(1, b) in u is Beta(1, b) in p cut off at the limit, so each part of the mixture is
b B(S + 1, F + b) (1 - I_limit(S + 1, F + b)) / (limit^S (1 - limit)^(F + b)), in logarithms: S and F are all that is kept.

The mixture. b = 2 finds gross faults within few requests, b = 16 small ones; equal weights cost log 2 at most beside the
better one. For limits of 1 to 20 % it takes 1.3 to 1.5 times the requests that any method takes (bench section
`release-detection`).

Standard library only: this decides rollbacks in a function that may start cold, and scipy.special takes 0.45 s to import
on the machine of docs/benchmarks.md. The tests hold it to scipy at thousands of points and to numeric integration.
"""

import math
from collections.abc import Iterator
from typing import Final

MIXTURE: Final = ((0.5, 2), (0.5, 16))
"""Weights and b of the parts."""
_TINY: Final = 1e-300
_PRECISION: Final = 1e-15
_MOST_TERMS: Final = 100_000
"""The fraction takes about the root of the number of requests: enough for billions."""


def log_evidence(bad: int, good: int, limit: float) -> float:
    """Logarithm of E, the evidence that more than the share `limit` goes wrong. Reaches log(1 / alpha) with probability
    alpha at most while the limit is kept."""
    parts = [math.log(weight * b) + _log_part(bad, good, limit, b) for weight, b in MIXTURE]
    most = max(parts)
    return most + math.log(math.fsum(math.exp(part - most) for part in parts)) if most > -math.inf else most


def lower_bound(bad: int, good: int, alpha: float) -> float:
    """The true share is above this at all times at once, with probability 1 - alpha: the largest limit that is refused."""
    if bad == 0:
        return 0.0
    wanted = -math.log(alpha)
    low, high = 0.0, bad / (bad + good)  # at the observed share the evidence is below 1
    while high - low > 1e-12 + 1e-9 * high:
        middle = (low + high) / 2
        if log_evidence(bad, good, middle) >= wanted:
            low = middle
        else:
            high = middle
    return low


def upper_bound(bad: int, good: int, alpha: float) -> float:
    """The true share is below this at all times at once, with probability 1 - alpha: the same of what goes right."""
    return 1 - lower_bound(good, bad, alpha)


def _log_part(bad: int, good: int, limit: float, b: int) -> float:
    ones, zeros = bad + 1, good + b
    cut = _log_upper_tail(ones, zeros, limit)
    return _log_beta(ones, zeros) + cut - bad * math.log(limit) - zeros * math.log1p(-limit)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _log_upper_tail(a: float, b: float, x: float) -> float:
    """Logarithm of 1 - I_x(a, b), exact to some units of the last digits on either side of the mean."""
    if x * (a + b + 2) > a + 1:
        return _log_fraction(b, a, 1 - x, x)
    return math.log1p(-min(math.exp(_log_fraction(a, b, x, 1 - x)), 1.0 - _PRECISION))


def _log_fraction(a: float, b: float, x: float, rest: float) -> float:
    """Logarithm of I_x(a, b) by its continued fraction (DLMF 8.17.22), which converges fast below the mean.

    Evaluated forwards by Lentz's method: the quotients of successive numerators and of successive denominators.
    """
    above, below, fraction = 1.0, 0.0, 1.0
    for term in _terms(a, b, x):
        below = 1 / _nonzero(1 + term * below)
        above = _nonzero(1 + term / above)
        step = above * below
        fraction *= step
        if abs(step - 1) < _PRECISION:
            break
    return a * math.log(x) + b * math.log(rest) - math.log(a) - _log_beta(a, b) - math.log(fraction)


def _terms(a: float, b: float, x: float) -> Iterator[float]:
    for m in range(_MOST_TERMS):
        if m:
            yield m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        yield -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
