"""How many requests a limit takes to notice a worse share: exact, by the distribution of those that aren't noticed yet."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from foundation.bench.errors import BenchError
from genai_runtime.live.online.sequence import log_evidence

Numbers = NDArray[np.float64]
Evidence = Callable[[int, int], float]
"""Bad and good requests -> what is held against log(1 / alpha); rises with bad ones, falls with good ones."""

UNNOTICED: Final = 1e-6
"""Probability that may be left when a mean is taken."""


@dataclass(frozen=True)
class Delay:
    """Requests until a limit is breached.

    :param probability: that it is breached at the first, second … request
    """

    probability: Numbers

    @property
    def breached(self) -> float:
        """That it ever is, within the requests looked at."""
        return float(self.probability.sum())

    @property
    def mean(self) -> float:
        """Raises BenchError (GF-BENCH-040) when too many are left unnoticed to take a mean."""
        if self.breached < 1 - UNNOTICED:
            raise BenchError(
                "GF-BENCH-040",
                f"of {self.probability.size} requests only {self.breached:.6f} notice the degradation: look at more requests",
            )
        return float((np.arange(1, self.probability.size + 1) * self.probability).sum())

    def percentile(self, percent: int) -> int:
        """The number of requests within which `percent` of all degradations are noticed."""
        return int(np.searchsorted(np.cumsum(self.probability), percent / 100)) + 1


def delay(edge: Sequence[int], share: float, before: tuple[int, float] = (0, 0.0)) -> Delay:
    """The delay at a constant share, or after `before` requests of another one; given that these breached nothing."""
    going_on, found, (ago, earlier) = np.ones(1), np.zeros(len(edge)), before
    for number, bad in enumerate(edge):
        now = earlier if number < ago else share
        going_on = np.convolve(going_on, (1 - now, now))
        found[number] = going_on[bad:].sum()
        going_on = going_on[:bad]
    if ago:
        found = found[ago:] / (1 - found[:ago].sum())
    return Delay(found)


def edge(evidence: Evidence, alpha: float, requests: int) -> list[int]:
    """The least number of bad requests that breaches, after each number of requests; one more than all where none does."""

    def next_one(bad: int, number: int) -> int:
        while bad <= number and evidence(bad, number - bad) < -math.log(alpha):
            bad += 1
        return bad

    return list(accumulate(range(1, requests + 1), next_one, initial=1))[1:]


@cache
def sequence_edge(limit: float, alpha: float, requests: int) -> tuple[int, ...]:
    """Of the confidence sequence."""
    return tuple(edge(lambda bad, good: log_evidence(bad, good, limit), alpha, requests))


def oracle_edge(limit: float, share: float, alpha: float, requests: int) -> list[int]:
    """Of Wald's test of power one, which is told the degraded share beforehand: the best that can be built."""
    up, down = math.log(share / limit), math.log((1 - share) / (1 - limit))
    return edge(lambda bad, good: bad * up + good * down, alpha, requests)


def repeated_edge(limit: float, alpha: float, requests: int) -> list[int]:
    """Of an exact binomial test at level alpha after each request, as if it were the only one."""

    def evidence(bad: int, good: int) -> float:
        chance = float(bdtrc(bad - 1, bad + good, limit)) if bad else 1.0
        return -math.log(chance) if chance > 0 else math.inf

    return edge(evidence, alpha, requests)


def least_requests(limit: float, share: float, alpha: float) -> float:
    """The least mean delay of any method that notices `share` for certain, and the limit with probability alpha at most.

    Wald's inequality: log(1 / alpha) / KL(share || limit). For a stopping time N the information that the requests up to N
    carry is E[N] KL (Wald 1945), and no less than that of the event "noticed", whose probabilities are 1 and at most alpha.
    """
    divergence = share * math.log(share / limit) + (1 - share) * math.log((1 - share) / (1 - limit))
    return -math.log(alpha) / divergence
