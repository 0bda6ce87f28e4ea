"""What the platform does when Bedrock throttles, a Region is down, or the target dies while it deploys (DR-1, GW-2)."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from foundation.cdk import CLI, cli_environment, deploy_stage
from foundation.demo.caller import use_case_caller
from foundation.demo.requests import requests
from tests.local.platform.conftest import PRIMARY, RECOVERY, USE_CASE, Platform

pytestmark = pytest.mark.local

THROTTLE = {"actions": ["bedrock:Converse", "bedrock:InvokeModel"], "status": 429, "error_code": "ThrottlingException"}
ALLOWED = requests(USE_CASE)[0]


@pytest.fixture
def faults(platform: Platform) -> Iterator[Any]:
    """Sets faults; none is left afterwards."""

    def inject(*given: dict[str, Any]) -> None:
        platform.target.call("PUT", "/_foundation/faults", list(given))

    yield inject
    platform.target.call("DELETE", "/_foundation/faults")


def ask(platform: Platform, region: str, environment: str = "prod") -> dict[str, Any]:
    with use_case_caller(platform.target, environment, region, USE_CASE) as caller:
        return caller.ask(dict(ALLOWED.payload))[0]


def audit_of(platform: Platform, region: str, trace_id: str) -> dict[str, Any]:
    cloudformation = platform.target.client("cloudformation", "prod", region)
    stack = "prod-ModelAccess" if region == PRIMARY else "prod-RecoveryModelAccess"
    resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    table = next(
        each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::DynamoDB::GlobalTable"
    )
    records = platform.target.client("dynamodb", "prod", region).scan(TableName=table)["Items"]
    found: dict[str, Any] = next(each for each in records if each.get("trace_id") == {"S": trace_id})
    return found


def test_an_answer_is_audited_without_its_text(platform: Platform) -> None:
    result = ask(platform, PRIMARY)
    record = audit_of(platform, PRIMARY, result["trace_id"])
    assert record["use_case"]["S"] == USE_CASE
    assert record["outcome"]["S"] == "answered"
    assert "windscreen" not in str(record)


def test_fails_with_a_code_when_bedrock_throttles(platform: Platform, faults: Any) -> None:
    faults(THROTTLE)
    result = ask(platform, PRIMARY)
    assert (result["outcome"], result["error"]["code"]) == ("failed", "GF-RUN-030")
    assert audit_of(platform, PRIMARY, result["trace_id"])["outcome"]["S"] == "failed"


def test_a_single_throttle_is_retried(platform: Platform, faults: Any) -> None:
    faults({**THROTTLE, "count": 1})
    assert ask(platform, PRIMARY)["outcome"] == "answered"
    assert [each["hits"] for each in platform.target.call("GET", "/_foundation/faults")] == [1]


def test_the_recovery_region_answers_while_the_primary_is_down(platform: Platform, faults: Any) -> None:
    faults({"region": PRIMARY})
    with pytest.raises(ClientError):
        ask(platform, PRIMARY)
    result = ask(platform, RECOVERY)
    assert ALLOWED.verdict(result) is None


def test_a_deployment_killed_with_its_target_is_resumed(platform: Platform) -> None:
    target, assembly = platform.target, platform.out / "cdk.out"
    environment = target.environment("data-producer-crm", PRIMARY)
    cloudformation = target.client("cloudformation", "data-producer-crm", PRIMARY)
    cloudformation.delete_stack(StackName="data-producer-crm-Data")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="data-producer-crm-Data")
    command = [str(CLI), "deploy", "data-producer-crm/Data", "--app", str(assembly), "--require-approval", "never"]
    deploying = subprocess.Popen(
        command,
        cwd=assembly.parent,
        env=cli_environment(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        stacks = cloudformation.list_stacks(StackStatusFilter=["CREATE_IN_PROGRESS", "CREATE_COMPLETE"])[
            "StackSummaries"
        ]
        if any(each["StackName"] == "data-producer-crm-Data" for each in stacks):
            break
    target.kill()
    # The person gives up too: the CLI alone would go on trying for minutes.
    os.killpg(deploying.pid, signal.SIGKILL)
    deploying.wait(timeout=60)
    target.up()
    deployed = deploy_stage(assembly, "data-producer-crm", environment)
    assert deployed.stacks == 3
    status = cloudformation.describe_stacks(StackName="data-producer-crm-Data")["Stacks"][0]["StackStatus"]
    assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
