"""Answers a batch: one thread leases slots and hands out cases, others call and write.

Each case ends in exactly one Response, an answer or an error: the first write of it wins (a conditional write in S3), so a
batch that is delivered twice, killed or resumed gives each case once. What the worker can't do for all cases (read the
run, write to the bucket, reach the quota's table) is raised, and the state machine tries again.
"""

import math
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.calls.faults import TOOK_NOTHING, attempts_of, fault_of
from genai_runtime.evaluation.calls.gcra import Rates
from genai_runtime.evaluation.calls.rate import HORIZON_SECONDS, Limiter
from genai_runtime.evaluation.calls.request import reserved_tokens
from genai_runtime.evaluation.calls.target import Target, used_tokens
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.records import CallError, Response
from genai_runtime.evaluation.run import Candidate
from genai_runtime.evaluation.store import Store

MOST_THREADS = 64
"""Calls at once. They wait for the network, so memory and not the processor bounds them: a thread with its connection takes
well under 1 MB, and a function has 1,024 threads and files (Lambda developer guide, quotas)."""
READ_SECONDS = 120
"""How long a model may be silent."""
_LEAST_THREADS = 4
_HEADROOM = 1.5  # answers take unequal times; too few threads would leave quota unused
_FIRST_GUESS_SECONDS = 2.0
_WEIGHT = 0.1  # of the newest answer in the moving averages
_STOP_SHARE, _STOP_SECONDS = 0.3, READ_SECONDS + 10.0
_RETURN_SECONDS = 3.0  # for the last writes and the way out
_FLUSH_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 1.0
_BACKOFF_BASE_SECONDS, _BACKOFF_MOST_SECONDS = 0.5, 20.0


@dataclass
class Tally:
    """What a worker did."""

    unfinished: int = 0
    calls: int = 0
    throttled: int = 0
    duplicates: int = 0
    """Answers that another worker had written already; they are dropped."""
    errors: Counter[str] = field(default_factory=Counter)
    """Cases that ended in an error, by its class."""


@dataclass
class _Job:
    case: Case
    reserved: float
    ready: float = 0.0
    attempts: int = 0
    faults: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Outcome:
    ended: float
    fault: CallError | None
    response: Response | None
    """None: try again."""
    is_first: bool = True


def concurrency_of(rates: Rates, tokens_per_call: float, seconds_per_call: float) -> int:
    """Calls at once that fill the quota: its rate by the time of a call (Little's law), with headroom, bounded."""
    limits = [rates.requests] if rates.requests else []
    if rates.tokens:
        limits.append(rates.tokens / max(1.0, tokens_per_call))
    if not limits:
        return MOST_THREADS
    needed = math.ceil(min(limits) * (seconds_per_call + HORIZON_SECONDS) * _HEADROOM)
    return min(MOST_THREADS, max(_LEAST_THREADS, needed))


