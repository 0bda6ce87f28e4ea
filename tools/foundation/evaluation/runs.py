"""Starting a run, watching it, and taking it up again after an interruption."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from foundation.evaluation.access import Access, parameter
from foundation.evaluation.errors import EvaluationError
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.records import Batch
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.verdict import RunResult

STATE_MACHINE, BUCKET = "evaluation/state-machine-arn", "evaluation/bucket"
_POLL_SECONDS = 0.5
_MOST_EXECUTIONS = 99  # of one run: each but the last was interrupted


@dataclass(frozen=True)
class Progress:
    """How far a run is: cases that have a response, of all that are planned so far (0: not planned yet)."""

    done: int
    planned: int


class Runs:
    """The evaluation runs of one environment."""

    def __init__(self, access: Access, environment: str) -> None:
        self._states = access.client("stepfunctions", environment)
        self._machine = parameter(access, environment, STATE_MACHINE)
        self.store = Store(access.client("s3", environment), parameter(access, environment, BUCKET))

    def start(self, request: RunRequest) -> str:
        """Execution that works on the run: a new one, or the one that does already. Idempotent.

        Raises EvaluationError GF-EVAL-420 when another request has the run's id.
        """
        body = request.model_dump_json().encode()
        key = layout.request(request.run)
        if not self.store.write_once(key, body):
            known = self.store.load(key, RunRequest)
            # Who asked, and with which labels, decides nothing: the first one's stay.
            if known.model_copy(update={"labels": request.labels, "requested_by": request.requested_by}) != request:
                raise EvaluationError(
                    "GF-EVAL-420", f"run {request.run} was asked for with other content: give this one another name"
                )
        return self._execution(request.run)

    def result(self, run: str) -> RunResult | None:
        """The result of a finished run."""
        body = self.store.read(layout.result(run))
        return None if body is None else RunResult.model_validate_json(body)

    def watch(self, run: str, execution: str, on_progress: Callable[[Progress], None]) -> RunResult:
        """Wait for the verdict; the execution may still be logging the run as an experiment.

        Raises EvaluationError GF-EVAL-421 when the execution failed.
        """
        planned = 0
        while (result := self.result(run)) is None:
            status = self._status(execution)
            if status["status"] != "RUNNING" and self.result(run) is None:
                cause = " ".join(filter(None, (status.get("error"), status.get("cause"))))[:500]
                raise EvaluationError(
                    "GF-EVAL-421",
                    f"run {run} ended as {status['status']} ({cause or 'without a cause'}): the same command takes it up "
                    "again, nothing is asked twice",
                )
            planned = planned or sum(len(batch.cases) for batch in self.batches(run))
            on_progress(Progress(self._answered(run), planned))
            time.sleep(_POLL_SECONDS)
        answered = self._answered(run)
        on_progress(Progress(answered, max(answered, planned)))
        return result

    def _answered(self, run: str) -> int:
        """Counted from the bucket, so that it is right after any interruption."""
        return sum(1 for _ in self.store.keys(layout.responses(run, "").rstrip("/") + "/"))

    def batches(self, run: str) -> Iterator[Batch]:
        """Every batch of every look that is planned."""
        for key in self.store.keys(layout.batches(run, 1).rsplit("/", 2)[0] + "/"):
            body = self.store.read(key) or b""
            yield from (Batch.model_validate_json(line) for line in body.splitlines() if line.strip())

    def _execution(self, run: str) -> str:
        for number in range(1, _MOST_EXECUTIONS + 1):
            name = f"{run}-{number}"[-80:]
            arn = f"{self._machine.replace(':stateMachine:', ':execution:')}:{name}"
            try:
                status = self._status(arn)["status"]
            except ClientError as error:
                if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                    raise
                started = self._states.start_execution(
                    stateMachineArn=self._machine, name=name, input=json.dumps({"run": run})
                )
                return str(started["executionArn"])
            if status in ("RUNNING", "PENDING_REDRIVE") or (status == "SUCCEEDED" and self.result(run)):
                return arn
        raise EvaluationError(
            "GF-EVAL-422",
            f"run {run} was interrupted {_MOST_EXECUTIONS} times: find out why in the state machine's log, or use --again",
        )

    def _status(self, execution: str) -> dict[str, Any]:
        found: dict[str, Any] = self._states.describe_execution(executionArn=execution)
        return found
