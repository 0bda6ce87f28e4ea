"""Executions of the evaluation's state machine: each run has one that works on it, started once, taken up after a failure."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.store import Store

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

MOST_EXECUTIONS: Final = 99
"""Of one run: each but the last was interrupted."""
_WORKING: Final = frozenset({"RUNNING", "PENDING_REDRIVE"})
_MOST_CAUSE: Final = 500


class StartFailed(Exception):
    """A run that can't be started. `code` is stable; the message is for the person who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Status:
    """How an execution is doing."""

    name: str
    """Step Functions' word: RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, PENDING_REDRIVE."""
    cause: str = ""
    """Error and cause of one that failed, shortened."""

    @property
    def working(self) -> bool:
        """Whether a result may still come of it."""
        return self.name in _WORKING


@dataclass(frozen=True)
class Executions:
    """The runs of one environment: their state machine and their bucket."""

    states: "SFNClient"
    machine: str
    """ARN of the evaluation's state machine."""
    runs: Store

    def ensure(self, run: str) -> str:
        """Execution that works on the run, or brought its result: the one that does already, or a new one under the next
        name. Idempotent. Raises StartFailed (GF-EVAL-422) after too many interruptions."""
        for number in range(1, MOST_EXECUTIONS + 1):
            arn = self.arn(run, number)
            status = self.find(arn)
            if status is None:
                return self._start(run, number)
            if status.working or (status.name == "SUCCEEDED" and self.runs.read(layout.result(run)) is not None):
                return arn
        raise StartFailed(
            "GF-EVAL-422",
            f"run {run} was interrupted {MOST_EXECUTIONS} times: find out why in the state machine's log, or use --again",
        )

    def arn(self, run: str, number: int = 1) -> str:
        """Of the run's execution with this number."""
        return f"{self.machine.replace(':stateMachine:', ':execution:')}:{_name(run, number)}"

    def find(self, execution: str) -> Status | None:
        """Status of an execution; None when there is none."""
        try:
            return self.status(execution)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                raise
            return None

    def status(self, execution: str) -> Status:
        """Status of an execution. Raises botocore's error when there is none."""
        found: DescribeExecutionOutputTypeDef = self.states.describe_execution(executionArn=execution)
        cause = " ".join(filter(None, (found.get("error"), found.get("cause"))))
        return Status(found["status"], cause[:_MOST_CAUSE])

    def _start(self, run: str, number: int) -> str:
        """Step Functions answers a second start under the same name and with the same input with the first one's ARN."""
        started = self.states.start_execution(
            stateMachineArn=self.machine, name=_name(run, number), input=json.dumps({"run": run})
        )
        return started["executionArn"]


def write_request(runs: Store, request: RunRequest) -> bool:
    """Write a request once; whether this call did."""
    return runs.write_once(layout.request(request.run), request.model_dump_json().encode())


def _name(run: str, number: int) -> str:
    return f"{run}-{number}"[-80:]
