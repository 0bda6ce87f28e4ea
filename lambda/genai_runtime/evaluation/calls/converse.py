"""Asks a model: ConverseStream, or Converse for a model that doesn't stream."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from genai_runtime.evaluation.calls.request import conversation
from genai_runtime.evaluation.calls.target import Times, cost_usd
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.records import Response, Usage
from genai_runtime.evaluation.run import Candidate, Converse
from genai_runtime.model_access.conversation import GuardrailAction, completion_of

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient
    from mypy_boto3_bedrock_runtime.type_defs import ConverseRequestTypeDef, ConverseResponseTypeDef

ACTIONS: dict[GuardrailAction, str] = {"NONE": "none", "ANONYMIZED": "masked", "BLOCKED": "blocked"}


class ConverseTarget:
    """One candidate's model. Raises botocore's errors and ModelAccess' own."""

    def __init__(
        self,
        client: "BedrockRuntimeClient",
        run: str,
        candidate: Candidate,
        target: Converse,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._run = run
        self._candidate = candidate
        self._streams = target.stream
        self._clock = clock

    def ask(self, case: Case) -> Response:
        """One conversation turn. The trace id is AWS's request id: it finds the model invocation log's record."""
        request = conversation(self._run, self._candidate, case)
        response, times = self._streamed(request) if self._streams else self._whole(request)
        completion = completion_of(response)
        usage = Usage(input_tokens=completion.input_tokens, output_tokens=completion.output_tokens)
        return Response(
            case=case.id,
            candidate=self._candidate.name,
            answer=completion.answer,
            stop_reason=completion.stop_reason,
            usage=usage,
            cost_usd=cost_usd(self._candidate.price, usage),
            first_token_ms=times.first_token_ms,
            last_token_ms=times.last_token_ms,
            tokens_per_second=times.tokens_per_second(usage.output_tokens),
            guardrail_action=ACTIONS[completion.action] if self._candidate.guardrail else None,
            trace_id=completion.model_request_id,
        )

    def _whole(self, request: "ConverseRequestTypeDef") -> "tuple[ConverseResponseTypeDef, Times]":
        start = self._clock()
        response = self._client.converse(**request)
        return response, Times(start, None, self._clock())

    def _streamed(self, request: "ConverseRequestTypeDef") -> "tuple[ConverseResponseTypeDef, Times]":
        """The stream's events, put together as Converse answers; `first` is when the first text came."""
        start, first = self._clock(), None
        answer = self._client.converse_stream(**request)  # type: ignore[arg-type]  # same fields, another TypedDict
        texts: list[str] = []
        response: dict[str, Any] = {"ResponseMetadata": answer["ResponseMetadata"], "stopReason": "unknown"}
        with_usage: dict[str, Any] = {"usage": {"inputTokens": 0, "outputTokens": 0, "totalTokens": 0}}
        stream = answer["stream"]
        try:
            for event in stream:
                if text := event.get("contentBlockDelta", {}).get("delta", {}).get("text"):
                    first = first or self._clock()
                    texts.append(text)
                response |= event.get("messageStop", {})
                with_usage |= event.get("metadata", {})
        finally:
            stream.close()  # botocore's EventStream gives its connection back
        response |= with_usage
        response["output"] = {"message": {"role": "assistant", "content": [{"text": "".join(texts)}]}}
        return response, Times(start, first, self._clock())  # type: ignore[return-value]  # built above
