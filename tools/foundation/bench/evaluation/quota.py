"""Section evaluation-quota: how much of a model's quota a run uses, and how many of its calls are throttled.

The simulated model answers after a second and has a quota of requests, a bucket of one minute. Before each side the bucket
is drained and left alone for IDLE seconds, as in an account that others use too: a full bucket would let a run that
takes no care finish early. The limit is that of a steady stream, cases by the quota's rate. Beside the pipeline, the same
cases through botocore's adaptive retry mode.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from botocore.config import Config
from botocore.exceptions import ClientError

from foundation.bench.errors import BenchError
from foundation.bench.evaluation.adaptive import ADAPTIVE, Counted, ask_all, counting
from foundation.bench.evaluation.deployed import Deployed, deployed
from foundation.bench.evaluation.history import Span, history, steps, stored
from foundation.bench.evaluation.suite import CASES
from foundation.bench.figures import Aim, Figure
from foundation.bench.run import Bench
from genai_runtime.evaluation.calls.converse import ConverseTarget
from genai_runtime.evaluation.calls.target import Target
from genai_runtime.evaluation.run import Converse

PER_MINUTE: Final = 200
ANSWER_MS: Final = 1000.0
IDLE: Final = 2.0
USED: Final = Aim(1 / 0.97, "at most 1.03 (97 % used)")
THROTTLED: Final = Aim(0.01, "under 1 %")
_DRAINING_THREADS = 32
_MOST_SECONDS = 120.0
_ONCE = Config(retries={"total_max_attempts": 1}, max_pool_connections=_DRAINING_THREADS)


@dataclass(frozen=True)
class Side:
    """What one way of asking all cases took.

    :param drained: when the quota had been used up, seconds since the epoch
    :param span: from the beginning of asking to the last answer
    :param cases: answers
    :param attempts: calls, the throttled ones included
    """

    drained: float
    span: Span
    cases: int
    attempts: int
    throttled: int

    @property
    def limit(self) -> float:
        """Seconds in which a steady stream of so many calls goes through the quota."""
        return self.cases / PER_MINUTE * 60

    @property
    def least(self) -> float:
        """Seconds in which they could have started at best: what had come back since the quota was drained at once, the
        rest as it came."""
        held = min(60.0, self.span.began - self.drained)
        return max(0.0, self.limit - held)

    @property
    def share_throttled(self) -> float:
        """Of all attempts."""
        return self.throttled / self.attempts


def quota(bench: Bench) -> list[Figure]:
    """Both sides one after the other, on the same target."""
    with deployed(bench, "evaluation-quota", quota=PER_MINUTE) as made:
        made.simulate(None)
        made.run(1)  # starts the functions; asks for the candidate too
        made.simulate({"time_to_first_token_ms": ANSWER_MS, "requests_per_minute": PER_MINUTE})
        bench.say(f"evaluation-quota: {CASES} cases through the pipeline")
        ours = pipeline(made)
        bench.say(f"evaluation-quota: {CASES} cases through botocore's adaptive mode")
        theirs = adaptive(made)
    return figures(ours, theirs)


def pipeline(made: Deployed) -> Side:
    """A run through the deployed pipeline."""
    drained = drain(made)
    ended = made.run(2)
    answers = stored(made, ended.result.run)
    span = Span(steps(history(made, ended.result.run))["Evaluate"].began, answers[-1])
    return Side(drained, span, len(answers), ended.result.calls, ended.result.throttled_calls)


def adaptive(made: Deployed) -> Side:
    """The same requests from plain threads."""
    candidate = made.request(2).candidates[0]
    counted = Counted()
    target = ConverseTarget(counting(made.models(ADAPTIVE), counted), "bench-adaptive", candidate, Converse())
    drained = drain(made)
    began = time.time()
    answered, ended = ask_all(target, made.project.load().cases)
    return Side(drained, Span(began, ended), answered, counted.attempts, counted.throttled)


def drain(made: Deployed) -> float:
    """Use the quota up, then let it rest; when it was used up. Raises BenchError (GF-BENCH-026) if it has no end."""
    candidate, cases = made.request(2).candidates[0], made.project.load().cases
    target: Target = ConverseTarget(made.models(_ONCE), "bench-drain", candidate, Converse(stream=False))
    limit = time.monotonic() + _MOST_SECONDS
    throttled: list[float] = []

    def until_throttled(number: int) -> None:
        # Until anybody is: the last one alone would never use up what comes back.
        while not throttled and time.monotonic() < limit:
            try:
                target.ask(cases[number])
            except ClientError as error:
                if error.response["Error"]["Code"] != "ThrottlingException":
                    raise
                throttled.append(time.time())

    with ThreadPoolExecutor(_DRAINING_THREADS) as pool:
        list(pool.map(until_throttled, range(_DRAINING_THREADS)))
    if not throttled:
        raise BenchError("GF-BENCH-026", f"the quota of {PER_MINUTE} a minute isn't used up in {_MOST_SECONDS} s")
    drained = min(throttled)
    time.sleep(IDLE)
    return drained


def figures(ours: Side, theirs: Side) -> list[Figure]:
    """Both sides. Raises BenchError (GF-BENCH-027) when the pipeline left cases without an answer."""
    if ours.cases != CASES:
        raise BenchError("GF-BENCH-027", f"{ours.cases} of {CASES} cases have a response: look at the run's report")
    about = f"{CASES} cases, answers of {ANSWER_MS / 1000:g} s, {PER_MINUTE} requests a minute"
    made = []
    for key, name, side, used, throttled in (
        ("pipeline", "pipeline", ours, USED, THROTTLED),
        ("adaptive", "botocore's adaptive mode", theirs, None, None),
    ):
        prefix = f"evaluation-quota.{key}"
        made += [
            Figure(f"{prefix}.wall", f"{name}: {about}", "s", (side.span.seconds,),
                   note="from the invoke phase's start to the last answer"),
            Figure(f"{prefix}.ratio", f"{name}: times the quota's limit of {side.limit:.0f} s", "x",
                   (side.span.seconds / side.limit,), used,
                   note=f"cases by the quota's rate; {100 * side.limit / side.span.seconds:.1f} % used"),
            Figure(f"{prefix}.least", f"{name}: least seconds with what the quota held at the start", "s", (side.least,),
                   note=f"{side.span.began - side.drained:.1f} s after it was drained"),
            Figure(f"{prefix}.throttled", f"{name}: share of calls throttled", "", (side.share_throttled,), throttled,
                   note=f"{side.throttled} of {side.attempts}"),
            Figure(f"{prefix}.answered", f"{name}: cases with an answer", "", (float(side.cases),)),
        ]  # fmt: skip
    return made
