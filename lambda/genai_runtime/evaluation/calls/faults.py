"""What an exception means: its class, whether to try again. Pure."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from genai_runtime.evaluation.calls.errors import CallsFailed
from genai_runtime.evaluation.records import CallError, ErrorClass
from genai_runtime.model_access import errors as model_access
from genai_runtime.model_access.errors import RequestFailed, RequestRejected

ATTEMPTS: dict[ErrorClass, int] = {"throttled": 10, "unavailable": 5, "time-out": 2, "model-error": 2}
"""Attempts of a case until an error of this class is its result; of the others one. A generation that timed out or broke
off was paid for, so it is repeated once only."""
TOOK_NOTHING: frozenset[ErrorClass] = frozenset({"throttled", "invalid-request", "access-denied"})
"""The service refused the request before it took any tokens."""

_CODES: dict[str, ErrorClass] = {
    "ThrottlingException": "throttled",
    "Throttling": "throttled",
    "TooManyRequestsException": "throttled",
    "RequestLimitExceeded": "throttled",
    "ServiceQuotaExceededException": "throttled",
    "ModelTimeoutException": "time-out",
    "ServiceUnavailableException": "unavailable",
    "InternalServerException": "unavailable",
    "ServiceException": "unavailable",
    "ModelNotReadyException": "unavailable",
    "EC2ThrottledException": "unavailable",
    "ResourceNotReadyException": "unavailable",
    "ModelErrorException": "model-error",
    "ModelStreamErrorException": "model-error",
    "ValidationException": "invalid-request",
    "AccessDeniedException": "access-denied",
    "UnrecognizedClientException": "access-denied",
    "ExpiredTokenException": "access-denied",
    "InvalidSignatureException": "access-denied",
    model_access.THROTTLED: "throttled",
    model_access.MODEL_DENIED: "access-denied",
    model_access.CONTRACT_DENIED: "access-denied",
    model_access.MODEL_TIMEOUT: "time-out",
    model_access.OUT_OF_TIME: "time-out",
    model_access.MODEL_UNAVAILABLE: "unavailable",
    model_access.CONTRACT_UNAVAILABLE: "unavailable",
    model_access.AUDIT_NOT_WRITTEN: "unavailable",
    model_access.MODEL_REFUSED: "invalid-request",
    model_access.NO_ANSWER: "model-error",
}
_SHOWN = 500


def attempts_of(error_class: ErrorClass) -> int:
    """How often a case is tried whose attempts end so."""
    return ATTEMPTS.get(error_class, 1)


def fault_of(error: Exception) -> CallError:
    """The class, code and message of whatever ended a call. What nobody foresaw is a defect."""
    match error:
        case ClientError():
            details = error.response["Error"]
            code = details.get("Code", "Unknown")
            code = code[:1].upper() + code[1:]  # an exception within an event stream begins in lower case
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            return _fault(
                _CODES.get(code, "unavailable" if status >= 500 else "defect"), code, details.get("Message", "")
            )
        case RequestRejected():
            return _fault("invalid-request", error.code, error.message)
        case RequestFailed():
            return _fault(class_of_code(error.code), error.code, error.message)
        case CallsFailed():
            return _fault("defect", error.code, error.message)
        case ReadTimeoutError():
            return _fault("time-out", type(error).__name__, str(error))
        case ParamValidationError():
            return _fault("invalid-request", type(error).__name__, str(error))
        case NoCredentialsError():
            return _fault("access-denied", type(error).__name__, str(error))
        case BotoConnectionError() | HTTPClientError() | ResponseStreamingError():
            return _fault("unavailable", type(error).__name__, str(error))
        case BotoCoreError():
            return _fault("defect", type(error).__name__, str(error))
        case _:
            return _fault("defect", type(error).__name__, str(error))


def class_of_code(code: str) -> ErrorClass:
    """The class of a code that ModelAccess gave."""
    return _CODES.get(code, "defect")


def _fault(error_class: ErrorClass, code: str, message: str) -> CallError:
    text = message[:_SHOWN].encode(errors="replace").decode()  # half a surrogate pair would make the record unwritable
    return CallError(error_class=error_class, code=code, message=text)
