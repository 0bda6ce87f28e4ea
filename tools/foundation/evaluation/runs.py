"""Starting a run, watching it, and taking it up again after an interruption."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from foundation.evaluation.access import Access, parameter
from foundation.evaluation.errors import EvaluationError
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.executions import Executions, StartFailed, write_request
from genai_runtime.evaluation.records import Batch
from genai_runtime.evaluation.requests import deciding
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.verdict import RunResult

STATE_MACHINE, BUCKET = "evaluation/state-machine-arn", "evaluation/bucket"
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Progress:
    """How far a run is: cases that have a response, of all that are planned so far (0: not planned yet)."""

    done: int
    planned: int


class Runs:
    """The evaluation runs of one environment."""

    def __init__(self, access: Access, environment: str) -> None:
        self.store = Store(access.client("s3", environment), parameter(access, environment, BUCKET))
        self._executions = Executions(
            access.client("stepfunctions", environment), parameter(access, environment, STATE_MACHINE), self.store
        )

    def start(self, request: RunRequest) -> str:
        """Execution that works on the run: a new one, or the one that does already. Idempotent.

        Raises EvaluationError GF-EVAL-420 when another request has the run's id, GF-EVAL-422 after too many interruptions.
        """
        if not write_request(self.store, request):
            known = self.store.load(layout.request(request.run), RunRequest)
            # Who asked, and with which labels, decides nothing: the first one's stay.
            if deciding(known) != deciding(request):
                raise EvaluationError(
                    "GF-EVAL-420", f"run {request.run} was asked for with other content: give this one another name"
                )
        try:
            return self._executions.ensure(request.run)
        except StartFailed as error:
            raise EvaluationError(error.code, error.message) from error

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
            status = self._executions.status(execution)
            if status.name != "RUNNING" and self.result(run) is None:
                raise EvaluationError(
                    "GF-EVAL-421",
                    f"run {run} ended as {status.name} ({status.cause or 'without a cause'}): the same command takes it up "
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
