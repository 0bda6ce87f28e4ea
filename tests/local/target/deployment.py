"""Deploys small templates through the target's CloudFormation API."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from foundation.local.target import Target

DEV, PROD, REGION, RECOVERY = "222222222222", "444444444444", "eu-west-1", "eu-central-1"
ENDED = ("_COMPLETE", "_FAILED")
Resources = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Deployed:
    """A stack operation that ended."""

    status: str
    outputs: dict[str, str]
    reasons: list[str]
    resources: dict[str, str]


def deploy(
    target: Target,
    name: str,
    resources: Resources,
    *,
    outputs: dict[str, Any] | None = None,
    parameters: dict[str, dict[str, str]] | None = None,
    account: str = DEV,
    region: str = REGION,
) -> Deployed:
    """Create or update a stack and wait for its end, whatever that is."""
    api = target.client("cloudformation", account, region)
    template: dict[str, Any] = {"Resources": resources}
    if outputs:
        template["Outputs"] = {key: {"Value": value} for key, value in outputs.items()}
    if parameters:
        template["Parameters"] = parameters
    exists = any(
        stack["StackName"] == name and stack["StackStatus"] not in {"DELETE_COMPLETE", "ROLLBACK_COMPLETE"}
        for stack in api.list_stacks()["StackSummaries"]
    )
    operation = api.update_stack if exists else api.create_stack
    operation(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
    return settled(target, name, account=account, region=region)


def settled(target: Target, name: str, *, account: str = DEV, region: str = REGION) -> Deployed:
    api = target.client("cloudformation", account, region)
    limit = time.monotonic() + 60
    while True:
        stack = api.describe_stacks(StackName=name)["Stacks"][0]
        if stack["StackStatus"].endswith(ENDED):
            break
        assert time.monotonic() < limit, f"{name} stays {stack['StackStatus']}"
        time.sleep(0.1)
    events = api.describe_stack_events(StackName=name)["StackEvents"]
    listed = api.list_stack_resources(StackName=name)["StackResourceSummaries"]
    return Deployed(
        status=stack["StackStatus"],
        outputs={item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])},
        reasons=[event["ResourceStatusReason"] for event in events if "FAILED" in event["ResourceStatus"]],
        resources={item["LogicalResourceId"]: item.get("PhysicalResourceId", "") for item in listed},
    )


def delete(target: Target, name: str, *, account: str = DEV, region: str = REGION) -> str:
    """Delete a stack; the status that it ends with."""
    api = target.client("cloudformation", account, region)
    stack_id = api.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    api.delete_stack(StackName=name)
    return str(api.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"])


def role(*statements: dict[str, Any], trusted: Any = None) -> dict[str, Any]:
    """An IAM role that the account (or `trusted`) may assume, with an inline policy."""
    principal = trusted or {"Service": "lambda.amazonaws.com", "AWS": {"Ref": "AWS::AccountId"}}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "inline", "PolicyDocument": policy}] if statements else [],
        },
    }


def allow(actions: str | list[str], resources: Any = "*", **condition: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return {**statement, "Condition": condition} if condition else statement


def function(code: str, *, role_id: str = "Role", **more: Any) -> dict[str, Any]:
    """A Python function with inline code whose handler is `handler`."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": [role_id, "Arn"]},
            "Code": {"ZipFile": code},
            "Timeout": 20,
            **more,
        },
    }


def assume(target: Target, role_arn: str, service: str, *, account: str = DEV, region: str = REGION) -> Any:
    """A client with the role's credentials."""
    sts = target.client("sts", account, region)
    credentials = sts.assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
    return target.client_with(service, region, credentials)


def invoke(target: Target, name: str, event: Any = None, *, account: str = DEV, qualifier: str = "") -> Any:
    """The function's JSON answer, with the error type under `FunctionError` when it failed."""
    named = {"Qualifier": qualifier} if qualifier else {}
    answer = target.client("lambda", account, REGION).invoke(
        FunctionName=name, Payload=json.dumps(event).encode(), **named
    )
    content = json.loads(answer["Payload"].read())
    return {"FunctionError": answer["FunctionError"], **content} if "FunctionError" in answer else content
