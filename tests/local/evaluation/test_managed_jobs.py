"""Managed jobs on the target: they read, ask, measure and write as their role, and our records come out of them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from foundation.local.target import Target
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.jobs.collect import Collector
from genai_runtime.evaluation.jobs.create import Creator
from genai_runtime.evaluation.jobs.poll import Poller
from genai_runtime.evaluation.jobs.records import Jobs
from genai_runtime.evaluation.jobs.request import Place
from genai_runtime.evaluation.records import ScoredBatch
from genai_runtime.evaluation.store import Store
from tests.local.target.deployment import DEV, REGION, Resources, allow, assume, deploy, role
from tests.unit.evaluation.jobs.planned_run import GOOD, LOOK, RUN, planned
from tests.unit.evaluation.jobs.test_create import CORRECT, F1, HUMAN

pytestmark = pytest.mark.local

BUCKET = "managed-jobs"
SECONDS = 60.0
METRICS = (
    F1,
    CORRECT,
    "{name: faithfulness, metric: judge, threshold: 0.5}",
    "{name: context-coverage, metric: judge, threshold: 0.5}",
)


@pytest.fixture(scope="module")
def place(target: Target) -> Place:
    """A bucket with a key, and roles for the jobs: one may, one may not call models."""
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": BUCKET}}
    key = {
        "Type": "AWS::KMS::Key",
        "Properties": {
            "KeyPolicy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{DEV}:root"},
                        "Action": "kms:*",
                        "Resource": "*",
                    }
                ],
            }
        },
    }
    objects = allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{BUCKET}/*")
    trusted = {"Service": "bedrock.amazonaws.com"}
    resources: Resources = {
        "Bucket": bucket,
        "Key": key,
        "Role": role(objects, allow("bedrock:InvokeModel"), trusted=trusted),
        "Blind": role(objects, trusted=trusted),
    }
    outputs = {name: {"Fn::GetAtt": [name, "Arn"]} for name in ("Role", "Blind", "Key")}
    stack = deploy(target, "managed-jobs", resources, outputs=outputs)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    return Place(BUCKET, stack.outputs["Role"], stack.outputs["Key"])


def store_of(target: Target, run_objects: Mapping[str, bytes]) -> Store:
    """The bucket with a run's objects."""
    store = Store(target.client("s3", DEV, REGION), BUCKET)
    for each, body in run_objects.items():
        store.write(each, body)
    return store


def renamed(objects: Mapping[str, bytes], run: str) -> dict[str, bytes]:
    """The same run under another name."""
    return {key.replace(RUN, run): body.replace(RUN.encode(), run.encode()) for key, body in objects.items()}


def ended(target: Target, store: Store, run: str) -> Mapping[str, Any]:
    """Poll until no job is under way."""
    poller = Poller(store, target.client("bedrock", DEV, REGION))
    limit = time.monotonic() + SECONDS
    while (polled := poller.poll(run, LOOK, 5))["pending"]:
        assert time.monotonic() < limit, polled
        time.sleep(0.1)
    return polled


def test_jobs_run_and_their_results_become_scores(target: Target, place: Place) -> None:
    run = "jobs-whole"
    store = store_of(target, renamed(planned(*METRICS).objects, run))
    bedrock = target.client("bedrock", DEV, REGION)
    creator = Creator(store, bedrock, place)
    assert creator.create(run, LOOK)["jobs"] == 3
    assert ended(target, store, run)["failed"] == 0
    collected = Collector(store, bedrock).collect(run, LOOK)
    assert (collected["cases"], collected["undecided"]) == (3, 0)
    batch = store.load(layout.scores(run, "judgements", GOOD, LOOK, 0), ScoredBatch)
    values = {(case.case, score.metric): score.value for case in batch.cases for score in case.scores}
    assert {metric for _, metric in values} == {"f1", "correctness", "faithfulness", "context-coverage"}
    # The given answer is the reference, and stands in its passage.
    assert values["case-1", "correctness"] == 1.0
    assert values["case-1", "context-coverage"] == 1.0
    # The model was asked, and answered from the context with more than the reference.
    assert 0 < (values["case-1", "f1"] or 0) <= 1


