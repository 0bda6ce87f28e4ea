"""A worker with a target that a test scripts: every case ends once, whatever happens."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.calls.gcra import Rates
from genai_runtime.evaluation.calls.rate import Limiter
from genai_runtime.evaluation.calls.request import reserved_tokens
from genai_runtime.evaluation.calls.worker import MOST_THREADS, Worker, concurrency_of
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.records import Response, Usage
from genai_runtime.evaluation.run import Candidate, Quota
from genai_runtime.model_access.errors import RequestFailed
from tests.unit.evaluation.calls.memory_state import MemoryState
from tests.unit.evaluation.calls.samples import candidate, case
from tests.unit.evaluation.planning.memory_store import MemoryStore

THROTTLED, TIMEOUT, UNAVAILABLE, DENIED = "GF-RUN-030", "GF-RUN-032", "GF-RUN-033", "GF-RUN-031"
FOREVER = 900.0


class Scripted:
    """Gives each case its faults first, then its answer; counts calls."""

    def __init__(self, faults: dict[str, list[Exception]] | None = None, answer: str = "A") -> None:
        self.calls: Counter[str] = Counter()
        self._faults = faults or {}
        self._answer = answer
        self._lock = threading.Lock()

    def ask(self, case: Case) -> Response:
        with self._lock:
            self.calls[case.id] += 1
            fault = self._faults[case.id].pop(0) if self._faults.get(case.id) else None
        if fault:
            raise fault
        usage = Usage(input_tokens=5, output_tokens=2)
        return Response(case=case.id, candidate="good", answer=self._answer, usage=usage, last_token_ms=1.0)


def failed(code: str) -> Exception:
    return RequestFailed(code, "no")


def cases(count: int) -> list[Case]:
    return [case(id=f"c-{n}") for n in range(count)]


def worker(
    target: Scripted,
    store: MemoryStore | None = None,
    state: MemoryState | None = None,
    quota: Quota | None = None,
    seconds_left: Callable[[], float] = lambda: FOREVER,
) -> Worker:
    """Real time without backoff: the greatest pause is a millisecond."""
    asked: Candidate = candidate(quota=(quota or Quota()).model_dump())
    limiter = Limiter(state or MemoryState(), "eu-west-1/eu.m", asked.quota, uniform=lambda low, _: low)
    return Worker(
        store if store is not None else MemoryStore(), "r-1", asked, target, limiter,
        seconds_left=seconds_left, uniform=lambda low, _: low,
    )  # fmt: skip


def responses(store: MemoryStore) -> dict[str, Response]:
    return {
        each.case: each
        for key, body in store.objects.items()
        if key.startswith(layout.responses("r-1", "good"))
        for each in [Response.model_validate_json(body)]
    }


def test_every_case_is_asked_once() -> None:
    store, target = MemoryStore(), Scripted()
    tally = worker(target, store, quota=Quota(requests_per_minute=60_000, tokens_per_minute=9e6)).work(cases(150))
    assert (tally.unfinished, tally.calls, tally.throttled, tally.errors.total()) == (0, 150, 0, 0)
    assert set(target.calls.values()) == {1}
    assert set(responses(store)) == {f"c-{n}" for n in range(150)}


def test_faults_that_pass_are_tried_again_and_counted() -> None:
    faults = {
        "c-0": [failed(THROTTLED)] * 3,
        "c-1": [failed(UNAVAILABLE), failed(THROTTLED), failed(TIMEOUT)],
        "c-2": [failed("GF-RUN-037")],
    }
    store = MemoryStore()
    tally = worker(Scripted(faults), store).work(cases(4))
    found = responses(store)
    assert [(found[f"c-{n}"].attempts, found[f"c-{n}"].throttled) for n in range(4)] == [(4, 3), (4, 1), (2, 0), (1, 0)]
    assert all(each.answer == "A" and each.error is None for each in found.values())
    assert (tally.calls, tally.throttled, tally.unfinished) == (11, 4, 0)


@pytest.mark.parametrize(
    ("fault", "error_class", "attempts"),
    [
        (failed(THROTTLED), "throttled", 10),
        (failed(UNAVAILABLE), "unavailable", 5),
        (failed(TIMEOUT), "time-out", 2),
        (failed("GF-RUN-037"), "model-error", 2),
        (failed("GF-RUN-034"), "invalid-request", 1),
        (failed(DENIED), "access-denied", 1),
        (ZeroDivisionError("boom"), "defect", 1),
    ],
)
def test_fails_a_poisoned_case_alone_after_its_attempts(fault: Exception, error_class: str, attempts: int) -> None:
    store, target = MemoryStore(), Scripted({"c-1": [fault] * 99})
    tally = worker(target, store).work(cases(3))
    found = responses(store)
    assert found["c-1"].error
    assert (found["c-1"].error.error_class, found["c-1"].attempts) == (error_class, attempts)
    assert (found["c-0"].answer, found["c-2"].answer) == ("A", "A")
    assert (tally.unfinished, tally.errors) == (0, Counter({error_class: 1}))


def test_fails_a_case_whose_answer_cannot_be_written() -> None:
    store = MemoryStore()
    assert worker(Scripted(answer="half a pair: \ud800"), store).work(cases(2)).errors == Counter(defect=2)
    assert len(responses(store)) == 2


def test_a_batch_that_is_delivered_twice_gives_each_case_once() -> None:
    store, state = MemoryStore(), MemoryState()
    first, second = worker(Scripted(), store, state), worker(Scripted(answer="B"), store, state)
    threads = [threading.Thread(target=each.work, args=(cases(100),)) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(responses(store)) == 100
    assert first.tally.duplicates + second.tally.duplicates == 100


def test_stops_taking_cases_when_its_time_is_short() -> None:
    store, target = MemoryStore(), Scripted()
    left = iter([100.0] * 6)
    tally = worker(target, store, quota=Quota(requests_per_minute=60), seconds_left=lambda: next(left, 5.0)).work(
        cases(90)
    )
    assert 0 < tally.unfinished < 90
    assert tally.unfinished == 90 - len(responses(store))
    assert set(target.calls.values()) == {1}


def test_a_throttle_holds_the_other_workers() -> None:
    state = MemoryState()
    worker(Scripted({"c-0": [failed(THROTTLED)]}), state=state, quota=Quota(requests_per_minute=60_000)).work(cases(1))
    clocks = state.states["eu-west-1/eu.m"].clocks
    assert clocks.not_before > 0


class Recorded(Limiter):
    """Keeps what was given back, and whether all of it was written."""

    given: tuple[float, ...] = ()
    is_flushed = True

    def give_back(self, unused: float, ended: float) -> None:
        self.given, self.is_flushed = (*self.given, unused), False
        super().give_back(unused, ended)

    def flush(self) -> None:
        super().flush()
        self.is_flushed = True


def test_unused_tokens_are_given_back_in_the_end() -> None:
    """All but the 7 that an answer used; all where the service refused; none where it may have worked."""
    asked = candidate(quota={"tokens_per_minute": 600_000})
    limiter = Recorded(MemoryState(), "m", asked.quota, uniform=lambda low, _: low)
    target = Scripted({"c-1": [failed(THROTTLED)], "c-2": [failed(TIMEOUT)] * 2})
    Worker(MemoryStore(), "r-1", asked, target, limiter, seconds_left=lambda: FOREVER, uniform=lambda low, _: low).work(
        cases(3)
    )
    reserved = reserved_tokens(asked, case())
    assert sorted(limiter.given) == [reserved - 7, reserved - 7, reserved]
    assert limiter.is_flushed


def test_fails_the_batch_when_the_bucket_cannot_be_written() -> None:
    class Broken(MemoryStore):
        def write_once(self, key: str, body: object) -> bool:
            raise OSError(f"no space for {key}, {body}")

    with pytest.raises(OSError, match="no space"):
        worker(Scripted(), Broken()).work(cases(2))


@pytest.mark.parametrize(
    ("rates", "tokens", "seconds", "expected"),
    [
        (Rates(None, None, 2, 15), 500, 1, MOST_THREADS),
        (Rates(10, None, 2, 15), 500, 1, 23),
        (Rates(10, 1000, 2, 15), 500, 1, 5),
        (Rates(0.1, None, 2, 15), 500, 1, 4),
        (Rates(1000, None, 2, 15), 500, 9, MOST_THREADS),
    ],
)
def test_concurrency_follows_quota_and_latency(rates: Rates, tokens: float, seconds: float, expected: int) -> None:
    assert concurrency_of(rates, tokens, seconds) == expected
