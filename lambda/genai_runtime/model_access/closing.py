"""How every question ends: with an outcome, and with its audit record, or without its answer."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from aws_lambda_powertools import Logger

from genai_runtime.model_access import audit, errors
from genai_runtime.model_access.audit import Attempt
from genai_runtime.model_access.conversation import Completion
from genai_runtime.model_access.errors import CodedError, RequestFailed, RequestRejected
from genai_runtime.model_access.request import Invocation

Result = dict[str, Any]

logger = Logger(child=True)


class AuditTrail(Protocol):
    """Stores an audit record. Raises RequestFailed when it isn't stored for certain."""

    def write(self, record: Mapping[str, audit.Value]) -> None: ...


class Closing:
    """Turns faults into results, and audits."""

    def __init__(
        self, trail: AuditTrail, *, environment: str, retention_days: int, now: Callable[[], datetime]
    ) -> None:
        self._trail = trail
        self._environment = environment
        self._retention_days = retention_days
        self._now = now

    def close(
        self, ask: Callable[[], Completion], attempt: Attempt, invocation: Invocation
    ) -> tuple[Result, str | None]:
        """The result of asking, after its audit record is stored, and the code of a fault."""
        result, code = self._outcome(ask, attempt, invocation)
        record = audit.record(
            attempt,
            invocation,
            environment=self._environment,
            outcome=str(result["outcome"]),
            error_code=code,
            now=self._now(),
            retention_days=self._retention_days,
        )
        try:
            self._trail.write(record)
        except RequestFailed as error:
            logger.exception("audit record not written", extra={"code": error.code, "withheld": result["outcome"]})
            return _refused(error, invocation), error.code
        if "error" not in result:
            result["record"] = record["at"]
        return result, code

    def _outcome(
        self, ask: Callable[[], Completion], attempt: Attempt, invocation: Invocation
    ) -> tuple[Result, str | None]:
        try:
            return _answer(ask(), attempt, invocation), None
        except RequestRejected as error:
            logger.info("rejected", extra={"code": error.code, "use_case": attempt.use_case})
            return _refused(error, invocation), error.code
        except RequestFailed as error:
            logger.exception("failed", extra={"code": error.code, "use_case": attempt.use_case})
            return _refused(error, invocation), error.code
        except Exception:  # the boundary: logged with its trace, counted as Failed, audited
            logger.exception("failed unexpectedly", extra={"code": errors.UNEXPECTED, "use_case": attempt.use_case})
            fault = RequestFailed(
                errors.UNEXPECTED, f"unexpected fault: give the platform team the trace id {invocation.trace_id}"
            )
            return _refused(fault, invocation), fault.code


def _answer(completion: Completion, attempt: Attempt, invocation: Invocation) -> Result:
    return {
        "outcome": completion.outcome,
        "answer": completion.answer,
        "stop_reason": completion.stop_reason,
        "model": attempt.model,
        "prompt": {"name": attempt.prompt, "version": attempt.prompt_version},
        "usage": {"input_tokens": completion.input_tokens, "output_tokens": completion.output_tokens},
        "latency_ms": attempt.latency_ms,
        "guardrail": {
            "name": attempt.guardrail,
            "version": attempt.guardrail_version,
            "action": completion.action,
            "findings": [finding.as_dict() for finding in completion.findings],
        },
        "release": {
            "sequence": attempt.live_sequence,
            "manifest": attempt.manifest,
            "experiment": attempt.experiment,
            "arm": attempt.arm or "stable",
        },
        "trace_id": invocation.trace_id,
    }


def _refused(error: CodedError, invocation: Invocation) -> Result:
    return {
        "outcome": error.outcome,
        "error": {"code": error.code, "message": error.message},
        "trace_id": invocation.trace_id,
    }