def test_results_lie_where_bedrock_puts_them(target: Target, place: Place) -> None:
    run = "jobs-layout"
    store = store_of(target, renamed(planned(CORRECT).objects, run))
    Creator(store, target.client("bedrock", DEV, REGION), place).create(run, LOOK)
    ended(target, store, run)
    (job,) = store.load(layout.jobs(run, LOOK), Jobs).jobs
    (key,) = store.keys(f"{layout.job_folder(run, job.name)}/output/")
    identifier = job.arn.rpartition("/")[2]
    assert key.startswith(f"{layout.job_folder(run, job.name)}/output/{job.name}/{identifier}/models/")
    assert key.endswith("_output.jsonl")
    line = json.loads((store.read(key) or b"").splitlines()[0])
    assert set(line) == {"automatedEvaluationResult", "inputRecord", "modelResponses"}
    (score,) = line["automatedEvaluationResult"]["scores"]
    assert score["evaluatorDetails"][0]["explanation"]


def test_a_token_that_was_used_gives_the_same_job(target: Target, place: Place) -> None:
    run = "jobs-again"
    store = store_of(target, renamed(planned(CORRECT).objects, run))
    bedrock = target.client("bedrock", DEV, REGION)
    Creator(store, bedrock, place).create(run, LOOK)
    first = store.load(layout.jobs(run, LOOK), Jobs)
    target.client("s3", DEV, REGION).delete_object(Bucket=BUCKET, Key=layout.jobs(run, LOOK))
    Creator(store, bedrock, place).create(run, LOOK)
    assert store.load(layout.jobs(run, LOOK), Jobs) == first
    ended(target, store, run)


def test_fails_when_the_role_may_not_call_the_evaluator(target: Target, place: Place) -> None:
    run = "jobs-blind"
    store = store_of(target, renamed(planned(CORRECT).objects, run))
    bedrock = target.client("bedrock", DEV, REGION)
    iam = target.client("iam", DEV, REGION)
    (blind,) = [each["Arn"] for each in iam.list_roles()["Roles"] if "Blind" in each["RoleName"]]
    Creator(store, bedrock, Place(BUCKET, blind, place.key_arn)).create(run, LOOK)
    assert ended(target, store, run)["failed"] == 1
    collected = Collector(store, bedrock).collect(run, LOOK)
    assert collected["undecided"] == 3
    batch = store.load(layout.scores(run, "judgements", GOOD, LOOK, 0), ScoredBatch)
    assert "AccessDenied" in batch.cases[0].scores[0].detail


def test_people_s_jobs_wait_until_they_are_stopped(target: Target, place: Place) -> None:
    run = "jobs-people"
    store = store_of(target, renamed(planned(HUMAN).objects, run))
    bedrock = target.client("bedrock", DEV, REGION)
    Creator(store, bedrock, place).create(run, LOOK)
    (job,) = store.load(layout.jobs(run, LOOK), Jobs).jobs
    found = bedrock.get_evaluation_job(jobIdentifier=job.arn)
    assert (found["status"], found["jobType"]) == ("InProgress", "Human")
    bedrock.stop_evaluation_job(jobIdentifier=job.arn)
    polled = Poller(store, bedrock).poll(run, LOOK, 5)
    assert (polled["pending"], polled["failed"]) == (0, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"roleArn": f"arn:aws:iam::{DEV}:role/missing"}, "does not exist or does not trust bedrock"),
        ({"metric": "Builtin.Robustness"}, "doesn't measure Builtin.Robustness"),
    ],
)
def test_fails_for_what_the_target_can_not_run(
    target: Target, place: Place, change: dict[str, str], message: str
) -> None:
    bedrock = target.client("bedrock", DEV, REGION)
    config = {
        "taskType": "QuestionAndAnswer",
        "dataset": {"name": "d", "datasetLocation": {"s3Uri": f"s3://{BUCKET}/d.jsonl"}},
        "metricNames": [change.get("metric", "Builtin.Accuracy")],
    }
    with pytest.raises(bedrock.exceptions.ValidationException, match=message):
        bedrock.create_evaluation_job(
            jobName=f"refused-{len(message)}",
            roleArn=change.get("roleArn", place.role_arn),
            evaluationConfig={"automated": {"datasetMetricConfigs": [config]}},
            inferenceConfig={"models": [{"bedrockModel": {"modelIdentifier": "amazon.nova-lite-v1:0"}}]},
            outputDataConfig={"s3Uri": f"s3://{BUCKET}/out/"},
        )


