"""Responses that were made elsewhere (EVAL-2, bring your own inference): JSON lines in the evaluation bucket."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from genai_runtime.evaluation.base import CaseId, Record
from genai_runtime.evaluation.calls.errors import RESPONSE_MISSING, RESPONSES_ABSENT, RESPONSES_INVALID, CallsFailed
from genai_runtime.evaluation.calls.target import cost_usd
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.records import CallError, Response, Usage
from genai_runtime.evaluation.run import Candidate
from genai_runtime.evaluation.store import Store

_SHOWN = 50
Milliseconds = Annotated[float, Field(ge=0)]


class OwnResponse(Record):
    """A line: the answer to a case, or why there is none, and what is known of it."""

    id: CaseId
    answer: str | None = None
    error: CallError | None = None
    usage: Usage = Usage()
    stop_reason: str | None = None
    first_token_ms: Milliseconds | None = None
    last_token_ms: Milliseconds | None = None
    tokens_per_second: Annotated[float, Field(ge=0)] | None = None
    guardrail_action: str | None = None
    trace_id: str | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.answer is None) == (self.error is None):
            raise ValueError("give either answer or error")
        return self


def parse_responses(body: bytes, file: str) -> dict[str, OwnResponse]:
    """The responses of a file by their case. Raises CallsFailed with all that is wrong, as `FILE:LINE: reason`."""
    found: dict[str, OwnResponse] = {}
    problems: list[str] = []
    for number, line in enumerate(body.removesuffix(b"\n").split(b"\n"), start=1):
        try:
            response = OwnResponse.model_validate_json(line)
        except ValidationError as error:
            problems += [
                f"{file}:{number}: {'.'.join(str(part) for part in item['loc']) or 'the record'}: {item['msg']}"
                for item in error.errors(include_url=False, include_input=False)
            ]
            continue
        if response.id in found:
            problems.append(f"{file}:{number}: id: {response.id} is there twice")
        found[response.id] = response
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise CallsFailed(
            RESPONSES_INVALID,
            f"{file} has {len(problems)} problem(s), correct them and upload it again:\n"
            + "\n".join([*problems[:_SHOWN], *more]),
        )
    return found


def read_responses(store: Store, key: str) -> bytes:
    """A file of own responses. Raises CallsFailed when it isn't there."""
    body = store.read(key)
    if body is None:
        raise CallsFailed(RESPONSES_ABSENT, f"s3://{store.bucket}/{key} does not exist: upload the responses, then run")
    return body


class OwnResponsesTarget:
    """One candidate's responses; nothing is called."""

    def __init__(self, candidate: Candidate, responses: Mapping[str, OwnResponse], file: str) -> None:
        self._candidate = candidate
        self._responses = responses
        self._file = file

    def ask(self, case: Case) -> Response:
        """What the file says. Raises CallsFailed when it says nothing."""
        own = self._responses.get(case.id)
        if own is None:
            raise CallsFailed(
                RESPONSE_MISSING, f"{self._file} has no response to case {case.id}: add one, or an error, and run again"
            )
        known = own.usage != Usage()
        return Response(
            case=case.id,
            candidate=self._candidate.name,
            answer=own.answer,
            error=own.error,
            stop_reason=own.stop_reason,
            usage=own.usage,
            cost_usd=cost_usd(self._candidate.price, own.usage) if known else None,
            first_token_ms=own.first_token_ms,
            last_token_ms=own.last_token_ms,
            tokens_per_second=own.tokens_per_second,
            guardrail_action=own.guardrail_action,
            trace_id=own.trace_id,
        )
