"""Puts the jobs into ministack's Bedrock: they are checked, started, resumed after a restart, and stopped."""

from __future__ import annotations

import contextvars
import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import bedrock, iam, sts

from foundation.local.bedrock.evaluation_jobs.measures import is_known, known
from foundation.local.bedrock.evaluation_jobs.runner import Runner, Stopped
from foundation.local.environment import endpoint
from foundation.local.patches.base import Patch

logger = logging.getLogger("foundation.evaluation_jobs")
Response = tuple[int, dict[str, str], bytes]
Record = dict[str, Any]
_PRINCIPAL = "bedrock.amazonaws.com"
_running: dict[str, threading.Thread] = {}


def _jobs() -> None:
    upstream_create, upstream_get, upstream_stop = (
        bedrock._create_evaluation_job,
        bedrock._get_evaluation_job,
        bedrock._stop_evaluation_job,
    )

    def create(body: bytes) -> Response:
        request = json.loads(body or b"{}")
        for record in bedrock._evaluation_jobs.values():
            given = record["BodyEcho"]
            if request.get("clientRequestToken") and given.get("clientRequestToken") == request["clientRequestToken"]:
                return _answer({"JobArn": record["JobArn"]}, 202)
            if given.get("jobName") == request.get("jobName"):
                return _error("ConflictException", f"The evaluation job name {request.get('jobName')} is in use.")
        for problem in _problems(request):
            return _error("ValidationException", problem)
        made: Response = upstream_create(body)
        arn = json.loads(made[2]).get("jobArn", "")
        if made[0] < 300:
            _start(bedrock._evaluation_jobs[arn])
        return made

    def get(identifier: str) -> Response:
        record = bedrock._evaluation_jobs.get(identifier)
        if record is None:
            missing: Response = upstream_get(identifier)
            return missing
        # A target that was killed comes back with jobs that nobody works on.
        if record["Status"] == "InProgress" and record["JobArn"] not in _running:
            _start(record)
        return _answer(_described(record))

    def stop(identifier: str) -> Response:
        record = bedrock._evaluation_jobs.get(identifier)
        if record is not None and record["Status"] != "InProgress":
            return _error("ConflictException", f"The evaluation job is {record['Status']}.")
        stopped: Response = upstream_stop(identifier)
        if record is not None and record["JobArn"] in _running:
            record["Status"] = "Stopping"
        return stopped

    bedrock._create_evaluation_job = create
    bedrock._get_evaluation_job = get
    bedrock._stop_evaluation_job = stop


def _start(record: Record) -> None:
    """Work on a job in a thread; people's jobs wait for people, whom the target doesn't have."""
    if "automated" not in record["BodyEcho"]["evaluationConfig"]:
        return
    arn = str(record["JobArn"])
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(_work, record), name=arn, daemon=True)
    _running[arn] = thread
    thread.start()


def _work(record: Record) -> None:
    arn, request = str(record["JobArn"]), record["BodyEcho"]
    account, region = arn.split(":")[4], arn.split(":")[3]
    with request_scope(account, region):
        runner = Runner(
            arn,
            request,
            _session(request["roleArn"], arn),
            endpoint(int(os.environ["GATEWAY_PORT"])),
            lambda: record["Status"] == "Stopping",
        )
        try:
            runner.run()
            record["Status"] = "Completed"
        except Stopped:
            record["Status"] = "Stopped"
        except Exception as error:
            logger.exception("%s failed", arn)
            record.update({"Status": "Failed", "FailureMessages": [f"{type(error).__name__}: {error}"[:2048]]})
        finally:
            _running.pop(arn, None)


def _session(role_arn: str, job_arn: str) -> dict[str, str]:
    """Credentials of the job's role, as the service gets them."""
    digest = hashlib.sha256(f"{job_arn}:{role_arn}".encode()).hexdigest()
    role, account = role_arn.rpartition("/")[2], role_arn.split(":")[4]
    credentials = {
        "AccessKeyId": f"ASIA{digest[:16].upper()}",
        "SecretAccessKey": hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        "SessionToken": hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    }
    session = f"evaluation-{job_arn.rpartition('/')[2]}"
    sts.register_session(
        credentials["AccessKeyId"],
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
            "UserId": f"{role}:{session}",
            "SecretAccessKey": credentials["SecretAccessKey"],
            "SessionToken": credentials["SessionToken"],
        },
    )
    return credentials


def _problems(request: Record) -> Iterator[str]:
    """What AWS would refuse, and what the target can't measure."""
    if not _trusts_bedrock(str(request.get("roleArn", ""))):
        yield f"The role {request.get('roleArn')} does not exist or does not trust {_PRINCIPAL}."
    automated = request.get("evaluationConfig", {}).get("automated", {})
    for config in automated.get("datasetMetricConfigs", ()):
        if "datasetLocation" not in config["dataset"]:
            yield f"the local target has no built-in dataset {config['dataset'].get('name')}: give datasetLocation"
        for builtin in config["metricNames"]:
            if not is_known(builtin, config["taskType"]):
                yield f"the local target doesn't measure {builtin} ({config['taskType']}): it measures {known()}"
    for rag in request.get("inferenceConfig", {}).get("ragConfigs", ()):
        if "precomputedRagSourceConfig" not in rag:
            yield "the local target judges given answers only: give precomputedRagSourceConfig"


def _trusts_bedrock(role_arn: str) -> bool:
    role = iam._roles.get(role_arn.rpartition("/")[2])
    if role is None or role.get("Arn") != role_arn:
        return False
    trust = role["AssumeRolePolicyDocument"]
    document = json.loads(trust) if isinstance(trust, str) else trust
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    return any(
        each["Effect"] == "Allow" and iam_evaluator._service_principal_matches(each.get("Principal", {}), _PRINCIPAL)
        for each in statements
    )


def _described(record: Record) -> Record:
    """GetEvaluationJob's members."""
    request = record["BodyEcho"]
    kept = ("JobArn", "JobName", "Status", "CreationTime", "LastModifiedTime", "FailureMessages")
    given = ("roleArn", "applicationType", "customerEncryptionKeyId", "evaluationConfig", "inferenceConfig",
             "outputDataConfig")  # fmt: skip
    return {
        **{name: record[name] for name in kept if name in record},
        **{name: request[name] for name in given if name in request},
        "jobType": "Automated" if "automated" in request["evaluationConfig"] else "Human",
    }


def _answer(content: Record, status: int = 200) -> Response:
    made: Response = bedrock._json(content, status)
    return made


def _error(code: str, message: str) -> Response:
    status = 409 if code == "ConflictException" else 400
    headers = {"Content-Type": "application/json", "x-amzn-errortype": code}
    return status, headers, json.dumps({"message": message}).encode()


PATCHES = (
    Patch(
        "bedrock-evaluation-jobs",
        "services.bedrock keeps a record of an evaluation job, which stays InProgress",
        "jobs must read their dataset, ask models as their role, and leave results in Bedrock's layout",
        _jobs,
    ),
)
