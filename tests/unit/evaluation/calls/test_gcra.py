"""The limiter against the service's own bucket: simulated time, several workers, arbitrary schedules."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_runtime.evaluation.calls.gcra import Clocks, Rates, give_back, hold, lease

EPSILON = 1e-6
START = 1_000.0


@dataclass
class Bucket:
    """The service: refills evenly to its depth, refuses what it doesn't hold, takes and gives back."""

    rate: float
    depth: float
    level: float = field(init=False)
    at: float = START

    def __post_init__(self) -> None:
        self.level = self.depth

    def refill(self, now: float) -> None:
        assert now >= self.at
        self.level = min(self.depth, self.level + (now - self.at) * self.rate)
        self.at = now

    def take(self, amount: float, now: float) -> bool:
        self.refill(now)
        if self.level < amount - EPSILON * max(1.0, self.depth):
            return False
        self.level -= amount
        return True

    def settle(self, unused: float, now: float) -> None:
        self.refill(now)
        self.level = min(self.depth, self.level + unused)


@dataclass(frozen=True)
class Step:
    """A worker leases for some requests: (tokens reserved, share of them used, seconds to answer, delay of start)."""

    pause: float
    requests: tuple[tuple[float, float, float, float], ...]
    settles_late: float


# Costs are near the burst, and answers and pauses near the time that a request's tokens take to come back: where a limiter
# that counts wrongly starts too much.
shares = st.one_of(st.just(0.0), st.just(1.0), st.floats(0, 1))
requests = st.tuples(st.one_of(st.just(100.0), st.floats(1, 300)), shares, st.floats(0, 3), shares)
pauses = st.one_of(st.just(0.0), st.sampled_from([0.1, 0.5]), st.floats(0, 3))
steps = st.builds(Step, pauses, st.lists(requests, min_size=1, max_size=4).map(tuple), shares)
rates = st.builds(
    Rates, st.one_of(st.none(), st.floats(0.5, 20)), st.one_of(st.just(100.0), st.none()),
    st.floats(0, 3), st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0]),
)  # fmt: skip


def play(rates: Rates, schedule: list[Step], *, delay: float, horizon: float = 0.5) -> list[tuple[float, float, float]]:
    """Start what the limiter lets start, and check each start against the service's buckets.

    Returns (start, reserved, used) of each. A start is up to `delay` late; the service gives unused tokens back when the
    answer ends, the limiter hears of it up to a second later.
    """
    largest = max((each[0] for step in schedule for each in step.requests), default=1.0)
    own = rates.requests and Bucket(
        rates.requests, max(1.0, rates.requests * rates.request_burst) + rates.requests * delay
    )
    depth = max(largest, (rates.tokens or 0) * rates.token_burst) + (rates.tokens or 0) * delay
    tokens = rates.tokens and Bucket(rates.tokens, depth)
    clocks, now = Clocks(), START
    events: list[tuple[float, int, str, float, float, float, float]] = []
    started: list[tuple[float, float, float]] = []
    count = 0

    def happen(until: float) -> None:
        nonlocal clocks, count
        while events and events[0][0] <= until:
            at, _, kind, reserved, used, seconds, late = heapq.heappop(events)
            count += 1
            if kind == "start":
                assert not own or own.take(1, at), f"request refused at {at}"
                assert not tokens or tokens.take(reserved, at), f"{reserved} tokens refused at {at}: {tokens}"
                started.append((at, reserved, used))
                heapq.heappush(events, (at + seconds, count, "end", reserved, used, seconds, late))
            elif kind == "end":
                if tokens:
                    tokens.settle(reserved - used, at)
                heapq.heappush(events, (at + late, count, "return", reserved, used, at, late))
            else:
                clocks = give_back(clocks, rates, at, reserved - used, ended=seconds)

    for step in schedule:
        now += step.pause
        happen(now)
        clocks, slots, _ = lease(clocks, rates, now, [each[0] for each in step.requests], horizon)
        for slot, (reserved, share, seconds, late) in zip(slots, step.requests, strict=False):
            count += 1
            assert now <= slot <= now + horizon
            start = slot + late * delay
            heapq.heappush(events, (start, count, "start", reserved, share * reserved, seconds, step.settles_late))
    happen(float("inf"))
    return started


@settings(max_examples=600, deadline=None)
@given(rates, st.lists(steps, max_size=25))
def test_the_service_refuses_nothing_whatever_the_schedule(rates: Rates, schedule: list[Step]) -> None:
    play(rates, schedule, delay=0.0)


@settings(max_examples=300, deadline=None)
@given(rates, st.lists(steps, max_size=25), st.floats(0, 2))
def test_late_starts_and_skewed_clocks_cost_their_lateness_in_burst(
    rates: Rates, schedule: list[Step], delay: float
) -> None:
    """A worker that starts `delay` late, or whose clock is off by it, needs a bucket deeper by `rate * delay`, no more."""
    play(rates, schedule, delay=delay)


@settings(max_examples=200, deadline=None)
@given(rates, st.lists(steps, max_size=25))
def test_no_window_holds_more_than_the_quota_and_the_burst(rates: Rates, schedule: list[Step]) -> None:
    unreturned = [
        Step(step.pause, tuple((tokens, 1.0, seconds, late) for tokens, _, seconds, late in step.requests), 0)
        for step in schedule
    ]
    started = play(rates, unreturned, delay=0.0)
    for first, (since, _, _) in enumerate(started):
        count, used, largest = 0, 0.0, 0.0
        for at, reserved, _ in started[first:]:
            count, used, largest = count + 1, used + reserved, max(largest, reserved)
            if rates.requests:
                assert count <= rates.requests * (at - since) + max(1, rates.requests * rates.request_burst) + EPSILON
            if rates.tokens:
                burst = max(largest, rates.tokens * rates.token_burst)
                assert used <= rates.tokens * (at - since) + burst + EPSILON * burst


