"""States of the pipeline's machine as data: a function's invocation with its retries, a choice, a catch."""

from collections.abc import Mapping
from typing import Any, Final

State = dict[str, Any]

# Errors of Lambda itself, throttling included (Step Functions Developer Guide, "Handle transient Lambda service exceptions").
SERVICE_ERRORS = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]
# Classes in genai_runtime.evaluation of coded errors that the same input gives again. CallsFailed and TrackingFailed aren't
# among them: a quota that others hold, and a server or role that is away, may be there a moment later.
LASTING_ERRORS = [
    "GateFailed",
    "JobFailed",
    "JudgeFailed",
    "MetricError",
    "PlanFailed",
    "ReportFailed",
    "ReviewFailed",
]
RETRY: Final[list[State]] = [
    {"ErrorEquals": LASTING_ERRORS, "MaxAttempts": 0},
    {
        "ErrorEquals": SERVICE_ERRORS,
        "IntervalSeconds": 1,
        "BackoffRate": 2,
        "MaxAttempts": 8,
        "MaxDelaySeconds": 60,
        # Children that were throttled together must not come back together.
        "JitterStrategy": "FULL",
    },
    # A time-out, a crash or an error of a service that the function called.
    {
        "ErrorEquals": ["States.TaskFailed"],
        "IntervalSeconds": 2,
        "BackoffRate": 2,
        "MaxAttempts": 2,
        "MaxDelaySeconds": 30,
        "JitterStrategy": "FULL",
    },
]


def task(step: str, payload: str | Mapping[str, str], **fields: Any) -> State:
    """A function's invocation with `payload`, a path or a template."""
    key = "Payload.$" if isinstance(payload, str) else "Payload"
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": f"${{{step}}}", key: payload},
        "Retry": RETRY,
        **fields,
    }


def choice(rule: State, *, default: str) -> State:
    """One rule, and where to go on without it."""
    return {"Type": "Choice", "Choices": [rule], "Default": default}


def catch(error: str, following: str, path: str | None) -> State:
    """Goes on with `following` after an error, which lies at `path` then."""
    return {"ErrorEquals": [error], "ResultPath": path, "Next": following}