def test_a_job_is_allowed_by_its_arn(target: Target, place: Place) -> None:
    run = "jobs-by-arn"
    store = store_of(target, renamed(planned(HUMAN).objects, run))
    Creator(store, target.client("bedrock", DEV, REGION), place).create(run, LOOK)
    (job,) = store.load(layout.jobs(run, LOOK), Jobs).jobs
    jobs = f"arn:aws:bedrock:{REGION}:{DEV}:evaluation-job"
    actions = ["bedrock:GetEvaluationJob", "bedrock:StopEvaluationJob"]
    resources: Resources = {"Every": role(allow(actions, f"{jobs}/*")), "Other": role(allow(actions, f"{jobs}/other"))}
    outputs = {name: {"Fn::GetAtt": [name, "Arn"]} for name in resources}
    stack = deploy(target, "jobs-by-arn", resources, outputs=outputs)
    other = assume(target, stack.outputs["Other"], "bedrock")
    with pytest.raises(ClientError, match=f"bedrock:GetEvaluationJob on resource: {job.arn}"):
        other.get_evaluation_job(jobIdentifier=job.arn)
    with pytest.raises(ClientError, match=f"bedrock:StopEvaluationJob on resource: {job.arn}"):
        other.stop_evaluation_job(jobIdentifier=job.arn)
    every = assume(target, stack.outputs["Every"], "bedrock")
    assert every.get_evaluation_job(jobIdentifier=job.arn)["status"] == "InProgress"
    every.stop_evaluation_job(jobIdentifier=job.arn)


def test_a_killed_target_carries_on_with_its_jobs(own_target: Target) -> None:
    """The job's thread dies in the middle; asking for the job lets it run again."""
    stack = deploy(
        own_target,
        "killed-jobs",
        {"Role": role(allow(["s3:*", "bedrock:InvokeModel"]), trusted={"Service": "bedrock.amazonaws.com"})},
        outputs={"Arn": {"Fn::GetAtt": ["Role", "Arn"]}},
    )
    s3 = own_target.client("s3", DEV, REGION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    store = store_of(own_target, planned(CORRECT).objects)
    slow = {"rules": [{"time_to_first_token_ms": 3000}]}
    own_target.call("PUT", "/_foundation/model", slow)
    key = f"arn:aws:kms:{REGION}:{DEV}:key/11111111-2222-3333-4444-555555555555"
    Creator(store, own_target.client("bedrock", DEV, REGION), Place(BUCKET, stack.outputs["Arn"], key)).create(
        RUN, LOOK
    )
    for number in range(2):
        # A cut that began before the first of these may lack the job, the one after the second has it.
        before = own_target.call("GET", "/_foundation/journal")["cuts"]
        store.write(f"change-{number}", b"")
        while own_target.call("GET", "/_foundation/journal")["cuts"] == before:
            time.sleep(0.1)
    own_target.kill()
    own_target.up()
    assert ended(own_target, store, RUN)["failed"] == 0
    assert Collector(store, own_target.client("bedrock", DEV, REGION)).collect(RUN, LOOK)["undecided"] == 0
