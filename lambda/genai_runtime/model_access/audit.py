"""The audit record of a request. Pure.

A record says who asked which model what kind of question with which outcome. It holds no text of the caller or the
model: that is in Bedrock's model invocation log, which has its own access rules and retention; `model_request_id` finds
it there. `input_sha256` tells equal inputs apart from different ones; a short or guessable input can be found from its
digest, so records are as confidential as inputs.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from genai_runtime.model_access.conversation import Completion
from genai_runtime.model_access.request import Invocation

# Partition key of requests that came through no alias; '#' is not allowed in an alias.
UNIDENTIFIED = "#unidentified"

Value = str | int | Sequence[str]
Fault = Literal["live_unavailable", "live_malformed", "shadow_not_sent"]


@dataclass
class Attempt:
    """What is known about a request so far; filled in on its way, so that a rejected one is audited with what it had."""

    use_case: str = UNIDENTIFIED
    user: str | None = None
    prompt: str | None = None
    prompt_version: int | None = None
    model: str | None = None
    guardrail: str | None = None
    guardrail_version: int | None = None
    input_sha256: str | None = None
    latency_ms: int | None = None
    completion: Completion | None = field(default=None)
    # Which release answered, and for which experiment; without the latter no arm.
    live_sequence: int | None = None
    manifest: str | None = None
    experiment: str | None = None
    arm: Literal["stable", "candidate", "shadow"] | None = None
    # Sort key of the record where it isn't the time.
    at: str | None = None
    # Kept only for a copy to the candidate of a shadow experiment; never recorded.
    variables: Mapping[str, str] | None = None
    # What went wrong beside the answer; for metrics.
    faults: set[Fault] = field(default_factory=set)


def digest(variables: Mapping[str, str]) -> str:
    """SHA-256 of the variables as canonical JSON."""
    text = json.dumps(variables, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def record(
    attempt: Attempt,
    invocation: Invocation,
    *,
    environment: str,
    outcome: str,
    error_code: str | None,
    now: datetime,
    retention_days: int,
) -> dict[str, Value]:
    """One item of the audit table. Keys: use_case, at. `expires_at` (epoch seconds) is the table's time-to-live."""
    completion = attempt.completion
    values: dict[str, Value | None] = {
        "use_case": attempt.use_case,
        "at": attempt.at or f"{now.astimezone(UTC).isoformat(timespec='microseconds')}#{invocation.request_id}",
        "expires_at": int((now + timedelta(days=retention_days)).timestamp()),
        "environment": environment,
        "caller": invocation.function_arn,
        "request_id": invocation.request_id,
        "trace_id": invocation.trace_id,
        "user": attempt.user,
        "prompt": attempt.prompt,
        "prompt_version": attempt.prompt_version,
        "model": attempt.model,
        "guardrail": attempt.guardrail,
        "guardrail_version": attempt.guardrail_version,
        "input_sha256": attempt.input_sha256,
        "latency_ms": attempt.latency_ms,
        "live_sequence": attempt.live_sequence,
        "manifest": attempt.manifest,
        "experiment": attempt.experiment,
        "arm": attempt.arm,
        "outcome": outcome,
        "error_code": error_code,
    }
    if completion:
        values |= {
            "guardrail_action": completion.action,
            "findings": [":".join(finding.as_dict().values()) for finding in completion.findings],
            "stop_reason": completion.stop_reason,
            "input_tokens": completion.input_tokens,
            "output_tokens": completion.output_tokens,
            "model_request_id": completion.model_request_id,
        }
    return {name: value for name, value in values.items() if value is not None}
