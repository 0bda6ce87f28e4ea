"""Section gate: 10,000 cases and 5 metrics with 9,999 BCa resamples, beside scipy's bootstrap in the same run.

Each side is a process of its own, so that its peak memory is its own, and times its own work. The intervals of both are
compared: a gate that is fast and wrong must not count.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from foundation.bench.errors import BenchError
from foundation.bench.figures import Aim, Figure, ratios
from foundation.bench.run import Bench
from foundation.bench.usage import clean_environment, measure
from foundation.cdk import ROOT

WORK: Final = Path(__file__).with_name("gate_work.py")
SIDES: Final = ("gate", "scipy")
CPU: Final = Aim(1.5, "under 1.5 s")
MEMORY: Final = Aim(300, "under 300 MiB")
TOLERANCE: Final = 1e-9
RUNS: Final = 5
QUICK_RUNS: Final = 2


@dataclass(frozen=True)
class Measured:
    """One run of one side.

    :param seconds: CPU of the work alone
    :param peak_mib: memory of the whole process, imports and input included
    """

    seconds: float
    peak_mib: float
    intervals: list[list[float]]


def gate(bench: Bench) -> list[Figure]:
    """Both sides in turn, after one run of each to warm up."""
    made: dict[str, list[Measured]] = {side: [] for side in SIDES}
    count = QUICK_RUNS if bench.quick else RUNS
    for number in range(count + 1):
        bench.say(f"gate: run {number} of {count}" if number else "gate: warm up")
        for side in SIDES:
            measured = _run(bench, side)
            if number:
                made[side].append(measured)
    return figures(made["gate"], made["scipy"])


def figures(ours: Sequence[Measured], theirs: Sequence[Measured]) -> list[Figure]:
    """Seconds, memory, their ratio. Raises BenchError (GF-BENCH-020) when the intervals differ."""
    worst = max(farthest(one.intervals, other.intervals) for one, other in zip(ours, theirs, strict=True))
    if worst > TOLERANCE:
        raise BenchError(
            "GF-BENCH-020",
            f"the gate's BCa intervals differ from scipy's by up to {worst:.2g}: look at gate/bootstrap.py",
        )
    about = "10,000 cases, 5 metrics, 9,999 resamples"
    seconds, others = tuple(each.seconds for each in ours), tuple(each.seconds for each in theirs)
    return [
        Figure("gate.cpu", f"gate on {about}, CPU", "s", seconds, CPU, note="a whole verdict"),
        Figure("gate.memory", f"gate on {about}, peak memory", "MiB", tuple(each.peak_mib for each in ours), MEMORY,
               note="of the process, imports and input included"),
        Figure("gate.scipy.cpu", f"scipy.stats.bootstrap on {about}, CPU", "s", others, note="the intervals alone"),
        Figure("gate.scipy.memory", "scipy.stats.bootstrap, peak memory", "MiB", tuple(each.peak_mib for each in theirs)),
        Figure("gate.ratio", "gate, times scipy's CPU", "x", ratios(seconds, others)),
        Figure("gate.difference", "largest difference of an interval's bound to scipy's", "", (worst,)),
    ]  # fmt: skip


def farthest(ours: list[list[float]], theirs: list[list[float]]) -> float:
    """The largest difference between bounds of the same metrics."""
    return max(
        abs(one - other) for mine, his in zip(ours, theirs, strict=True) for one, other in zip(mine, his, strict=True)
    )


def _run(bench: Bench, side: str) -> Measured:
    environment = clean_environment(bench.app.venv) | {
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in ("lambda", "tools")),
    }
    answer = bench.logs / f"gate-{side}.json"
    command = [sys.executable, str(WORK), side, str(answer)]
    used = measure(command, environment=environment, folder=bench.out, log=bench.logs / f"gate-{side}.txt")
    read: Any = json.loads(answer.read_text(encoding="utf-8"))
    return Measured(float(read["seconds"]), used.peak_mib, read["intervals"])
