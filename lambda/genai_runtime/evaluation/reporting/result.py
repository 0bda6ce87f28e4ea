"""The run's result, and its failed cases as JSON lines."""

import json
import math
from collections.abc import Iterator
from typing import Any

from genai_runtime.evaluation.reporting.data import CandidateData, Outcome, RunData
from genai_runtime.evaluation.verdict import RunResult


def run_result(data: RunData) -> RunResult:
    """`result.json`."""
    costs = [each.cost_usd for each in data.candidates if each.cost_usd is not None]
    return RunResult(
        run=data.request.run,
        suite=data.request.suite,
        version=data.request.version,
        decision=data.gate.decision,
        gate=data.gate,
        started_at=data.started_at,
        ended_at=data.ended_at,
        calls=sum(each.calls for each in data.candidates),
        throttled_calls=sum(each.throttled for each in data.candidates),
        # Rounded to a ten-billionth of a dollar: sums over other batches may differ in the last bit.
        cost_usd=round(math.fsum(costs), 10) if costs else None,
        judging=data.judging,
    )


def failed_cases(data: RunData) -> bytes:
    """`failed-cases.jsonl`: every failed and every undecided case in full, one object a line."""
    lines = (json.dumps(each, ensure_ascii=True, sort_keys=True) for each in _failed(data))
    return "".join(f"{line}\n" for line in lines).encode()


def failures_of(data: RunData, candidate: CandidateData) -> list[Outcome]:
    """The cases that the gate counts as failed, in the order of the dataset."""
    verdict = data.verdict(candidate.name)
    failed = {*verdict.failed_cases, *verdict.severe_failures}
    return [outcome for outcome in candidate.outcomes if outcome.case.id in failed]


def undecided_of(candidate: CandidateData) -> list[Outcome]:
    """The cases that say nothing about the candidate, as the gate counts them."""
    return [outcome for outcome in candidate.outcomes if candidate.undecided(outcome)]


def _failed(data: RunData) -> Iterator[dict[str, Any]]:
    for candidate in data.candidates:
        failed = failures_of(data, candidate)
        ids = {outcome.case.id for outcome in failed}
        for outcome in [*failed, *(each for each in undecided_of(candidate) if each.case.id not in ids)]:
            yield {
                "candidate": candidate.name,
                "undecided": candidate.undecided(outcome),
                "pattern": outcome.pattern,
                "case": outcome.case.model_dump(mode="json"),
                "response": outcome.response.model_dump(mode="json") if outcome.response else None,
                "scores": [score.model_dump(mode="json") for score in outcome.scores],
            }
