"""Scores a batch of a run: reads the suite, its cases and the responses, writes the scores. Doing it again is harmless."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics.bedrock import BedrockEmbeddings, BedrockGuardrail
from genai_runtime.evaluation.metrics.context import Services
from genai_runtime.evaluation.metrics.errors import CASE_UNKNOWN, MetricError
from genai_runtime.evaluation.metrics.scoring import Scorer
from genai_runtime.evaluation.planning.suite_files import parse_cases, parse_suite
from genai_runtime.evaluation.records import Batch, CallError, CaseFacts, Response, ScoredBatch, ScoredCase
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.store import Store

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient


_NO_RESPONSE = "NoResponse"


@dataclass(frozen=True)
class _Run:
    """What all batches of a run share; it never changes while the run goes on."""

    request: RunRequest
    scorer: Scorer
    cases: Mapping[str, Case]


class BatchScorer:
    """One for each Lambda environment: it keeps the last run's suite for the next batch."""

    def __init__(self, store: Store, bedrock: "BedrockRuntimeClient", executor: Executor) -> None:
        self._store = store
        self._bedrock = bedrock
        self._executor = executor
        self._last: tuple[str, _Run] | None = None

    def score(self, batch: Batch) -> ScoredBatch:
        """Write the batch's scores. Raises MetricError (GF-EVAL-161) for a case that isn't in the run's dataset."""
        run = self._run(batch.run)
        if unknown := [case for case in batch.cases if case not in run.cases]:
            raise MetricError(
                CASE_UNKNOWN,
                f"batch {batch.batch} of run {batch.run} names {', '.join(unknown[:5])}, which the run's dataset doesn't "
                "have: plan the run again",
            )
        responses = self._executor.map(lambda case: self._response(batch, case), batch.cases)
        asked = [(run.cases[case], response) for case, response in zip(batch.cases, responses, strict=True)]
        cases = run.scorer.score(asked, self._services(run.request))
        scored = ScoredBatch(
            run=batch.run,
            candidate=batch.candidate,
            cases=tuple(_with_facts(case, response) for case, (_, response) in zip(cases, asked, strict=True)),
        )
        self._store.write(layout.scores(batch.run, "scores", batch.candidate, batch.look, batch.batch), scored)
        return scored

    def _run(self, name: str) -> _Run:
        if self._last is None or self._last[0] != name:
            request = self._store.load(layout.request(name), RunRequest)
            suite = parse_suite(self._file(name, layout.SUITE_FILE))
            cases = parse_cases(self._file(name, layout.DATASET_FILE))
            self._last = (name, _Run(request, Scorer(suite), {case.id: case for case in cases}))
        return self._last[1]

    def _file(self, run: str, file: str) -> bytes:
        key = layout.suite(run, file)
        body = self._store.read(key)
        if body is None:
            raise FileNotFoundError(f"s3://{self._store.bucket}/{key}")
        return body

    def _response(self, batch: Batch, case: str) -> Response:
        body = self._store.read(layout.response(batch.run, batch.candidate, case))
        if body is not None:
            return Response.model_validate_json(body)
        missing = CallError(error_class="defect", code=_NO_RESPONSE, message="the invoke step left no response")
        return Response(case=case, candidate=batch.candidate, error=missing, attempts=0)

    def _services(self, request: RunRequest) -> Services:
        """New ones for each batch: they keep every text that they were asked."""
        model, guardrail = request.embedding_model_id, request.safety_guardrail
        return Services(
            embedding_model=BedrockEmbeddings(self._bedrock, self._executor, model) if model else None,
            safety_guardrail=BedrockGuardrail(self._bedrock, self._executor, guardrail) if guardrail else None,
        )


def _with_facts(case: ScoredCase, response: Response) -> ScoredCase:
    """A case that wasn't asked has none: its response may still come."""
    if response.error is not None and response.error.code == _NO_RESPONSE:
        return case
    return case.model_copy(update={"facts": CaseFacts.of(response)})
