"""Section evaluation-overhead: 500 cases end to end with a model that answers at once and has no quota.

What is left is the pipeline's own time: the command, the state machine, the functions and the emulator below them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from foundation.bench.errors import BenchError
from foundation.bench.evaluation.deployed import Deployed, Ended, deployed
from foundation.bench.evaluation.history import STEPS, Span, history, steps, stored
from foundation.bench.evaluation.suite import CASES
from foundation.bench.figures import Aim, Figure
from foundation.bench.run import Bench
from foundation.bench.usage import ProcessTree

AIM: Final = Aim(10, "under 10 s")
RUNS: Final = 4
QUICK_RUNS: Final = 2


def overhead(bench: Bench) -> list[Figure]:
    """The first run starts every function; the others find them warm."""
    with deployed(bench, "evaluation-overhead") as made:
        made.simulate(None)
        tree = ProcessTree(made.target_pid())
        runs: list[tuple[Ended, dict[str, float]]] = []
        processor: list[float] = []
        for number in range(1, (QUICK_RUNS if bench.quick else RUNS) + 1):
            bench.say(f"evaluation-overhead: run {number}, {'functions start' if number == 1 else 'warm'}")
            before = tree.cpu()
            ended = made.run(number)
            processor.append(tree.cpu() - before)
            runs.append((ended, whole(made, ended)))
    return figures(runs, processor)


def whole(made: Deployed, ended: Ended) -> dict[str, float]:
    """Seconds by phase of a run. Raises BenchError (GF-BENCH-024) when a case is missing, undecided or was throttled."""
    result = ended.result
    undecided = sum(metric.undecided for each in result.gate.candidates for metric in each.metrics)
    if result.calls != CASES or undecided or result.throttled_calls:
        raise BenchError(
            "GF-BENCH-024",
            f"run {result.run} asked {result.calls} cases of {CASES}, {undecided} scores are undecided, "
            f"{result.throttled_calls} calls were throttled: look at its report",
        )
    found = steps(history(made, result.run))
    return phases(ended, found, stored(made, result.run)[-1])


def phases(ended: Ended, found: Mapping[str, Span], last_answer: float) -> dict[str, float]:
    """What the command's seconds went into.

    :param found: steps of the execution
    :param last_answer: when the last response was stored: invoke ends, though other batches are being scored already
    """
    plan, evaluate, gate, publish = (found[name] for name in STEPS)
    ended_at = ended.started + ended.seconds
    return {
        "start": plan.began - ended.started,
        "plan": plan.seconds,
        "invoke": last_answer - evaluate.began,
        "score": evaluate.ended - last_answer,
        "gate": gate.seconds,
        "publish": publish.seconds,
        "end": ended_at - publish.ended,
    }


NAMES: Final[Mapping[str, str]] = {
    "start": "the command's start, the request, the execution's start",
    "plan": "plan",
    "invoke": "invoke, until the last answer is stored",
    "score": "score, from then on",
    "gate": "gate",
    "publish": "publish",
    "end": "the verdict seen, pages copied, the command's end",
}


def figures(runs: list[tuple[Ended, dict[str, float]]], processor: list[float]) -> list[Figure]:
    """The first run cold, the others warm.

    :param processor: CPU seconds of the target and its functions in each run
    """
    note = "command to verdict, its own start included"
    kinds = (("cold", slice(0, 1)), ("warm", slice(1, None)))
    made: list[Figure] = []
    for kind, part in kinds:
        seconds = tuple(ended.seconds for ended, _ in runs[part])
        made.append(Figure(f"evaluation-overhead.{kind}", f"{CASES} cases, {kind}", "s", seconds, AIM, note=note))
        made += [
            Figure(
                f"evaluation-overhead.{kind}.{phase}",
                f"{kind}: {said}",
                "s",
                tuple(each[phase] for _, each in runs[part]),
            )
            for phase, said in NAMES.items()
        ]
        cpu = tuple(processor[part])
        made.append(
            Figure(
                f"evaluation-overhead.{kind}.cpu",
                f"{kind}: CPU of the emulator and the functions",
                "s",
                cpu,
                note="tracking included, of the run before where it goes on",
            )
        )
    return made
