"""Finished runs in a real MLflow server, through a deployed function, another account's role and signed requests."""

from __future__ import annotations

import http.client
import io
import json
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from botocore.exceptions import BotoCoreError

from foundation.local.layout import checkout
from foundation.local.target import Target
from genai_foundation import contract
from genai_foundation.evaluation.tracking import (
    WRITER_TAG,
    ExperimentTracking,
    app_parameter_arn,
    writer_role_arn,
)
from genai_foundation.keys import CustomerKey
from genai_foundation.storage import AccessLogBucket
from genai_runtime.evaluation.tracking.experiments import CANDIDATE_TAG, RUN_TAG, WHOLE
from tests.local.conftest import ACCOUNTS, SETTINGS
from tests.local.target.deployment import DEV, REGION, Resources, allow, deploy, function, invoke, role
from tests.unit.evaluation.tracking.finished_run import RUN, finished

LAYER = checkout() / "build/layers/publishing/host.zip"
SHARED = ACCOUNTS["shared"]
BUCKET = "evaluation-runs-dev"
HEADER = "x-sm-mlflow-app-arn"

pytestmark = pytest.mark.local


@dataclass(frozen=True)
class Deployed:
    """The shared account's App, and functions of dev."""

    target: Target
    app: str
    artifacts: str
    track: str
    stranger: str

    def entries(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Everything in MLflow, by run and candidate; asked as the shared account's root user would."""
        found = self.ask("experiments/search", {"max_results": 100})
        experiments = [each["experiment_id"] for each in found["experiments"]]
        runs = self.ask("runs/search", {"experiment_ids": experiments, "max_results": 100}).get("runs", [])
        tagged = [({tag["key"]: tag["value"] for tag in each["data"]["tags"]}, each) for each in runs]
        by_key = {(tags[RUN_TAG], tags[CANDIDATE_TAG]): each for tags, each in tagged}
        assert len(by_key) == len(runs), "an entry is there twice"
        return by_key

    def ask(self, path: str, body: dict[str, Any]) -> Any:
        """A call of MLflow's API by the server's own address."""
        (server,) = self.target.call("POST", "/_foundation/mlflow", patience=240.0)
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{server['url']}/api/2.0/mlflow/{path}",
            json.dumps(body).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read())


def shared_resources() -> Resources:
    """What the Experiments stack makes, with a key and a log bucket of its own."""
    app = cdk.App(analytics_reporting=False, builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Shared", env=cdk.Environment(account=SHARED, region=REGION))
    key = CustomerKey(stack, "Key", description="experiments", alias="experiments")
    logs = AccessLogBucket(stack, "Logs", retention_days=30, has_sources_here=True)
    ExperimentTracking(
        stack,
        "Experiments",
        key_arn=key.arn,
        access_log_bucket=logs.name,
        organization_id=SETTINGS.organization_id,
        writer_accounts=[DEV],
    ).publish()
    resources: Resources = Template.from_stack(stack).to_json()["Resources"]
    return resources


def code() -> bytes:
    """The Lambda code as the assets ship it."""
    body = io.BytesIO()
    root = checkout() / "lambda"
    with zipfile.ZipFile(body, "w") as archive:
        for file in sorted((root / "genai_runtime").rglob("*.py")):
            archive.write(file, file.relative_to(root))
    return body.getvalue()


def dev_resources() -> Resources:
    """The track function with its role, and the same function with a role that isn't marked."""
    may = (
        allow("sts:AssumeRole", writer_role_arn(SHARED)),
        allow(["s3:GetObject", "s3:ListBucket"], [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]),
    )
    tag, value = WRITER_TAG
    writer, stranger = role(*may), role(*may)
    writer["Properties"]["Tags"] = [{"Key": tag, "Value": value}]
    environment = {
        "ENVIRONMENT": "dev",
        "BUCKET_NAME": BUCKET,
        "POWERTOOLS_SERVICE_NAME": "evaluation-track",
        "POWERTOOLS_METRICS_NAMESPACE": "GenAIFoundation",
        "LOG_LEVEL": "INFO",
        "TRACKING_ROLE_ARN": writer_role_arn(SHARED),
        "TRACKING_PARAMETER": app_parameter_arn(SHARED, REGION),
    }

    def track(role_id: str) -> dict[str, Any]:
        return function(
            "",
            role_id=role_id,
            Handler="genai_runtime.evaluation.handlers.track.handler",
            Code={"S3Bucket": BUCKET, "S3Key": "code.zip"},
            Layers=[{"Ref": "Layer"}],
            Timeout=300,
            MemorySize=1024,
            Environment={"Variables": environment},
        )

    layer = {"Content": {"S3Bucket": BUCKET, "S3Key": "layer.zip"}, "CompatibleRuntimes": ["python3.13"]}
    return {
        "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": layer},
        "Writer": writer,
        "Stranger": stranger,
        "Track": track("Writer"),
        "Strange": track("Stranger"),
    }


def upload(target: Target, run: str) -> None:
    """The objects of a finished run."""
    s3 = target.client("s3", DEV, REGION)
    for key, body in finished(run).objects.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)


