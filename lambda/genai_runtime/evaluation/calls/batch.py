"""The invoke step: from a batch to its worker."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.calls.converse import ConverseTarget
from genai_runtime.evaluation.calls.errors import (
    CANDIDATE_UNKNOWN,
    CASE_UNKNOWN,
    RUN_UNPLANNED,
    CallsFailed,
)
from genai_runtime.evaluation.calls.own_responses import OwnResponsesTarget, parse_responses, read_responses
from genai_runtime.evaluation.calls.rate import Limiter, SharedState
from genai_runtime.evaluation.calls.target import Target
from genai_runtime.evaluation.calls.use_case import UseCaseTarget
from genai_runtime.evaluation.calls.worker import Tally, Worker
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.planning.suite_files import parse_cases
from genai_runtime.evaluation.records import Batch, CallError, Response
from genai_runtime.evaluation.run import Candidate, Converse, OwnResponses, Quota, RunRequest, UseCaseEndpoint
from genai_runtime.evaluation.store import Store

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient
    from mypy_boto3_lambda.client import LambdaClient


@dataclass
class BatchRunner:
    """Clients that all batches of a Lambda environment share; they are thread-safe."""

    store: Store
    state: SharedState
    models: "BedrockRuntimeClient"
    functions: "LambdaClient"
    region: str
    _known: tuple[str, RunRequest, dict[str, Case]] | None = field(default=None, init=False)

    def run(self, batch: Batch, seconds_left: Callable[[], float]) -> Tally:
        """Ask the cases of a batch that have no response yet. Raises CallsFailed, botocore's errors."""
        request, cases = self._run(batch.run)
        candidate = _candidate(request, batch)
        done = set(self.store.keys(layout.responses(batch.run, candidate.name)))
        todo = [case for case in batch.cases if layout.response(batch.run, candidate.name, case) not in done]
        for unknown in (case for case in todo if case not in cases):
            self.store.write_once(
                layout.response(batch.run, candidate.name, unknown), _unknown(unknown, candidate.name, batch.run)
            )
        worker = Worker(
            self.store,
            batch.run,
            candidate,
            self._target(batch.run, candidate),
            self._limiter(candidate),
            seconds_left=seconds_left,
        )
        return worker.work([cases[case] for case in todo if case in cases])

    def _run(self, run: str) -> tuple[RunRequest, dict[str, Case]]:
        """Request and cases; those of the last run stay in memory."""
        if self._known is None or self._known[0] != run:
            dataset = self.store.read(layout.suite(run, layout.DATASET_FILE))
            if dataset is None:
                raise CallsFailed(
                    RUN_UNPLANNED,
                    f"run {run} has no dataset at s3://{self.store.bucket}/{layout.suite(run, layout.DATASET_FILE)}: "
                    "start the state machine from its plan step",
                )
            request = self.store.load(layout.request(run), RunRequest)
            self._known = run, request, {case.id: case for case in parse_cases(dataset)}
        return self._known[1], self._known[2]

    def _target(self, run: str, candidate: Candidate) -> Target:
        match candidate.target:
            case Converse() as target:
                return ConverseTarget(self.models, run, candidate, target)
            case UseCaseEndpoint() as target:
                return UseCaseTarget(self.functions, candidate, target)
            case OwnResponses(key=key):
                return OwnResponsesTarget(candidate, parse_responses(read_responses(self.store, key), key), key)

    def _limiter(self, candidate: Candidate) -> Limiter:
        quota = Quota() if isinstance(candidate.target, OwnResponses) else candidate.quota
        return Limiter(self.state, quota_key(self.region, candidate.model_id), quota)


def quota_key(region: str, model_id: str) -> str:
    """The item of a model's quota in the table: quotas are of an account, a Region and a model."""
    return f"{region}/{model_id}"


def _candidate(request: RunRequest, batch: Batch) -> Candidate:
    for candidate in request.candidates:
        if candidate.name == batch.candidate:
            return candidate
    raise CallsFailed(
        CANDIDATE_UNKNOWN,
        f"batch {batch.batch} of run {batch.run} is for candidate {batch.candidate!r}, the run has "
        f"{', '.join(each.name for each in request.candidates)}: plan the run again",
    )


def _unknown(case: str, candidate: str, run: str) -> Response:
    error = CallError(
        error_class="defect", code=CASE_UNKNOWN, message=f"run {run} has no case {case}: plan the run again"
    )
    return Response(case=case, candidate=candidate, error=error, attempts=0)
