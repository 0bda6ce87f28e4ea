"""Makes the jobs of a look. Making them again finds those that there are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypedDict

from botocore.exceptions import ClientError

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.jobs import inputs
from genai_runtime.evaluation.jobs.dataset import MOST_PROMPTS, json_lines, rows
from genai_runtime.evaluation.jobs.errors import EVALUATOR_MISSING, JOB_REFUSED, JobFailed
from genai_runtime.evaluation.jobs.inputs import Inputs
from genai_runtime.evaluation.jobs.names import Managed
from genai_runtime.evaluation.jobs.records import Job, Jobs
from genai_runtime.evaluation.jobs.request import DATASET, Place, job_name, job_request
from genai_runtime.evaluation.jobs.waiting import wait_seconds
from genai_runtime.evaluation.run import Candidate
from genai_runtime.evaluation.store import Store

if TYPE_CHECKING:
    from mypy_boto3_bedrock.client import BedrockClient
    from mypy_boto3_bedrock.type_defs import CreateEvaluationJobRequestTypeDef

_EVALUATED: Final = ("judge", "rag-retrieve", "rag-generate")


class Created(TypedDict):
    """Result of the step."""

    run: str
    look: int
    jobs: int
    wait_seconds: int
    """Until the jobs are asked about."""
    waited_seconds: int
    """Then."""


@dataclass(frozen=True)
class Part:
    """What one job is to do."""

    candidate: Candidate
    metrics: tuple[Managed, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Creator:
    """Writes datasets to the run's bucket, starts jobs in this account and Region."""

    store: Store
    bedrock: "BedrockClient"
    place: Place

    def create(self, run: str, look: int) -> Created:
        """Start every job of a look, and keep their list. Raises JobFailed."""
        kept = self.store.read(layout.jobs(run, look))
        if kept is None:
            given = inputs.load(self.store, run, look)
            jobs = Jobs(run=run, look=look, jobs=tuple(self._start(given, look, part) for part in self._parts(given)))
            self.store.write(layout.jobs(run, look), jobs)
        else:
            jobs = Jobs.model_validate_json(kept)
        wait = wait_seconds(0)
        return Created(run=run, look=look, jobs=len(jobs.jobs), wait_seconds=wait, waited_seconds=wait)

    def _parts(self, given: Inputs) -> Iterator[Part]:
        """By candidate, and by kind, task and cases of the metrics: what a job has one of."""
        for candidate in given.request.candidates:
            planned = given.planned[candidate.name]
            answered = {
                case
                for case, response in inputs.answers(self.store, given.request.run, candidate.name, planned).items()
                if response.answer is not None
            }
            groups: dict[tuple[str, str, tuple[str, ...]], list[Managed]] = {}
            for metric in given.metrics:
                asked = tuple(
                    case
                    for case in planned
                    if applies(metric, given.cases[case]) and (metric.kind == "programmatic" or case in answered)
                )
                groups.setdefault((metric.kind, metric.task, asked), []).append(metric)
            for (_, _, asked), metrics in groups.items():
                for start in range(0, len(asked), MOST_PROMPTS):
                    cases = tuple(given.cases[case] for case in asked[start : start + MOST_PROMPTS])
                    yield Part(candidate, tuple(metrics), cases)

    def _start(self, given: Inputs, look: int, part: Part) -> Job:
        run, kind, candidate = given.request.run, part.metrics[0].kind, part.candidate
        responses = self._answers(run, part)
        dataset = json_lines(rows(kind, run, candidate, [(case, responses.get(case.id)) for case in part.cases]))
        metrics = _once(part.metrics)
        task = "/".join((part.metrics[0].task, *(metric.builtin for metric in metrics)))
        name = job_name(run, look, candidate.name, kind, task, dataset)
        folder = layout.job_folder(run, name)
        self.store.write(f"{folder}/{DATASET}.jsonl", dataset)
        request = job_request(name, metrics, candidate, _evaluator(given, part), self.place, folder)
        return Job(
            name=name,
            arn=self._arn(request),
            candidate=candidate.name,
            kind=kind,
            metrics=tuple(metric.spec.name for metric in part.metrics),
            cases=tuple(case.id for case in part.cases),
        )

    def _answers(self, run: str, part: Part) -> Mapping[str, str | None]:
        if part.metrics[0].kind == "programmatic":
            return {}
        found = inputs.answers(self.store, run, part.candidate.name, tuple(case.id for case in part.cases))
        return {case: response.answer for case, response in found.items()}

    def _arn(self, request: "CreateEvaluationJobRequestTypeDef") -> str:
        try:
            return self.bedrock.create_evaluation_job(**request)["jobArn"]
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ConflictException" and (known := self._known(request["jobName"])):
                return known
            if code not in ("ValidationException", "AccessDeniedException", "ConflictException"):
                raise
            raise JobFailed(
                JOB_REFUSED,
                f"Bedrock refused evaluation job {request['jobName']} ({code}: {error.response['Error']['Message']}): "
                "check the suite's metrics, that its models may be used in evaluation jobs here, and the role of the jobs",
            ) from error

    def _known(self, name: str) -> str | None:
        """A job of this name: an earlier execution started it, and its idempotency token has expired."""
        listed = self.bedrock.list_evaluation_jobs(nameContains=name)["jobSummaries"]
        return next((each["jobArn"] for each in listed if each["jobName"] == name), None)


def applies(metric: Managed, case: Case) -> bool:
    """Whether the job can judge the case by this metric."""
    if metric.spec.kinds and case.kind not in metric.spec.kinds:
        return False
    if metric.builtin in ("Builtin.Accuracy", "Builtin.ContextCoverage"):
        return bool(case.right_answers) and (metric.kind == "programmatic" or bool(case.context))
    return bool(case.context) if metric.kind.startswith("rag-") else True


def _once(metrics: Sequence[Managed]) -> list[Managed]:
    """Two metrics of a suite may be one of Bedrock's, with other thresholds."""
    return list({metric.builtin: metric for metric in metrics}.values())


def _evaluator(given: Inputs, part: Part) -> str:
    if part.metrics[0].kind not in _EVALUATED:
        return ""
    if given.request.judge is None:
        names = ", ".join(metric.spec.name for metric in part.metrics)
        raise JobFailed(
            EVALUATOR_MISSING, f"run {given.request.run} names no judge, which {names} need: add `judge` to its request"
        )
    return given.request.judge.model_id
