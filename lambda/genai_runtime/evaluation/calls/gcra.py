"""The quota of a model as two clocks, one for requests and one for tokens. Pure; times are seconds since the epoch.

Generic cell rate algorithm in its virtual-scheduling form (ITU-T I.371, Annex A, which proves it equal to the
continuous-state leaky bucket, i.e. to a token bucket): a clock holds the theoretical arrival time (TAT), at which the
bucket would be full again. A cost of `c` at a rate of `r` per second moves it by `c / r`; a request may start once the
bucket holds its cost, `TAT + c / r - start <= burst`. In any window of `t` seconds at most `r * (t + burst)` is started,
or `r * t` and one request where that alone costs more than the burst.

Unused tokens come back when an answer has ended. A bucket that was full in the meantime has lost what flowed over, so
the clock may go back only as far as a bucket that was full at some time before the end would stand now. `floor` is that
bucket's clock; `next_floor` starts at the last slot given out and replaces it when that has passed, so that the floor
stays young and knows of every slot after its start.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

FLOOR_SECONDS = 0.5
"""Least age of the floor. Answers that ended longer ago when their tokens come back may lose them."""


@dataclass(frozen=True)
class Rates:
    """What may be started a second, None: unlimited, and how many seconds' worth of it at once."""

    requests: float | None
    tokens: float | None
    request_burst: float
    token_burst: float

    def waits(self, tokens: float) -> tuple[float, float]:
        """Seconds by which one request of so many tokens moves the two clocks."""
        return (1 / self.requests if self.requests else 0.0), (tokens / self.tokens if self.tokens else 0.0)


@dataclass(frozen=True)
class Clocks:
    """State that all workers share. The first state is a full bucket."""

    requests: float = 0.0
    tokens: float = 0.0
    not_before: float = 0.0
    """Nothing starts earlier: the service throttled."""
    last: float = 0.0
    """Latest slot given out."""
    floor: float = 0.0
    floor_since: float = 0.0
    next_floor: float = 0.0
    next_since: float = 0.0


def lease(
    clocks: Clocks, rates: Rates, now: float, tokens: Sequence[float], horizon: float
) -> tuple[Clocks, list[float], float]:
    """Slots for the first of these requests, as many as may start within `horizon` seconds.

    Returns the new state, the slots (times, each not before `now`), and when the first request without one could start.
    A request isn't given a later slot, because tokens that come back until then would let it start earlier.
    """
    clocks = _aged(clocks, now)
    slots: list[float] = []
    for cost in tokens:
        start = _start(clocks, rates, now, cost)
        if start > now + horizon:
            return clocks, slots, start
        slots.append(start)
        clocks = _taken(clocks, rates, start, cost)
    return clocks, slots, now


def give_back(clocks: Clocks, rates: Rates, now: float, unused: float, ended: float) -> Clocks:
    """Return tokens that were reserved and not used by answers of which the first ended at `ended`; a negative number
    takes those that were used beyond what was reserved."""
    if not rates.tokens:
        return clocks
    clocks = _aged(clocks, now)
    seconds = unused / rates.tokens
    if seconds < 0:
        return replace(
            clocks,
            tokens=max(clocks.tokens, ended) - seconds,
            floor=max(clocks.floor, ended) - seconds,
            next_floor=max(clocks.next_floor, ended) - seconds,
        )
    if ended < clocks.floor_since:
        return clocks
    return replace(clocks, tokens=max(clocks.tokens - seconds, clocks.floor))


def hold(clocks: Clocks, rates: Rates, now: float, until: float) -> Clocks:
    """The service throttled: nothing starts before `until`, and both buckets count as empty, whatever we thought."""
    return replace(
        clocks,
        not_before=max(clocks.not_before, until),
        requests=max(clocks.requests, now + rates.request_burst),
        tokens=max(clocks.tokens, now + rates.token_burst),
    )


def _start(clocks: Clocks, rates: Rates, now: float, tokens: float) -> float:
    request_wait, token_wait = rates.waits(tokens)
    start = max(now, clocks.not_before)
    if rates.requests:
        start = max(start, clocks.requests + request_wait - max(rates.request_burst, request_wait))
    if rates.tokens:
        start = max(start, clocks.tokens + token_wait - max(rates.token_burst, token_wait))
    return start


def _taken(clocks: Clocks, rates: Rates, start: float, tokens: float) -> Clocks:
    request_wait, token_wait = rates.waits(tokens)
    return replace(
        clocks,
        requests=max(start, clocks.requests) + request_wait,
        tokens=max(start, clocks.tokens) + token_wait,
        last=max(start, clocks.last),
        floor=max(start, clocks.floor) + token_wait,
        next_floor=max(start, clocks.next_floor) + token_wait,
    )


def _aged(clocks: Clocks, now: float) -> Clocks:
    if now >= clocks.last + FLOOR_SECONDS:  # every slot has passed: a bucket may have been full after the last one
        full = clocks.last
        return replace(clocks, floor=full, floor_since=full, next_floor=full, next_since=full)
    if now < clocks.next_since + FLOOR_SECONDS:
        return clocks
    return replace(
        clocks,
        floor=clocks.next_floor,
        floor_since=clocks.next_since,
        next_floor=clocks.last,
        next_since=clocks.last,
    )
