"""What a caller sends, and as whom. Pure."""

import json
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from genai_runtime.model_access import errors
from genai_runtime.model_access.errors import RequestRejected

# Well below Lambda's 6 MB for a synchronous invocation and above any approved model's context window as plain text.
MAX_PAYLOAD_BYTES = 1_000_000

_SHOWN_PROBLEMS = 5
_SHOWN_CHARACTERS = 60

_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
# Printable ASCII: an opaque id, not a person's name. It goes into the audit record and nowhere else.
_User = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,128}$")]
# Longest model id or ARN that Converse takes.
_ModelId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9:/._-]{0,2047}$")]


def _unicode(text: str) -> str:
    """JSON can carry half of a surrogate pair, which no service takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds a lone surrogate, which is no Unicode text") from None
    return text


_Text = Annotated[str, AfterValidator(_unicode)]


class ModelAccessRequest(BaseModel):
    """The function's event. Bedrock allows a prompt 20 variables."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    use_case: _Name
    prompt: _Name
    variables: dict[_Text, _Text] = Field(max_length=20)
    user: _User | None = None
    model: _ModelId | None = None


@dataclass(frozen=True)
class Invocation:
    """Who called, and until when an answer is of use."""

    function_arn: str
    request_id: str
    trace_id: str
    seconds: float  # left of the function's time when the request arrived


def use_case_of(function_arn: str) -> str:
    """The use case is the alias through which the function was invoked: IAM decides who may use which alias.

    Raises RequestRejected when the function was invoked without an alias.
    """
    parts = function_arn.split(":")
    qualifier = parts[7] if len(parts) == 8 else ""
    if not qualifier or qualifier == "$LATEST" or qualifier.isdigit():
        raise RequestRejected(
            errors.NO_USE_CASE,
            f"the function was invoked as {function_arn!r}, which names no use case: invoke the alias of your use case "
            "(function name, colon, use case)",
        )
    return qualifier


def parse(event: object, use_case: str) -> ModelAccessRequest:
    """Check the payload's size, shape and use case. Raises RequestRejected; no message repeats a variable's value."""
    try:
        size = len(json.dumps(event))
    except (TypeError, ValueError, RecursionError):
        size = MAX_PAYLOAD_BYTES + 1
    if size > MAX_PAYLOAD_BYTES:
        raise RequestRejected(
            errors.PAYLOAD_TOO_LARGE,
            f"the payload is over {MAX_PAYLOAD_BYTES} bytes of JSON or nested too deeply: send less text",
        )
    try:
        request = ModelAccessRequest.model_validate(event)
    except ValidationError as error:
        raise RequestRejected(errors.PAYLOAD_INVALID, _problems(error)) from None
    if request.use_case != use_case:
        raise RequestRejected(
            errors.OTHER_USE_CASE,
            f"the payload names the use case {request.use_case!r}, but the function was invoked for {use_case!r}: "
            "invoke the alias of the use case that you name",
        )
    return request


def shown(text: str) -> str:
    """What a caller sent, quoted, without line breaks and cut: fit for a message and a log line."""
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…")


def _problems(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{shown('.'.join(str(part) for part in item['loc']))}: {item['msg']}" for item in found[:_SHOWN_PROBLEMS]]
    more = f" (and {len(found) - _SHOWN_PROBLEMS} more)" if len(found) > _SHOWN_PROBLEMS else ""
    return (
        f"the payload is not a model access request: {'; '.join(lines)}{more}: "
        "send use_case, prompt and variables, and at most user and model"
    )
