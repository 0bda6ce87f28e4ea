"""The gate in Amazon States Language: data, without a token of CDK. genai_runtime.release.gate says what each step adds.

A verdict is signed before anybody is told; a host that is away, or a comment that can't be written, changes none.
"""

from typing import Any, Final

from genai_foundation.evaluation.states import SERVICE_ERRORS, State, catch, choice, task

PREPARE, POLL, DECIDE, REPORT = "GatePrepare", "GatePoll", "GateDecide", "GateReport"
# Classes of genai_runtime.release of coded errors that the same input gives again.
LASTING_ERRORS: Final = ["GateBroken", "HostRefused", "NotYet", "ReleaseRefused", "StartFailed"]
SERVICE_RETRY: Final[State] = {
    "ErrorEquals": SERVICE_ERRORS,
    "IntervalSeconds": 1,
    "BackoffRate": 2,
    "MaxAttempts": 8,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}


def retries(attempts: int, longest_seconds: int) -> list[State]:
    """Lasting errors never, Lambda's own often, and what else a step met `attempts` times."""
    return [
        {"ErrorEquals": LASTING_ERRORS, "MaxAttempts": 0},
        SERVICE_RETRY,
        {
            "ErrorEquals": ["States.TaskFailed"],
            "IntervalSeconds": 2,
            "BackoffRate": 2,
            "MaxAttempts": attempts,
            "MaxDelaySeconds": longest_seconds,
            "JitterStrategy": "FULL",
        },
    ]


def definition(*, timeout_seconds: int) -> State:
    """The whole machine. Input: `genai_runtime.release.gate`'s; output: the state with `passed`, `decision`, `runs`.

    :param timeout_seconds: of an execution, people who review answers included
    """
    return {
        "Comment": "Runs the evaluations that a release needs in an environment, decides, signs, reports",
        "StartAt": "Announce",
        "TimeoutSeconds": timeout_seconds,
        "States": {
            # Sets the commit's status to pending, and decides nothing.
            "Announce": _step(
                REPORT, Retry=retries(2, 10), Catch=[catch("States.ALL", "Prepare", None)], Next="Prepare"
            ),
            "Prepare": _step(PREPARE, **_deciding("Wait")),
            "Wait": {"Type": "Wait", "SecondsPath": "$.poll_seconds", "Next": "Poll"},
            "Poll": _step(POLL, **_deciding("Done?")),
            "Done?": choice({"Variable": "$.done", "BooleanEquals": True, "Next": "Decide"}, default="Wait"),
            "Decide": _step(DECIDE, **_deciding("Report")),
            # Over some ten minutes: a host's outage passes, or a person asks for the comment again.
            "Report": _step(
                REPORT, Retry=retries(10, 120), Catch=[catch("States.ALL", "Verdict", "$.unreported")], Next="Verdict"
            ),
            "Verdict": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.error", "IsPresent": True, "Next": "Broken"},
                    {"Variable": "$.passed", "BooleanEquals": True, "Next": "Passed"},
                ],
                "Default": "Refused",
            },
            "Passed": {"Type": "Succeed"},
            "Refused": {"Type": "Fail", "Error": "GateRefused", "CausePath": "$.cause"},
            "Broken": {"Type": "Fail", "Error": "GateBroken", "CausePath": "$.error.Cause"},
        },
    }


def _step(function: str, **fields: Any) -> State:
    """A function that is given the whole state and answers with the next."""
    return task(function, "$", OutputPath="$.Payload", **fields)


def _deciding(following: str) -> State:
    """A step without which there is no verdict: its error is told, and ends the execution."""
    return {"Retry": retries(4, 60), "Catch": [catch("States.ALL", "Report", "$.error")], "Next": following}
