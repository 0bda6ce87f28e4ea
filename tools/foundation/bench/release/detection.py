"""Section release-detection: requests until a canary's limit notices a degradation, against the least of any method.

Delays from the start are summed exactly over all outcomes, for the watch over all requests, which alone decides then. The
detector as it is deployed is held to them by simulation: a table that is right about another detector must not count.
Degradations that begin later are simulated, because the second watch depends on more than the counts.
"""

from __future__ import annotations

import math
import random
from typing import Final

from foundation.bench.errors import BenchError
from foundation.bench.figures import Aim, Figure
from foundation.bench.release.delay import delay, least_requests, oracle_edge, repeated_edge, sequence_edge
from foundation.bench.release.later import later
from foundation.bench.run import Bench
from genai_runtime.live.online.experiment import observe
from genai_runtime.live.online.records import Request
from genai_runtime.live.online.table import new_state
from genai_runtime.live.online.watch import WHOLE
from genai_runtime.live.records import Experiment

LIMIT: Final = 0.05
ALPHA: Final = 0.01
LEVEL: Final = ALPHA * WHOLE
"""Of the watch over all requests."""
SHARES: Final = (0.08, 0.1, 0.15, 0.2, 0.3, 0.5)
REQUESTS: Final = 10_000
LONG: Final = 20_000
LATE_SHARE: Final = 0.2
CALM_SHARE: Final = 0.01
CALM: Final = (200, 1000, 5000)
RATIO: Final = Aim(1.5, "at most 1.5")
FALSE_ALARMS: Final = Aim(100 * ALPHA, f"at most {ALPHA:.0%}")
SIMULATED_SHARE: Final = 0.2
SIMULATIONS: Final = 400
LATE_SIMULATIONS: Final = 200
SEED: Final = 20261121


def detection(bench: Bench) -> list[Figure]:
    """Delays, their ratio to the least, false alarms; and the deployed detector in a simulation."""
    bench.say("release-detection: sum over all outcomes")
    made = [figure for share in SHARES for figure in _degraded(share)]
    made += _false_alarms()
    bench.say("release-detection: simulate the detector")
    part = 4 if bench.quick else 1
    made += [_after_calm(requests, LATE_SIMULATIONS // part) for requests in CALM]
    return [*made, _simulated(SIMULATIONS // part)]


def _degraded(share: float) -> list[Figure]:
    found = delay(sequence_edge(LIMIT, LEVEL, REQUESTS), share)
    least = least_requests(LIMIT, share, ALPHA)
    oracle = delay(oracle_edge(LIMIT, share, ALPHA, REQUESTS), share).mean
    name, key = f"limit {LIMIT:.0%}, true share {share:.0%}", f"release.detection.{round(100 * share)}"
    return [
        Figure(f"{key}.mean", f"{name}: requests until it is noticed, mean", "", (found.mean,),
               note=f"least of any method {least:.1f}; told the share beforehand {oracle:.1f}"),
        Figure(f"{key}.p90", f"{name}: 90th percentile", "", (float(found.percentile(90)),)),
        Figure(f"{key}.ratio", f"{name}: mean, times the least", "x", (found.mean / least,), RATIO,
               note=f"told the share beforehand {oracle / least:.2f}"),
    ]  # fmt: skip


def _after_calm(requests: int, runs: int) -> Figure:
    edge = sequence_edge(LIMIT, LEVEL, requests + REQUESTS)
    alone = delay(edge, LATE_SHARE, before=(requests, CALM_SHARE)).mean
    found = later(LIMIT, ALPHA, requests, (CALM_SHARE, LATE_SHARE), runs, SEED)
    return Figure(
        f"release.detection.late.{requests}",
        f"limit {LIMIT:.0%}, true share {LATE_SHARE:.0%} after {requests:,} requests of {CALM_SHARE:.0%}: requests from then",
        "",
        tuple(float(each) for each in found),
        percentiles=(90,),
        note=f"mean {sum(found) / len(found):.0f}; the watch over all requests alone {alone:,.0f}",
    )


def _false_alarms() -> list[Figure]:
    held = delay(sequence_edge(LIMIT, LEVEL, LONG), LIMIT).breached + ALPHA - LEVEL
    repeated = delay(repeated_edge(LIMIT, ALPHA, LONG), LIMIT).breached
    about = f"true share at the limit of {LIMIT:.0%}, {LONG:,} requests: rolled back"
    return [
        Figure("release.detection.false", about, "%", (100 * held,), FALSE_ALARMS,
               note=f"at most: {100 * (held - ALPHA + LEVEL):.2f} by the watch over all, and what the other may err with"),
        Figure("release.detection.false.repeated", f"{about} by an exact test at {ALPHA:.0%} after each", "%", (100 * repeated,)),
    ]  # fmt: skip


def _simulated(runs: int) -> Figure:
    """Raises BenchError (GF-BENCH-041) when the detector isn't the one that was summed over."""
    chance = random.Random(SEED)  # noqa: S311 - the same requests in every run
    found = [_requests(chance, SIMULATED_SHARE) for _ in range(runs)]
    exact = delay(sequence_edge(LIMIT, LEVEL, REQUESTS), SIMULATED_SHARE)
    mean = sum(found) / runs
    error = math.sqrt(sum((each - mean) ** 2 for each in found) / (runs - 1) / runs)
    if abs(mean - exact.mean) > 4 * error:
        raise BenchError(
            "GF-BENCH-041",
            f"the detector took {mean:.1f} requests on average (standard error {error:.1f}), {exact.mean:.1f} were summed "
            "exactly: look at live/online/experiment.py",
        )
    return Figure(
        "release.detection.simulated",
        f"the detector itself, true share {SIMULATED_SHARE:.0%}: requests until it is noticed",
        "",
        tuple(float(each) for each in found),
        percentiles=(90,),
        note=f"mean {mean:.1f}, exact {exact.mean:.1f}",
    )


def _requests(chance: random.Random, share: float) -> int:
    """Requests of one canary until its breach."""
    state = new_state("bench", _canary())
    while state.breach is None:
        outcome = "failed" if chance.random() < share else "answered"
        request = {"use_case": "bench", "experiment": "bench", "arm": "candidate", "key": "k", "at": "t"}
        state = observe(state, Request.model_validate(request | {"outcome": outcome}))
    return state.breach.request


def _canary() -> Experiment:
    given = {
        "id": "bench",
        "kind": "canary",
        "candidate": {"prompts": {}, "guardrail": {"name": "bench", "version": 1}},
        "share": 0.1,
        "limits": [{"metric": "failed", "share": LIMIT}],
        "alpha": ALPHA,
        "started_at": "t",
    }
    return Experiment.model_validate(given)
