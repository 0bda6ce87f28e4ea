"""The limiter: workers that share one state."""

import pytest

from genai_runtime.evaluation.calls.errors import CallsFailed
from genai_runtime.evaluation.calls.gcra import Clocks
from genai_runtime.evaluation.calls.rate import HORIZON_SECONDS, Limiter, State
from genai_runtime.evaluation.run import Quota
from tests.unit.evaluation.calls.memory_state import MemoryState, Time


def limiter(state: MemoryState, time: Time, requests: float | None = 480, tokens: float | None = None) -> Limiter:
    quota = Quota(requests_per_minute=requests, tokens_per_minute=tokens)
    return Limiter(state, "eu-west-1/m", quota, now=time, sleep=time.sleep, uniform=max)


def test_one_write_leases_several_slots() -> None:
    state, time = MemoryState(), Time()
    lease = limiter(state, time).lease([1.0] * 50)
    assert len(lease.slots) == 16 + 8 * HORIZON_SECONDS
    assert (state.writes, state.reads) == (1, 0)
    assert time.now < lease.ask_again < lease.slots[-1]


def test_a_worker_that_lost_goes_on_from_the_others_state() -> None:
    state, time = MemoryState(), Time()
    one, two = limiter(state, time), limiter(state, time)
    first = one.lease([1.0] * 12).slots
    second = two.lease([1.0] * 12).slots
    assert (len(first), len(second)) == (12, 8)
    assert second[-1] == first[-1] + HORIZON_SECONDS
    assert (state.conflicts, state.reads) == (1, 0)


def test_nothing_is_written_for_no_slot() -> None:
    state, time = MemoryState(), Time()
    one = limiter(state, time)
    one.lease([1.0] * 50)
    lease = one.lease([1.0])
    assert lease.slots == ()
    assert lease.ask_again > time.now
    assert (state.writes, state.reads) == (1, 1)


def test_returned_tokens_ride_on_the_next_lease() -> None:
    state, time = MemoryState(), Time()
    one = limiter(state, time, None, tokens=6000)
    assert len(one.lease([500.0] * 4).slots) == 3
    time.sleep(1)
    for _ in range(3):
        one.give_back(400.0, ended=time.now)
    assert len(one.lease([500.0] * 4).slots) == 2
    assert state.writes == 2


def test_a_flush_returns_tokens_to_the_others() -> None:
    state, time = MemoryState(), Time()
    one, two = limiter(state, time, None, tokens=6000), limiter(state, time, None, tokens=6000)
    one.lease([1500.0])
    time.sleep(1)
    assert two.lease([1500.0]).slots == ()
    one.give_back(1400.0, ended=time.now)
    one.flush()
    one.flush()
    assert state.writes == 2
    time.sleep(1)
    assert len(two.lease([1500.0]).slots) == 1


def test_a_throttle_of_one_holds_all() -> None:
    state, time = MemoryState(), Time()
    one, two = limiter(state, time), limiter(state, time)
    until = one.throttled(attempt=3)
    assert until == time.now + 0.5 * 2**3
    lease = two.lease([1.0] * 30)
    assert (lease.slots, lease.ask_again) == ((), until - HORIZON_SECONDS / 2)
    time.now = until
    assert len(two.lease([1.0] * 30).slots) > 0


def test_backoff_is_bounded() -> None:
    state, time = MemoryState(), Time()
    assert limiter(state, time).throttled(attempt=30) == time.now + 20


def test_an_unlimited_model_needs_no_table() -> None:
    state, time = MemoryState(), Time()
    one = limiter(state, time, None)
    assert one.lease([1.0] * 3).slots == (time.now,) * 3
    one.give_back(5.0, ended=time.now)
    one.flush()
    assert one.throttled(1) > time.now
    assert (state.writes, state.reads) == (0, 0)


class Busy(MemoryState):
    """Somebody else always writes first."""

    def swap(self, key: str, known: State, clocks: Clocks) -> State | None:
        super().swap(key, known, clocks)
        return State(Clocks(), known.version + 1)


def test_fails_when_others_always_come_first() -> None:
    with pytest.raises(CallsFailed, match=r"quota of eu-west-1/m .* 100 times"):
        limiter(Busy(), Time()).lease([1.0])
