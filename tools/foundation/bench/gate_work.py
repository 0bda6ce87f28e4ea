"""What the section gate measures. Run as a script: `gate_work.py gate|scipy ANSWER`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.gate.bootstrap import RESAMPLES, generator
from genai_runtime.evaluation.gate.data import CandidateData, GateInput
from genai_runtime.evaluation.gate.decide import decide
from genai_runtime.evaluation.gate.sample import on_grid
from genai_runtime.evaluation.records import Score
from genai_runtime.evaluation.suite import MetricSpec, Reference, Suite

CASES: Final = 10_000
METRICS: Final = 5
SEED: Final = 20260901
# scipy resamples one metric at a time; larger batches take more memory and no less time.
BATCH: Final = 100


def values() -> NDArray[np.float64]:
    """Metrics x cases: skewed values as token F1 has them."""
    drawn = np.random.Generator(np.random.PCG64(SEED)).beta(6, 1.2, (METRICS, CASES))
    return on_grid(drawn.ravel()).reshape(drawn.shape)


def given(vectors: NDArray[np.float64]) -> GateInput:
    """The values as a run of one candidate."""
    names = [f"metric-{number}" for number in range(METRICS)]
    ids = [f"case-{number:05}" for number in range(CASES)]
    suite = Suite(
        name="bench",
        description="values without a model",
        prompt=Reference(name="bench", version=1),
        models=("none",),
        metrics=tuple(MetricSpec(name=name, gating=True, threshold=0.8) for name in names),
        baseline="none",
        seed=SEED,
    )
    cases = {case: Case(id=case, kind="quality", prompt="none", origin="generated") for case in ids}
    scores = {
        name: {case: Score(metric=name, value=float(value), passed=True) for case, value in zip(ids, row, strict=True)}
        for name, row in zip(names, vectors, strict=True)
    }
    return GateInput(
        run="bench", suite=suite, cases=cases, candidates=(CandidateData("bench", frozenset(ids), scores),)
    )


def with_gate(run: GateInput) -> list[list[float]]:
    """Intervals of a whole verdict."""
    result = decide(run).candidates[0]
    return [[each.interval.low, each.interval.high] for each in result.metrics if each.interval]


def with_scipy(vectors: NDArray[np.float64]) -> list[list[float]]:
    """Intervals of scipy's bootstrap, from the same resamples."""
    found = []
    for row in vectors:
        made = stats.bootstrap(
            (row,), np.mean, n_resamples=RESAMPLES, batch=BATCH, vectorized=True, method="BCa",
            rng=generator(SEED, CASES),
        )  # fmt: skip
        found.append([float(made.confidence_interval.low), float(made.confidence_interval.high)])
    return found


def main(side: str, answer: Path) -> None:
    """One side. Both prepare the same input, which isn't what is measured: only the work's own CPU seconds count."""
    vectors = values()
    run = given(vectors)
    before = time.process_time()
    found = with_gate(run) if side == "gate" else with_scipy(vectors)
    seconds = time.process_time() - before
    answer.write_text(json.dumps({"seconds": seconds, "intervals": found}), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
