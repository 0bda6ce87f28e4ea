"""A planned and answered run for managed jobs, in a bucket in memory, and Bedrock's control plane at the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.exceptions import ClientError
from botocore.validate import validate_parameters
from pydantic import BaseModel

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.jobs.collect import Collector
from genai_runtime.evaluation.jobs.create import Creator
from genai_runtime.evaluation.jobs.poll import Poller
from genai_runtime.evaluation.jobs.request import Place
from genai_runtime.evaluation.records import Batch, CallError, ErrorClass, Response
from genai_runtime.evaluation.run import Candidate, JudgeModel, PromptText, RunRequest
from genai_runtime.evaluation.store import Store

if TYPE_CHECKING:
    from mypy_boto3_bedrock.client import BedrockClient
    from mypy_boto3_s3.client import S3Client

RUN, LOOK, GOOD = "jobs-0001", 1, "good"
PLACE = Place(
    "evaluation",
    "arn:aws:iam::222222222222:role/evaluation-jobs",
    "arn:aws:kms:eu-west-1:222222222222:key/11111111-2222-3333-4444-555555555555",
)
_SHAPE = botocore.session.get_session().get_service_model("bedrock").operation_model("CreateEvaluationJob").input_shape


class MemoryStore(Store):
    """Objects of one bucket."""

    def __init__(self) -> None:
        super().__init__(cast("S3Client", None), "evaluation")
        self.objects: dict[str, bytes] = {}

    def read(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def write(self, key: str, body: bytes | BaseModel) -> None:
        self.objects[key] = body if isinstance(body, bytes) else body.model_dump_json().encode()

    def keys(self, prefix: str) -> Iterator[str]:
        return iter(sorted(key for key in self.objects if key.startswith(prefix)))


class Bedrock:
    """Answers as the API documents; refuses what botocore would, and a name that is taken."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.status = "Completed"
        self.messages: list[str] = []
        self.refusal: tuple[str, str] | None = None

    def create_evaluation_job(self, **request: Any) -> dict[str, Any]:
        assert _SHAPE is not None
        validate_parameters(request, _SHAPE)
        if self.refusal:
            raise _error(*self.refusal)
        if any(each["jobName"] == request["jobName"] for each in self.requests):
            raise _error("ConflictException", "name in use")
        self.requests.append(request)
        return {"jobArn": _arn(len(self.requests) - 1)}

    def list_evaluation_jobs(self, *, nameContains: str) -> dict[str, Any]:  # noqa: N803 - the API's name
        names = [each["jobName"] for each in self.requests]
        jobs = [{"jobName": name, "jobArn": _arn(index)} for index, name in enumerate(names) if nameContains in name]
        return {"jobSummaries": jobs}

    def get_evaluation_job(self, *, jobIdentifier: str) -> dict[str, Any]:  # noqa: N803 - the API's name
        return {"jobArn": jobIdentifier, "status": self.status, "failureMessages": self.messages}

    def client(self) -> BedrockClient:
        return cast("BedrockClient", self)


def _arn(index: int) -> str:
    return f"arn:aws:bedrock:eu-west-1:222222222222:evaluation-job/{index:012d}"


def _error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateEvaluationJob")


def case_line(number: int, **more: Any) -> str:
    """A case with a reference and a passage."""
    case = {
        "id": f"case-{number}",
        "kind": "quality",
        "variables": {"question": f"Question {number}?"},
        "reference": f"Answer {number}",
        "context": [{"id": "doc-1", "text": f"Answer {number} stands here."}],
        "origin": "hand-written",
    }
    return json.dumps({**case, **more})


def suite_text(*metrics: str, extra: str = "") -> str:
    """suite.yaml with these metrics, each a YAML flow mapping."""
    listed = "\n".join(f"  - {metric}" for metric in metrics)
    return (
        "name: service-docs\ndescription: d\nprompt: {name: grounded-answer, version: 1}\nmodels: [nova-lite]\n"
        f"engine: bedrock-job\nmetrics:\n{listed}\n{extra}"
    )


def planned(
    *metrics: str,
    cases: int = 3,
    errors: dict[int, ErrorClass] | None = None,
    extra: str = "",
    judge: str | None = "eu.amazon.nova-pro-v1:0",
    lines: list[str] | None = None,
) -> MemoryStore:
    """The objects of a run after Plan and Evaluate; `errors` are cases without an answer."""
    store = MemoryStore()
    given = lines or [case_line(number) for number in range(1, cases + 1)]
    ids = tuple(json.loads(line)["id"] for line in given)
    candidate = Candidate(
        name=GOOD,
        prompt=PromptText(
            name="grounded-answer",
            version=1,
            system="Be brief.",
            template="{{context}}\n\n{{question}}",
            max_tokens=100,
            temperature=0.0,
        ),
        model="nova-lite",
        model_id="eu.amazon.nova-lite-v1:0",
    )
    request = RunRequest(
        run=RUN,
        suite="service-docs",
        version="a" * 64,
        candidates=(candidate,),
        judge=JudgeModel(model_id=judge) if judge else None,
    )
    store.write(layout.request(RUN), request)
    store.write(layout.suite(RUN, layout.SUITE_FILE), suite_text(*metrics, extra=extra).encode())
    store.write(layout.suite(RUN, layout.DATASET_FILE), ("\n".join(given) + "\n").encode())
    batches = [
        Batch(run=RUN, look=LOOK, batch=index // 100, candidate=GOOD, cases=ids[index : index + 100])
        for index in range(0, len(ids), 100)
    ]
    store.write(layout.batches(RUN, LOOK), b"".join(each.model_dump_json().encode() + b"\n" for each in batches))
    for number, case in enumerate(ids, start=1):
        failed = (errors or {}).get(number)
        error = CallError(error_class=failed, code="Code", message="message") if failed else None
        answer = None if failed else f"Answer {number}"
        store.write(layout.response(RUN, GOOD, case), Response(case=case, candidate=GOOD, answer=answer, error=error))
    return store


def creator(store: Store, bedrock: Bedrock) -> Creator:
    return Creator(store, bedrock.client(), PLACE)


def poller(store: Store, bedrock: Bedrock) -> Poller:
    return Poller(store, bedrock.client())


def collector(store: Store, bedrock: Bedrock) -> Collector:
    return Collector(store, bedrock.client())


def dataset(store: MemoryStore, request: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of a job's dataset, at the place that its request names."""
    (config,) = next(iter(request["evaluationConfig"].values()))["datasetMetricConfigs"]
    key = config["dataset"]["datasetLocation"]["s3Uri"].removeprefix("s3://evaluation/")
    return [json.loads(line) for line in store.objects[key].splitlines()]


def answer_jobs(store: MemoryStore, bedrock: Bedrock, result: Callable[[dict[str, Any], int], dict[str, Any]]) -> None:
    """Leave the results of all jobs in Bedrock's layout; `result` makes a line of a row and its number."""
    for request in bedrock.requests:
        lines = [json.dumps(result(row, number)) for number, row in enumerate(dataset(store, request))]
        prefix = request["outputDataConfig"]["s3Uri"].removeprefix("s3://evaluation/")
        key = f"{prefix}{request['jobName']}/uuid/models/m/taskTypes/General/datasets/dataset/uuid_output.jsonl"
        # The order of results is not promised.
        store.objects[key] = "\n".join(reversed(lines)).encode()
