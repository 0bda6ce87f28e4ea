"""What two runs of the same request must have in common, whatever was retried, killed or resumed."""

from typing import Any, Final

from genai_runtime.evaluation.records import Response
from genai_runtime.evaluation.verdict import CandidateResult, GateResult, RunResult

LATENCY: Final = frozenset({"first-token-p95-ms", "last-token-p95-ms"})
"""Limits on what a clock measured: no two runs measure the same."""
_OF_RUN: Final = {"run", "started_at", "ended_at", "calls", "throttled_calls", "judging"}
_OF_RESPONSE: Final = {
    "first_token_ms", "last_token_ms", "tokens_per_second", "trace_id", "attempts", "throttled"
}  # fmt: skip


def essence(result: RunResult) -> dict[str, Any]:
    """A result without its name, times and attempts, and without what latency limits measured.

    Everything else has to be equal byte for byte: metrics, intervals, strata, comparisons, failed cases, cost.
    """
    found = result.model_dump(mode="json", exclude=_OF_RUN)
    found["gate"] = essence_of_gate(result.gate)
    return found


def essence_of_gate(gate: GateResult) -> dict[str, Any]:
    """A verdict without the run's name and without what latency limits measured."""
    found = gate.model_dump(mode="json", exclude={"run", "candidates"})
    found["candidates"] = [_candidate(each) for each in gate.candidates]
    return found


def essence_of_response(response: Response) -> dict[str, Any]:
    """A response without times, attempts and its trace."""
    return response.model_dump(mode="json", exclude=_OF_RESPONSE)


def _candidate(result: CandidateResult) -> dict[str, Any]:
    latencies = [limit for limit in result.limits if limit.name in LATENCY]
    measured = [limit.reason for limit in latencies]
    dropped = {"limits", "reasons"}
    if any(limit.decision == "HOLD" for limit in latencies):
        # How many cases would decide depends on the times then, and the gate says so in a reason.
        dropped |= {"cases_needed", "next_cases"}
        measured.append(f"{result.cases_needed} further cases would decide")
    found = result.model_dump(mode="json", exclude=dropped)
    found["limits"] = [
        limit.model_dump(mode="json", exclude={"estimate", "interval", "reason"} if limit.name in LATENCY else None)
        for limit in result.limits
    ]
    found["reasons"] = [each for each in result.reasons if not any(text in each for text in measured)]
    return found