def run_workers(
    rates: Rates, *, workers: int, threads: int, seconds: float, latency: float, reserved: float, used: float
) -> list[float]:
    """Workers that always have work, asking as often as their free threads and the limiter let them; start times."""
    clocks, starts = Clocks(), []
    free = [threads] * workers
    events: list[tuple[float, int, str, int]] = [(START + 0.01 * n, n, "ask", n) for n in range(workers)]
    count = workers
    while events:
        now, _, kind, worker = heapq.heappop(events)
        if now > START + seconds:
            break
        if kind == "end":
            free[worker] += 1
            clocks = give_back(clocks, rates, now, reserved - used, ended=now)
        else:
            clocks, slots, _ = lease(clocks, rates, now, [reserved] * free[worker], 0.5)
            free[worker] -= len(slots)
            starts += slots
            for slot in slots:
                count += 1
                heapq.heappush(events, (slot + latency, count, "end", worker))
            count += 1
            heapq.heappush(events, (now + 0.1, count, "ask", worker))
    return sorted(starts)


@pytest.mark.parametrize("latency", [0.05, 1.0, 4.0])
@pytest.mark.parametrize("workers", [1, 4])
def test_requests_fill_the_quota(workers: int, latency: float) -> None:
    rates = Rates(requests=10, tokens=None, request_burst=2, token_burst=15)
    starts = run_workers(rates, workers=workers, threads=64, seconds=120, latency=latency, reserved=1, used=1)
    steady = [at for at in starts if START + 20 <= at < START + 120]
    assert 0.97 * 1000 <= len(steady) <= 1000 + 20


@pytest.mark.parametrize(
    ("reserved", "used", "latency"), [(1000, 1000, 1), (1000, 300, 1), (1000, 300, 3), (900, 600, 4)]
)
@pytest.mark.parametrize("workers", [1, 4])
def test_tokens_fill_the_quota_though_more_are_reserved_than_used(
    workers: int, reserved: float, used: float, latency: float
) -> None:
    rates = Rates(requests=None, tokens=5000, request_burst=2, token_burst=15)
    starts = run_workers(rates, workers=workers, threads=64, seconds=160, latency=latency, reserved=reserved, used=used)
    steady = sum(used for at in starts if START + 60 <= at < START + 160)
    assert 0.97 * 5000 * 100 <= steady <= 5000 * (100 + 15)


def test_a_throttle_holds_everybody_and_empties_the_bucket() -> None:
    rates = Rates(requests=10, tokens=1000, request_burst=2, token_burst=15)
    clocks = hold(Clocks(), rates, START, until=START + 3)
    _, slots, earliest = lease(clocks, rates, START, [10.0] * 5, 0.5)
    assert (slots, earliest) == ([], START + 3)
    _, slots, _ = lease(clocks, rates, START + 3, [1.0] * 40, 0.5)
    assert len(slots) == pytest.approx(0.5 * 10 + 2 * 10, abs=1)  # three seconds of rate, two of them fit the burst
    _, slots, _ = lease(hold(clocks, rates, START + 3, START + 3), rates, START + 3, [1.0] * 40, 0.5)
    assert len(slots) == pytest.approx(0.5 * 10, abs=1)


def test_a_hold_is_never_shortened() -> None:
    rates = Rates(10, 1000, 2, 15)
    assert hold(hold(Clocks(), rates, START, START + 9), rates, START, START + 1).not_before == START + 9


def test_a_request_beyond_the_burst_waits_for_a_full_bucket() -> None:
    rates = Rates(None, 100, 1, 1)
    clocks, slots, _ = lease(Clocks(), rates, START, [1000.0], 0.5)
    assert slots == [START]
    _, slots, earliest = lease(clocks, rates, START, [1000.0], 0.5)
    assert (slots, earliest) == ([], START + 10)


def test_use_beyond_the_reservation_is_taken_later() -> None:
    rates = Rates(None, 100, 1, 1)
    clocks, _, _ = lease(Clocks(), rates, START, [100.0], 0.5)
    clocks = give_back(clocks, rates, START, -300.0, ended=START)
    _, _, earliest = lease(clocks, rates, START, [100.0], 0.5)
    assert earliest == pytest.approx(START + 4)


def test_unlimited_starts_at_once() -> None:
    rates = Rates(None, None, 1, 1)
    assert lease(Clocks(), rates, START, [1e9] * 3, 0.5)[1] == [START] * 3


def test_what_flowed_over_is_not_given_back() -> None:
    """The bucket was full again when the answer's tokens came back, then half of it was taken: half is left, not all."""
    rates = Rates(None, 100, 1, 1)
    clocks, _, _ = lease(Clocks(), rates, START, [100.0], 0.5)
    clocks, slots, _ = lease(clocks, rates, START + 0.9, [50.0], 0.5)
    assert slots == [START + 0.9]
    clocks = give_back(clocks, rates, START + 0.9, 100.0, ended=START + 0.8)
    _, _, earliest = lease(clocks, rates, START + 0.9, [150.0], 0.0)
    assert earliest == pytest.approx(START + 1.4)


def test_tokens_of_answers_that_ended_before_the_floor_stay_taken() -> None:
    rates = Rates(None, 100, 1, 1)
    clocks, _, _ = lease(Clocks(), rates, START, [100.0], 0.5)
    clocks, _, _ = lease(clocks, rates, START + 2, [100.0], 0.5)
    assert give_back(clocks, rates, START + 2, 90.0, ended=START - 1).tokens == clocks.tokens
