"""Section evaluation-resume: the target is killed in the middle of a run, started again, and the same command given.

Nothing that was answered may be asked again; what was in flight has to be. The simulated model counts its calls, from zero
in the new process, so that calls beyond the cases without a response are repetitions.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from foundation.bench.errors import BenchError
from foundation.bench.evaluation.deployed import Deployed, deployed
from foundation.bench.evaluation.history import stored
from foundation.bench.evaluation.suite import CASES
from foundation.bench.figures import Aim, Figure
from foundation.bench.run import Bench

ANSWER_MS: Final = 1000.0
PER_MINUTE: Final = 600
"""Of the configuration, so that only some cases are in flight; the simulated model itself has no quota here."""
KILLED_AT: Final = CASES // 4
_MOST_SECONDS: Final = 300.0
_POLL_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Resumed:
    """A run that was killed and taken up again.

    :param calls_before: calls of the model until just before the kill
    :param kept: responses that were there after the restart, before anything else was asked
    :param calls_after: calls of the model after the restart
    :param counted: cases with a response in the end
    :param in_result: cases that the verdict counts
    """

    calls_before: int
    kept: int
    calls_after: int
    counted: int
    in_result: int
    seconds: float

    @property
    def repeated(self) -> int:
        """Calls after the restart for cases that had a response, or that were asked in it already."""
        return self.calls_after - (CASES - self.kept)

    @property
    def in_flight(self) -> int:
        """Calls whose answer the kill lost."""
        return max(0, self.calls_before - self.kept)


def resume(bench: Bench) -> list[Figure]:
    """One kill at about a quarter of the cases."""
    with deployed(bench, "evaluation-resume", quota=PER_MINUTE) as made:
        made.simulate({"time_to_first_token_ms": ANSWER_MS})
        bench.say(f"evaluation-resume: killed after {KILLED_AT} answers")
        return figures(killed(made))


def killed(made: Deployed) -> Resumed:
    """Kill the target within a run, start it, and give the same command."""
    run = made.request(1).run
    command = made.start(1)
    limit = time.monotonic() + _MOST_SECONDS
    while (answered := len(stored(made, run))) < KILLED_AT:
        if command.poll() is not None or time.monotonic() > limit:
            raise BenchError("GF-BENCH-028", f"{answered} cases were answered before the run ended: nothing to kill")
        time.sleep(_POLL_SECONDS)
    before = made.calls()
    made.target.kill()
    command.wait()
    made.target.up()
    kept = len(stored(made, run))
    ended = made.run(1)
    return Resumed(
        calls_before=before,
        kept=kept,
        calls_after=made.calls(),
        counted=len(stored(made, run)),
        in_result=ended.result.gate.candidates[0].cases,
        seconds=ended.seconds,
    )


def figures(found: Resumed) -> list[Figure]:
    """Counts; lost and repeated ones have the aim of none."""
    none = Aim(0, "none")
    return [
        Figure("evaluation-resume.kept", "responses that survived kill -9", "", (float(found.kept),)),
        Figure("evaluation-resume.in-flight", "calls in flight at the kill", "", (float(found.in_flight),),
               note="calls until just before it, without those whose response survived"),
        Figure("evaluation-resume.missing", f"cases of {CASES} missing in the end", "", (float(CASES - found.counted),), none),
        Figure("evaluation-resume.uncounted", f"cases of {CASES} that the verdict doesn't count", "",
               (float(CASES - found.in_result),), none),
        Figure("evaluation-resume.repeated", "calls repeated beyond those in flight", "", (float(found.repeated),), none,
               note=f"{found.calls_after} calls after the restart"),
        Figure("evaluation-resume.seconds", "the same command after the restart", "s", (found.seconds,)),
    ]  # fmt: skip
