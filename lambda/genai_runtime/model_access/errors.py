"""Coded ends of requests that are not answered. The message says what was given and what to do."""

from typing import Literal


class CodedError(Exception):
    """A request that ends without an answer. `code` is stable; the message is for the person who can fix it."""

    outcome: Literal["rejected", "failed"]

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class RequestRejected(CodedError):
    """The caller has to change the request: sending it again gives the same result."""

    outcome = "rejected"


class RequestFailed(CodedError):
    """The platform or a service did not do its part: the request may be fine."""

    outcome = "failed"


# The request (rejected)
NO_USE_CASE = "GF-RUN-001"
PAYLOAD_TOO_LARGE = "GF-RUN-002"
PAYLOAD_INVALID = "GF-RUN-003"
OTHER_USE_CASE = "GF-RUN-004"
USE_CASE_UNKNOWN = "GF-RUN-005"
PROMPT_NOT_AGREED = "GF-RUN-006"
MODEL_NOT_AGREED = "GF-RUN-007"
VARIABLE_MISSING = "GF-RUN-008"
VARIABLE_UNEXPECTED = "GF-RUN-009"
VARIABLE_TOO_LONG = "GF-RUN-010"
VARIABLE_BLANK = "GF-RUN-011"
INPUT_TOO_LARGE = "GF-RUN-012"

# What was deployed (failed)
CONTRACT_MISSING = "GF-RUN-020"
CONTRACT_MALFORMED = "GF-RUN-021"
PROMPT_UNUSABLE = "GF-RUN-022"
CONTRACT_DENIED = "GF-RUN-023"
CONTRACT_UNAVAILABLE = "GF-RUN-024"

# The call to the model (failed)
THROTTLED = "GF-RUN-030"
MODEL_DENIED = "GF-RUN-031"
MODEL_TIMEOUT = "GF-RUN-032"
MODEL_UNAVAILABLE = "GF-RUN-033"
MODEL_REFUSED = "GF-RUN-034"
MODEL_NOT_FOUND = "GF-RUN-035"
OUT_OF_TIME = "GF-RUN-036"
NO_ANSWER = "GF-RUN-037"

UNEXPECTED = "GF-RUN-099"
AUDIT_NOT_WRITTEN = "GF-AUD-001"