class Worker:
    """Asks one candidate a set of cases, once."""

    def __init__(
        self,
        store: Store,
        run: str,
        candidate: Candidate,
        target: Target,
        limiter: Limiter,
        *,
        seconds_left: Callable[[], float],
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._store, self._run, self._candidate = store, run, candidate
        self._target, self._limiter = target, limiter
        self._seconds_left, self._now, self._sleep, self._uniform = seconds_left, now, sleep, uniform
        self._waiting: deque[_Job] = deque()
        self._flying: dict[Future[_Outcome], _Job] = {}
        self._ask_at = 0.0
        self._flush_at = math.inf
        self._seconds, self._tokens = _FIRST_GUESS_SECONDS, 0.0
        self.tally = Tally()

    def work(self, cases: Sequence[Case]) -> Tally:
        """Ask all of them, in their order, as far as the time reaches. What is left is `unfinished`."""
        self._waiting.extend(_Job(case, reserved_tokens(self._candidate, case)) for case in cases)
        self._tokens = sum(job.reserved for job in self._waiting) / max(1, len(self._waiting))
        stop_at = min(_STOP_SECONDS, self._seconds_left() * _STOP_SHARE)
        pool = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="call")
        try:
            while (self._waiting or self._flying) and self._seconds_left() > stop_at:
                self._hand_out(pool)
                self._collect(self._pause())
            while self._flying and self._seconds_left() > _RETURN_SECONDS:
                self._collect(_FLUSH_SECONDS)
            self._limiter.flush()
        finally:
            # Calls that are still under way are left behind; should one of them end, its write is the first or is dropped.
            pool.shutdown(wait=False, cancel_futures=True)
        self.tally.unfinished = len(self._waiting) + len(self._flying)
        return self.tally

    def _hand_out(self, pool: ThreadPoolExecutor) -> None:
        now = self._now()
        if now >= self._flush_at:
            self._limiter.flush()
            self._flush_at = math.inf
        ready = self._ready(now)
        if not ready or now < self._ask_at:
            return
        lease = self._limiter.lease([job.reserved for job in ready])
        self._flush_at = math.inf
        self._ask_at = lease.ask_again if len(lease.slots) < len(ready) else 0.0
        for job, slot in zip(ready, lease.slots, strict=False):
            self._waiting.remove(job)
            self._flying[pool.submit(self._call, job, slot)] = job

    def _ready(self, now: float) -> list[_Job]:
        free = concurrency_of(self._limiter.rates, self._tokens, self._seconds) - len(self._flying)
        return [job for job in self._waiting if job.ready <= now][: max(0, free)]

    def _pause(self) -> float:
        """Seconds until there is something to do, unless a call ends before."""
        now = self._now()
        times = [now + _LONGEST_PAUSE_SECONDS, self._flush_at, *(job.ready for job in self._waiting if job.ready > now)]
        if self._ready(now):
            times.append(self._ask_at)
        return max(0.001, min(times) - now)

    def _collect(self, seconds: float) -> None:
        if not self._flying:
            self._sleep(seconds)
            return
        done, _ = wait(self._flying, timeout=seconds, return_when=FIRST_COMPLETED)
        for future in done:
            self._end(self._flying.pop(future), future.result())

    def _call(self, job: _Job, slot: float) -> _Outcome:
        """One attempt, in a thread of its own; writes the case's response if it is the last one."""
        if (pause := slot - self._now()) > 0:
            self._sleep(pause)
        job.attempts += 1
        fault: CallError | None = None
        try:
            response = self._target.ask(job.case)
            response.model_dump_json()  # an answer that is no Unicode text (half a surrogate pair) can't be written
        except Exception as error:  # noqa: BLE001 the boundary: whatever ends a call becomes the case's error
            fault = fault_of(error)
            response = Response(case=job.case.id, candidate=self._candidate.name, error=fault)
        ended = self._now()
        if fault:
            job.faults[fault.error_class] += 1
            if job.faults[fault.error_class] < attempts_of(fault.error_class):
                return _Outcome(ended, fault, None)
        response = response.model_copy(update={"attempts": job.attempts, "throttled": job.faults["throttled"]})
        is_first = self._store.write_once(layout.response(self._run, self._candidate.name, job.case.id), response)
        return _Outcome(ended, fault, response, is_first)

    def _end(self, job: _Job, outcome: _Outcome) -> None:
        fault, response = outcome.fault, outcome.response
        self.tally.calls += 1
        if fault is None and response:
            used = used_tokens(self._candidate, response.usage)
            self._limiter.give_back(job.reserved - used, outcome.ended)
            self._learn(response, used)
        elif fault and fault.error_class in TOOK_NOTHING:
            self._limiter.give_back(job.reserved, outcome.ended)
        self._flush_at = min(self._flush_at, outcome.ended + _FLUSH_SECONDS)
        self._ask_at = 0.0
        ready = 0.0
        if fault and fault.error_class == "throttled":
            self.tally.throttled += 1
            ready = self._limiter.throttled(job.faults["throttled"])
        if response is None:
            most = min(_BACKOFF_MOST_SECONDS, _BACKOFF_BASE_SECONDS * 2**job.attempts)
            job.ready = ready or self._now() + self._uniform(0, most)
            self._waiting.append(job)
            return
        self.tally.duplicates += not outcome.is_first
        if response.error:
            self.tally.errors[response.error.error_class] += 1

    def _learn(self, response: Response, used: float) -> None:
        self._tokens += _WEIGHT * (used - self._tokens)
        if response.last_token_ms is not None:
            self._seconds += _WEIGHT * (response.last_token_ms / 1000 - self._seconds)
