"""Section evaluation-scoring: our scoring of 500 cases beside the same metrics called directly from their libraries."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from foundation.bench.errors import BenchError
from foundation.bench.evaluation.suite import CASES, write_canned, write_project
from foundation.bench.figures import Aim, Figure, ratios
from foundation.bench.run import Bench
from foundation.bench.usage import clean_environment, measure
from foundation.cdk import ROOT

WORK: Final = Path(__file__).with_name("scoring_work.py")
AIM: Final = Aim(1.2, "at most 1.2")
ROUNDS: Final = 40
QUICK_ROUNDS: Final = 5
TOLERANCE: Final = 1e-9


@dataclass(frozen=True)
class Scored:
    """Both sides of one process, in turn.

    :param ours: CPU seconds of the scoring step for all cases, round by round
    :param libraries: CPU seconds of the libraries' calls alone
    :param difference: largest difference between two values
    """

    ours: tuple[float, ...]
    libraries: tuple[float, ...]
    difference: float


def scoring(bench: Bench) -> list[Figure]:
    """One process; a first round of each side imports and fills caches, and isn't counted."""
    project = write_project(bench.settings, bench.out / "evaluation-scoring", None)
    canned, answer = bench.out / "evaluation-scoring" / "canned.jsonl", bench.out / "evaluation-scoring" / "answer.json"
    write_canned(project.load().cases, canned)
    rounds = QUICK_ROUNDS if bench.quick else ROUNDS
    bench.say(f"evaluation-scoring: {rounds} rounds of {CASES} cases")
    measure(
        [sys.executable, str(WORK), str(canned), str(rounds), str(answer)],
        environment=work_environment(bench),
        folder=bench.out,
        log=bench.logs / "evaluation-scoring.txt",
    )
    return figures(read(answer))


def work_environment(bench: Bench) -> dict[str, str]:
    """Variables of a process that imports the pipeline's code."""
    return clean_environment(bench.app.venv) | {
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in ("lambda", "tools")),
    }


def read(answer: Path) -> Scored:
    """What the measured process wrote."""
    told: Any = json.loads(answer.read_text(encoding="utf-8"))
    return Scored(tuple(told["ours"]), tuple(told["libraries"]), float(told["difference"]))


def figures(found: Scored) -> list[Figure]:
    """Seconds and ratio. Raises BenchError (GF-BENCH-029) when a value isn't the library's."""
    if found.difference > TOLERANCE:
        raise BenchError(
            "GF-BENCH-029",
            f"a metric differs from its library by {found.difference:.2g}: run tests/unit/evaluation/metrics",
        )
    return [
        Figure("evaluation-scoring.ratio", "our scoring, times the libraries", "x",
               ratios(found.ours, found.libraries), AIM, note="BLEU, chrF, ROUGE-1, ROUGE-2 and ROUGE-L; round by round"),
        Figure("evaluation-scoring.ours", f"our scoring of {CASES} cases, CPU", "s", found.ours),
        Figure("evaluation-scoring.libraries", f"the libraries alone on {CASES} cases, CPU", "s", found.libraries),
        largest(found.difference),
    ]  # fmt: skip


def largest(difference: float) -> Figure:
    """That both sides say the same is a figure too."""
    samples: Sequence[float] = (difference,)
    return Figure("evaluation-scoring.difference", "largest difference of a value to its library's", "", tuple(samples))