@pytest.fixture(scope="module")
def deployed(own_target: Target) -> Deployed:
    resources = shared_resources()
    shared = deploy(own_target, "experiments", resources, account=SHARED)
    assert shared.status == "CREATE_COMPLETE", shared.reasons
    s3 = own_target.client("s3", DEV, REGION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=BUCKET, Key="code.zip", Body=code())
    s3.upload_file(str(LAYER), BUCKET, "layer.zip")
    dev = deploy(own_target, "tracking", dev_resources())
    assert dev.status == "CREATE_COMPLETE", dev.reasons
    ssm = own_target.client("ssm", SHARED, REGION)
    name = contract.parameter_name(contract.EXPERIMENTS_APP_ARN)
    (bucket,) = [name for name in resources if name.startswith("ExperimentsArtifacts") and "Policy" not in name]
    return Deployed(
        target=own_target,
        app=ssm.get_parameter(Name=name)["Parameter"]["Value"],
        artifacts=shared.resources[bucket],
        track=dev.resources["Track"],
        stranger=dev.resources["Strange"],
    )


def comparable(entries: dict[tuple[str, str], dict[str, Any]], run: str) -> dict[str, Any]:
    """A run's entries without ids: candidates with parameters, figures, tags and state."""
    found = {}
    for (name, candidate), each in entries.items():
        if name == run:
            data = json.loads(json.dumps(each["data"]).replace(run, "RUN"))
            data["tags"] = [tag for tag in data["tags"] if tag["key"] != "mlflow.parentRunId"]
            found[candidate] = (
                {kind: sorted(map(str, data[kind])) for kind in ("params", "metrics", "tags")},
                each["info"]["status"],
            )
    return found


def test_a_run_is_tracked_once_however_often_it_is_logged(deployed: Deployed) -> None:
    upload(deployed.target, RUN)
    first = invoke(deployed.target, deployed.track, {"run": RUN})
    assert "FunctionError" not in first, first
    before = deployed.entries()
    assert set(before) == {(RUN, WHOLE), (RUN, "good"), (RUN, "weak")}
    assert before[(RUN, WHOLE)]["info"]["run_id"] == first["tracking_run"]
    params = {each["key"]: each["value"] for each in before[(RUN, "good")]["data"]["params"]}
    assert params["environment"] == "dev"
    assert params["suite.metrics.token-f1.threshold"] == "0.6"
    assert invoke(deployed.target, deployed.track, {"run": RUN}) == first
    assert comparable(deployed.entries(), RUN) == comparable(before, RUN)


def test_artifacts_lie_encrypted_in_the_app_s_bucket(deployed: Deployed) -> None:
    upload(deployed.target, RUN)
    tracked = invoke(deployed.target, deployed.track, {"run": RUN})
    s3 = deployed.target.client("s3", SHARED, REGION)
    key = f"mlflow/{tracked['experiment']}/{tracked['tracking_run']}/artifacts/result.html"
    found = s3.get_object(Bucket=deployed.artifacts, Key=key)
    assert found["Body"].read() == b"<html></html>"
    assert found["ServerSideEncryption"] == "aws:kms"


def test_a_killed_target_loses_nothing_and_the_repetition_completes_the_run(deployed: Deployed) -> None:
    """The server and the function die with the target, in the middle of a run's requests."""
    target, run = deployed.target, "killed-run"
    upload(target, RUN)
    upload(target, run)
    invoke(target, deployed.track, {"run": RUN})
    # Each request takes a second: after the first entry is there, a dozen are still to come.
    target.call("PUT", "/_foundation/faults", [{"services": ["sagemaker"], "status": 0, "delay_ms": 1000}])
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(invoke, target, deployed.track, {"run": run})
        while (run, WHOLE) not in deployed.entries():
            assert not lost.done(), lost.result()
        half = deployed.entries()
        target.kill()
        with pytest.raises(BotoCoreError):
            lost.result()
    assert half[(run, WHOLE)]["info"]["status"] == "RUNNING"
    target.up()
    completed = invoke(target, deployed.track, {"run": run})
    assert completed["tracking_run"] == half[(run, WHOLE)]["info"]["run_id"]
    entries = deployed.entries()
    assert comparable(entries, run) == comparable(entries, RUN)
    assert len([key for key in entries if key[0] == run]) == 3


def test_fails_for_a_role_without_the_tag(deployed: Deployed) -> None:
    upload(deployed.target, RUN)
    failed = invoke(deployed.target, deployed.stranger, {"run": RUN})
    assert failed["errorType"] == "TrackingFailed"
    assert failed["errorMessage"].startswith(
        f"GF-EVAL-363: role {writer_role_arn(SHARED)} can't be assumed (AccessDenied)"
    )


def test_fails_for_a_request_without_a_signature(deployed: Deployed) -> None:
    """The endpoint takes nobody at their word: signature and policy are checked."""
    connection = http.client.HTTPConnection(urlsplit(deployed.target.url).netloc, timeout=30)
    connection.request("GET", "/api/2.0/mlflow/experiments/search?max_results=1", headers={HEADER: deployed.app})
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["error_code"]) == (403, "PERMISSION_DENIED")


def test_the_status_names_the_server(deployed: Deployed) -> None:
    deployed.ask("experiments/search", {"max_results": 1})
    (server,) = deployed.target.status().mlflow
    assert server["app"] == deployed.app
    assert server["url"].startswith("http://127.0.0.1:")
