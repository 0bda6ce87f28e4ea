"""Turns the results of a look's jobs into scores, so that the gate reads them as it reads our own."""

import json
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypedDict

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.jobs import inputs
from genai_runtime.evaluation.jobs.create import applies
from genai_runtime.evaluation.jobs.errors import OUTPUT_MISSING, JobFailed
from genai_runtime.evaluation.jobs.inputs import Inputs
from genai_runtime.evaluation.jobs.names import Managed
from genai_runtime.evaluation.jobs.output import SUFFIX, Result, results
from genai_runtime.evaluation.jobs.poll import UNDER_WAY
from genai_runtime.evaluation.jobs.records import Job, Jobs
from genai_runtime.evaluation.jobs.request import DATASET
from genai_runtime.evaluation.records import INFRASTRUCTURE, Response, Score, ScoredBatch, ScoredCase
from genai_runtime.evaluation.store import Store

if TYPE_CHECKING:
    from mypy_boto3_bedrock.client import BedrockClient

_DETAIL: Final = 500
Given = Mapping[tuple[str, str], tuple[float | None, str]]
"""By case and name of the suite's metric: Bedrock's number in our direction, and why."""


class Collected(TypedDict):
    """Result of the step."""

    run: str
    look: int
    cases: int
    undecided: int


@dataclass(frozen=True)
class Collector:
    """Reads results from the run's bucket, writes scores beside them."""

    store: Store
    bedrock: "BedrockClient"

    def collect(self, run: str, look: int) -> Collected:
        """Write `judgements/CANDIDATE/LOOK-0.json`, and `reviews/…` where people rated. Writing again is harmless.

        A job that failed leaves its cases undecided, with its message. Raises JobFailed: a job still runs or its results
        are gone (GF-EVAL-375), a result of another form (376).
        """
        given = inputs.load(self.store, run, look)
        jobs = inputs.record(self.store, layout.jobs(run, look), Jobs).jobs
        cases = undecided = 0
        for candidate, planned in given.planned.items():
            found: dict[tuple[str, str], tuple[float | None, str]] = {}
            for job in jobs:
                if job.candidate == candidate:
                    found |= self._results(given, job)
            responses = inputs.answers(self.store, run, candidate, planned)
            for step, human in (("judgements", False), ("reviews", True)):
                metrics = [metric for metric in given.metrics if (metric.kind == "human") is human]
                if not metrics:
                    continue
                scored = [_scored(given, metrics, candidate, case, responses.get(case), found) for case in planned]
                batch = ScoredBatch(run=run, candidate=candidate, cases=tuple(scored))
                self.store.write(layout.scores(run, step, candidate, look, 0), batch)
                undecided += sum(score.value is None for each in scored for score in each.scores)
            cases += len(planned)
        return Collected(run=run, look=look, cases=cases, undecided=undecided)

    def _results(self, given: Inputs, job: Job) -> Given:
        metrics = [metric for metric in given.metrics if metric.spec.name in job.metrics]
        state = self.bedrock.get_evaluation_job(jobIdentifier=job.arn)
        if state["status"] in UNDER_WAY:
            raise JobFailed(OUTPUT_MISSING, f"evaluation job {job.name} is {state['status']}: poll until it has ended")
        if state["status"] != "Completed":
            why = "; ".join(state.get("failureMessages", ())) or "no message"
            said = (None, f"evaluation job {job.name} is {state['status']}: {why}"[:_DETAIL])
            return {(case, metric.spec.name): said for case in job.cases for metric in metrics}
        return {
            (case, metric.spec.name): _ours(metric, result)
            for case, result in self._by_case(given.request.run, job)
            for metric in metrics
            if metric.builtin in result.scores
        }

    def _by_case(self, run: str, job: Job) -> Iterator[tuple[str, Result]]:
        """Results know their prompt only: equal prompts are told apart by nothing, and any order serves."""
        folder = layout.job_folder(run, job.name)
        waiting: defaultdict[str, deque[str]] = defaultdict(deque)
        dataset = inputs.body(self.store, f"{folder}/{DATASET}.jsonl").splitlines()
        for case, line in zip(job.cases, dataset, strict=True):
            waiting[_prompt(json.loads(line))].append(case)
        files = [key for key in self.store.keys(f"{folder}/output/") if key.endswith(SUFFIX)]
        if not files:
            raise JobFailed(
                OUTPUT_MISSING,
                f"evaluation job {job.name} is Completed and left nothing below s3://{self.store.bucket}/{folder}/output/: "
                "run the evaluation again under a new name",
            )
        for key in files:
            for result in results(inputs.body(self.store, key), f"s3://{self.store.bucket}/{key}"):
                if waiting[result.prompt]:
                    # A file for each metric holds each prompt again: the case stays at the end of the queue.
                    case = waiting[result.prompt].popleft()
                    waiting[result.prompt].append(case)
                    yield case, result


def _prompt(row: Mapping[str, Any]) -> str:
    if "conversationTurns" in row:
        return str(row["conversationTurns"][0]["prompt"]["content"][0]["text"])
    return str(row["prompt"])


def _ours(metric: Managed, result: Result) -> tuple[float | None, str]:
    value, why = result.scores[metric.builtin]
    return (None if value is None else (1.0 - value if metric.inverted else value)), why


def _scored(
    given: Inputs, metrics: list[Managed], candidate: str, case: str, response: Response | None, found: Given
) -> ScoredCase:
    scores = (
        _score(metric, response, found.get((case, metric.spec.name)))
        for metric in metrics
        if applies(metric, given.cases[case])
    )
    return ScoredCase(case=case, candidate=candidate, scores=tuple(scores))


def _score(metric: Managed, response: Response | None, given: tuple[float | None, str] | None) -> Score:
    """Infrastructure says nothing about the candidate; any other error is a failed case."""
    spec = metric.spec
    if given is None and response is not None and response.error is not None:
        failed = response.error
        detail = f"{failed.error_class}: {failed.code}: {failed.message}"[:_DETAIL]
        if failed.error_class not in INFRASTRUCTURE:
            return Score(metric=spec.name, value=0.0, passed=spec.pass_at <= 0, detail=detail)
        return Score(metric=spec.name, value=None, passed=None, detail=detail)
    value, why = given or (None, "the evaluation job gave no result for this case")
    if value is None:
        return Score(metric=spec.name, value=None, passed=None, detail=why[:_DETAIL] or "the evaluator gave no number")
    passed = value >= spec.pass_at
    return Score(metric=spec.name, value=value, passed=passed, detail="" if passed else why[:_DETAIL])
