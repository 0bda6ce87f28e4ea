"""Asks a deployed use case: the alias of ModelAccess, or a function with its event and result."""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from genai_runtime.evaluation.calls.errors import ENDPOINT_CRASHED, ENDPOINT_RESULT, CallsFailed
from genai_runtime.evaluation.calls.request import template_variables
from genai_runtime.evaluation.calls.target import Times, cost_usd
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.records import Response, Usage
from genai_runtime.evaluation.run import Candidate, UseCaseEndpoint
from genai_runtime.model_access import errors
from genai_runtime.model_access.errors import RequestFailed, RequestRejected

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_ACTIONS = {"answered": "none", "masked": "masked", "blocked": "blocked"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Error(_Part):
    code: str
    message: str


class _Tokens(_Part):
    input_tokens: int = 0
    output_tokens: int = 0


class Result(_Part):
    """The parts of ModelAccess' result that a response needs; a function of its own may leave tokens out."""

    outcome: Literal["answered", "masked", "blocked", "rejected", "failed"]
    answer: str | None = None
    stop_reason: str | None = None
    usage: _Tokens = _Tokens()
    trace_id: str | None = None
    error: _Error | None = None


class UseCaseTarget:
    """One candidate's endpoint. Raises botocore's errors, ModelAccess' own, and CallsFailed."""

    def __init__(
        self,
        client: "LambdaClient",
        candidate: Candidate,
        target: UseCaseEndpoint,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._candidate = candidate
        self._target = target
        self._clock = clock

    def ask(self, case: Case) -> Response:
        """One invocation. Its time is the user's: the whole invocation."""
        event = {
            "use_case": self._target.use_case,
            "prompt": self._candidate.prompt.name,
            "variables": template_variables(self._candidate.prompt, case),
            "model": self._candidate.model_id,
        }
        start = self._clock()
        invoked = self._client.invoke(FunctionName=self._target.function_arn, Payload=json.dumps(event).encode())
        body = invoked["Payload"].read()
        times = Times(start, None, self._clock())
        if "FunctionError" in invoked:
            raise self._crashed(body)
        result = self._result(body)
        usage = Usage(input_tokens=result.usage.input_tokens, output_tokens=result.usage.output_tokens)
        return Response(
            case=case.id,
            candidate=self._candidate.name,
            answer=result.answer,
            stop_reason=result.stop_reason,
            usage=usage,
            cost_usd=cost_usd(self._candidate.price, usage),
            last_token_ms=times.last_token_ms,
            tokens_per_second=times.tokens_per_second(usage.output_tokens),
            guardrail_action=_ACTIONS[result.outcome],
            trace_id=result.trace_id or invoked["ResponseMetadata"]["RequestId"],
        )

    def _result(self, body: bytes) -> Result:
        """An answer. Raises what the endpoint's own code says when there is none."""
        try:
            result = Result.model_validate_json(body)
        except ValidationError as error:
            raise self._other_result(str(error.errors(include_url=False, include_input=False)[0]["msg"])) from None
        if result.outcome == "rejected" and result.error:
            raise RequestRejected(result.error.code, result.error.message)
        if result.outcome == "failed" and result.error:
            raise RequestFailed(result.error.code, result.error.message)
        if result.answer is None:
            raise self._other_result(f"outcome {result.outcome!r} without an answer")
        return result

    def _other_result(self, why: str) -> CallsFailed:
        return CallsFailed(
            ENDPOINT_RESULT,
            f"{self._target.function_arn} gave a result that is not ModelAccess' ({why}): return outcome and answer, or "
            "outcome and error",
        )

    def _crashed(self, body: bytes) -> Exception:
        text = body.decode(errors="replace")[:300]
        if "Task timed out" in text:
            return RequestFailed(
                errors.MODEL_TIMEOUT, f"{self._target.function_arn} did not answer in its time: {text}"
            )
        return CallsFailed(
            ENDPOINT_CRASHED, f"{self._target.function_arn} failed: {text}; look at its log, then run the cases again"
        )
