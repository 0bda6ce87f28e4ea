"""Which run answers a request: one that is there already, or a new one.

A run's id follows from its content, so whoever asks the same meets the same run. It counts for another gate as well where
that is sound:

- PROMOTE counts while it is younger than half of `evidence_days`: the other half is left for approvals.
- REJECT stands for all of `evidence_days`, and so does a HOLD that more answers of the same cases wouldn't change. Asking
  again until chance says PROMOTE would be no evidence: each repetition has the gate's whole error probability anew.
- HOLD for want of answers (throttled, timed out) says nothing of the candidate and is asked again.
- A run that isn't over is joined.
- A smoke evaluation looks at a deployment, and so does a candidate that is a deployed use case: these are always asked anew,
  once for each execution of the pipeline.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.executions import write_request
from genai_runtime.evaluation.requests import deciding, run_id
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.verdict import RunResult
from genai_runtime.release.checks import instant
from genai_runtime.release.gate.errors import REQUEST_DIFFERS, TOO_MANY_RUNS, GateBroken

MOST_RUNS: Final = 99
"""Of the same content."""
EXECUTION: Final = "execution"
"""Label that says which pipeline execution asked for a run."""


@dataclass(frozen=True)
class Claims:
    """Finds or requests runs for one execution of a pipeline."""

    runs: Store
    execution: str
    labels: Mapping[str, str]
    evidence_days: int
    now: Callable[[], datetime]

    def claim(self, request: RunRequest, *, reuse: bool) -> RunRequest:
        """The request of the run that answers; it is stored. Claiming again finds the same one.

        :param reuse: whether a run of another execution may answer
        """
        for number in range(1, MOST_RUNS + 1):
            mine = self._named(request, number)
            if write_request(self.runs, mine):
                return mine
            known = self.runs.load(layout.request(mine.run), RunRequest)
            if deciding(known) != deciding(mine) or known.run != mine.run:
                raise GateBroken(
                    REQUEST_DIFFERS,
                    f"s3://{self.runs.bucket}/{layout.request(mine.run)} isn't the request that its name says: somebody wrote "
                    "there by hand, delete the run and start a new execution of the pipeline",
                )
            if known.labels.get(EXECUTION) == self.execution or (reuse and self._answers(known.run)):
                return known
        raise GateBroken(
            TOO_MANY_RUNS,
            f"suite {request.suite} was run {MOST_RUNS} times with the same content: find out why none of them counts",
        )

    def _named(self, request: RunRequest, number: int) -> RunRequest:
        labels = {**self.labels, EXECUTION: self.execution}
        return request.model_copy(
            update={"run": run_id(request, number), "requested_by": "release pipeline", "labels": labels}
        )

    def _answers(self, run: str) -> bool:
        body = self.runs.read(layout.result(run))
        if body is None:
            asked = next(
                (time for key, time in self.runs.stamped(layout.request(run)) if key == layout.request(run)), None
            )
            return asked is not None and self._age(asked) < timedelta(days=self.evidence_days)
        result = RunResult.model_validate_json(body)
        return self._age(instant(result.ended_at)) < stands_for(result, self.evidence_days)

    def _age(self, time: datetime) -> timedelta:
        return self.now() - time


def stands_for(result: RunResult, evidence_days: int) -> timedelta:
    """How long after its end a result answers the same request of another execution."""
    if result.decision == "PROMOTE":
        return timedelta(days=evidence_days) / 2
    asked_again = result.decision == "HOLD" and lacks_answers(result)
    return timedelta(0) if asked_again else timedelta(days=evidence_days)


def lacks_answers(result: RunResult) -> bool:
    """Whether too many cases have no answer for reasons of the infrastructure."""
    return any(
        limit.name == "undecided-share" and limit.decision != "PROMOTE"
        for candidate in result.gate.candidates
        for limit in candidate.limits
    )
