"""Degradations that begin after a good time, simulated with the two watches of a limit."""

from __future__ import annotations

import random

from genai_runtime.live.online import watch
from genai_runtime.live.online.records import Watch


def later(limit: float, alpha: float, calm: int, shares: tuple[float, float], runs: int, seed: int) -> list[int]:
    """Requests from the degradation until it is noticed, in each run; runs that breach before it are drawn again.

    shares: that go wrong in the first `calm` requests, and from then
    """
    chance, found = random.Random(seed), list[int]()  # noqa: S311 - the same requests in every run
    while len(found) < runs:
        breached = _breach(chance, limit, alpha, calm, shares)
        if breached > calm:
            found.append(breached - calm)
    return found


def _breach(chance: random.Random, limit: float, alpha: float, calm: int, shares: tuple[float, float]) -> int:
    state, bad, of = Watch(), 0, 0
    while True:
        went_wrong = chance.random() < shares[of >= calm]
        bad, of = bad + went_wrong, of + 1
        if went_wrong and watch.found(state, bad, of, limit, alpha):
            return of
        state = watch.going_on(state, bad, of, limit)
