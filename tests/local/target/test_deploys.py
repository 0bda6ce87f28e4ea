"""The real CDK CLI: bootstrap, deploys across accounts, and deploys that a kill interrupted."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from foundation.local.bootstrap import bootstrap
from foundation.local.target import Target
from tests.local.conftest import ACCOUNTS
from tests.local.target.assembly import cdk_deploy, kill_deploy, start_deploy, write_assembly
from tests.local.target.deployment import DEV, REGION, Resources, allow, function, role, settled

pytestmark = pytest.mark.local

SHARED = ACCOUNTS["shared"]
# A custom resource that isn't done while the parameter /hold exists.
WAITING = """
import json, time, urllib.request, boto3
def handler(event, context):
    ssm = boto3.client("ssm")
    while event["RequestType"] != "Delete" and ssm.get_parameters(Names=["/hold"])["Parameters"]:
        time.sleep(0.1)
    answer = {"Status": "SUCCESS", "PhysicalResourceId": "waited", **{k: event[k] for k in
              ("StackId", "RequestId", "LogicalResourceId")}}
    request = urllib.request.Request(event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT")
    request.add_unredirected_header("Content-Type", "")
    urllib.request.urlopen(request)
"""


@pytest.fixture(scope="module")
def bootstrapped(own_target: Target) -> Target:
    done = bootstrap(own_target, [SHARED, DEV], [REGION], trust=SHARED)
    assert [(made.account_id, made.skipped) for made in done] == [(SHARED, ()), (DEV, ())]
    return own_target


def parameter(name: str, value: str, **more: object) -> dict[str, object]:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": name, "Value": value}, **more}


def waiting(version: str) -> Resources:
    return {
        "Role": role(allow(["ssm:GetParameters"])),
        "F": function(WAITING, Timeout=120),
        "Before": parameter("/interrupted/before", version),
        "Wait": {
            "Type": "Custom::Wait",
            "Properties": {"ServiceToken": {"Fn::GetAtt": ["F", "Arn"]}, "Version": version},
            "DependsOn": "Before",
        },
        "After": parameter("/interrupted/after", version, DependsOn="Wait"),
    }


def test_bootstrapped_environments_are_skipped(bootstrapped: Target) -> None:
    started = time.monotonic()
    done = bootstrap(bootstrapped, [SHARED, DEV], [REGION], trust=SHARED)
    assert [made.skipped for made in done] == [(REGION,), (REGION,)]
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("account", [SHARED, DEV])
def test_dev_is_deployed_from_the_trusted_account_and_from_its_own(
    bootstrapped: Target, tmp_path: Path, account: str
) -> None:
    name = f"from-{account}"
    assembly = write_assembly(tmp_path, name, {"P": parameter(f"/{name}", "1")}, account=DEV, region=REGION)
    cdk_deploy(bootstrapped, assembly, account=account, region=REGION)
    assert bootstrapped.client("ssm", DEV, REGION).get_parameter(Name=f"/{name}")["Parameter"]["Value"] == "1"


def test_fails_to_deploy_to_dev_from_an_account_that_is_not_trusted(bootstrapped: Target, tmp_path: Path) -> None:
    assembly = write_assembly(tmp_path, "foreign", {"P": parameter("/foreign", "1")}, account=DEV, region=REGION)
    ran = start_deploy(bootstrapped, assembly, account=ACCOUNTS["prod"], region=REGION)
    output, _ = ran.communicate(timeout=120)
    assert ran.returncode != 0
    assert "not authorized to perform: sts:AssumeRole" in output


def test_a_killed_first_deploy_is_simply_repeated(bootstrapped: Target, tmp_path: Path) -> None:
    _interrupt(
        bootstrapped, write_assembly(tmp_path, "interrupted", waiting("1"), account=DEV, region=REGION), "CREATE"
    )
    assert settled(bootstrapped, "interrupted").status == "ROLLBACK_COMPLETE"
    assert _values(bootstrapped) == {}
    cdk_deploy(bootstrapped, tmp_path, account=SHARED, region=REGION)
    assert _values(bootstrapped) == {"/interrupted/before": "1", "/interrupted/after": "1"}


def test_a_killed_update_is_rolled_back_and_repeated(bootstrapped: Target, tmp_path: Path) -> None:
    _interrupt(
        bootstrapped, write_assembly(tmp_path, "interrupted", waiting("2"), account=DEV, region=REGION), "UPDATE"
    )
    assert settled(bootstrapped, "interrupted").status == "UPDATE_ROLLBACK_COMPLETE"
    assert _values(bootstrapped) == {"/interrupted/before": "1", "/interrupted/after": "1"}
    cdk_deploy(bootstrapped, tmp_path, account=SHARED, region=REGION)
    assert _values(bootstrapped) == {"/interrupted/before": "2", "/interrupted/after": "2"}


def _interrupt(target: Target, assembly: Path, operation: str) -> None:
    """Start a deploy, kill the target while the custom resource waits, and start it again."""
    ssm = target.client("ssm", DEV, REGION)
    ssm.put_parameter(Name="/hold", Value="1", Type="String", Overwrite=True)
    ran = start_deploy(target, assembly, account=SHARED, region=REGION)
    limit = time.monotonic() + 60
    while True:
        events = {(stack["name"], stack["status"]) for stack in target.status().stacks}
        if ("interrupted", f"{operation}_IN_PROGRESS") in events and "Wait" in _events(target, operation):
            break
        assert time.monotonic() < limit
        time.sleep(0.1)
    # The cut before the custom resource's wait is written within Journal.DELAY_SECONDS.
    time.sleep(2.5)
    target.kill()
    # The CLI would go on asking for a minute.
    kill_deploy(ran)
    target.up()
    target.client("ssm", DEV, REGION).delete_parameter(Name="/hold")


def _events(target: Target, operation: str) -> set[str]:
    events = target.client("cloudformation", DEV, REGION).describe_stack_events(StackName="interrupted")
    wanted = f"{operation}_IN_PROGRESS"
    newest = [event for event in events["StackEvents"] if event["ResourceStatus"] == wanted][:1]
    return {event["LogicalResourceId"] for event in newest}


def _values(target: Target) -> dict[str, str]:
    found = target.client("ssm", DEV, REGION).get_parameters(Names=["/interrupted/before", "/interrupted/after"])
    return {item["Name"]: item["Value"] for item in found["Parameters"]}
