"""The read-back of a deployed stack: equal at first, then every tampering is caught."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from foundation.local.readback import run
from foundation.local.target import Target
from tests.local.bedrock.conftest import DEV, REGION
from tests.local.bedrock.guarded import GUARDRAIL
from tests.local.bedrock.readback_stack import assembly

pytestmark = pytest.mark.local


@dataclass
class Deployed:
    """The stack, its assembly and its resources' ids."""

    target: Target
    cdk_out: Path
    ids: dict[str, str]

    def client(self, service: str) -> Any:
        return self.target.client(service, DEV, REGION)

    def differences(self) -> set[tuple[str, str]]:
        return {(f.logical_id, f.property) for f in run(self.cdk_out, self.target).differences}


@pytest.fixture(scope="module")
def deployed(bedrock_target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    cdk_out = assembly(tmp_path_factory.mktemp("cdk.out"), DEV, REGION)
    cloudformation = bedrock_target.client("cloudformation", DEV, REGION)
    body = (cdk_out / "app.template.json").read_text(encoding="utf-8")
    cloudformation.create_stack(StackName="Readback", TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="Readback", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    found = cloudformation.describe_stack_resources(StackName="Readback")["StackResources"]
    yield Deployed(bedrock_target, cdk_out, {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in found})
    cloudformation.delete_stack(StackName="Readback")


def test_what_was_deployed_is_what_the_template_says(deployed: Deployed) -> None:
    report = run(deployed.cdk_out, deployed.target)
    assert [(f.logical_id, f.property, f.expected, f.actual, f.reason) for f in report.differences] == []
    assert report.counts["equal"] > 80
    assert [f.reason for f in report.findings if f.outcome == "not-checked"] == ["checked with its route table"]
    assert not [f for f in report.findings if f.outcome == "equal" and f.reason], "every value is known"


def _bucket_policy(d: Deployed) -> None:
    arn = f"arn:aws:s3:::{d.ids['Bucket']}/*"
    opened = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": arn}
    policy = json.loads(d.client("s3").get_bucket_policy(Bucket=d.ids["Bucket"])["Policy"])
    policy["Statement"].append(opened)
    d.client("s3").put_bucket_policy(Bucket=d.ids["Bucket"], Policy=json.dumps(policy))


def _key_policy(d: Deployed) -> None:
    opened = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    d.client("kms").put_key_policy(
        KeyId=d.ids["Key"], PolicyName="default", Policy=json.dumps({"Version": "2012-10-17", "Statement": [opened]})
    )


def _guardrail(d: Deployed) -> None:
    weaker = {
        **GUARDRAIL,
        "topicPolicyConfig": {"topicsConfig": [{**GUARDRAIL["topicPolicyConfig"]["topicsConfig"][0], "examples": []}]},
    }
    d.client("bedrock").update_guardrail(guardrailIdentifier=d.ids["Guardrail"], name="readback", **weaker)


def _trust(d: Deployed) -> None:
    anyone = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    d.client("iam").update_assume_role_policy(RoleName=d.ids["Role"], PolicyDocument=json.dumps(anyone))


def _endpoint(d: Deployed) -> None:
    anything = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    }
    d.client("ec2").modify_vpc_endpoint(VpcEndpointId=d.ids["Endpoint"], PolicyDocument=json.dumps(anything))


def _group(d: Deployed) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    d.client("ec2").authorize_security_group_ingress(GroupId=d.ids["Group"], IpPermissions=[rule])


def _route(d: Deployed) -> None:
    ec2 = d.client("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=d.ids["Vpc"])
    ec2.create_route(RouteTableId=d.ids["Routes"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
TAMPERINGS: list[tuple[Callable[[Deployed], object], set[tuple[str, str]]]] = [
    (lambda d: d.client("s3").delete_bucket_encryption(Bucket=d.ids["Bucket"]),
     {("Bucket", "Encryption.Algorithm"), ("Bucket", "Encryption.Key"), ("Bucket", "Encryption.BucketKey")}),
    (lambda d: d.client("s3").delete_public_access_block(Bucket=d.ids["Bucket"]),
     {("Bucket", "PublicAccessBlock.BlockPublicPolicy")}),
    (_bucket_policy, {("BucketPolicy", "PolicyDocument")}),
    (lambda d: d.client("logs").put_retention_policy(logGroupName=d.ids["Logs"], retentionInDays=1),
     {("Logs", "RetentionInDays")}),
    (lambda d: d.client("kms").disable_key_rotation(KeyId=d.ids["Key"]), {("Key", "EnableKeyRotation")}),
    (_key_policy, {("Key", "KeyPolicy")}),
    (lambda d: d.client("sqs").set_queue_attributes(QueueUrl=d.ids["Queue"], Attributes={"KmsMasterKeyId": ""}),
     {("Queue", "KmsMasterKeyId")}),
    (lambda d: d.client("sns").set_topic_attributes(TopicArn=d.ids["Topic"], AttributeName="KmsMasterKeyId", AttributeValue=""),
     {("Topic", "KmsMasterKeyId")}),
    (_guardrail, {("Guardrail", "topicPolicy")}),
    (_trust, {("Role", "AssumeRolePolicyDocument")}),
    (lambda d: d.client("iam").attach_role_policy(RoleName=d.ids["Role"], PolicyArn=ADMINISTRATOR),
     {("Role", "ManagedPolicies")}),
    (_endpoint, {("Endpoint", "PolicyDocument")}),
    (_group, {("Group", "Ingress")}),
    (_route, {("Routes", "Routes"), ("Vpc", "InternetGateways")}),
    (lambda d: d.client("ssm").put_parameter(Name="/readback/guardrail", Value="{}", Overwrite=True), {("Parameter", "Value")}),
    (lambda d: d.client("dynamodb").update_continuous_backups(
        TableName=d.ids["Table"], PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}),
     {("Table", "PointInTimeRecovery")}),
    (lambda d: d.client("dynamodb").update_table(TableName=d.ids["Table"], StreamSpecification={"StreamEnabled": False}),
     {("Table", "StreamViewType")}),
    (lambda d: d.client("appconfig").update_configuration_profile(
        ApplicationId=d.ids["Application"], ConfigurationProfileId=d.ids["Profile"], Validators=[]),
     {("Profile", "Validators")}),
    (lambda d: d.client("appconfig").update_deployment_strategy(DeploymentStrategyId=d.ids["AtOnce"], FinalBakeTimeInMinutes=60),
     {("AtOnce", "FinalBakeTimeInMinutes")}),
    (lambda d: d.client("s3").put_bucket_versioning(Bucket=d.ids["Bucket"], VersioningConfiguration={"Status": "Suspended"}),
     {("Bucket", "Versioning")}),
]  # fmt: skip


IDS = [f"{min(caught)[0]}-{index}" for index, (_, caught) in enumerate(TAMPERINGS)]


@pytest.mark.parametrize(("tamper", "caught"), TAMPERINGS, ids=IDS)
def test_fails_after_tampering(
    deployed: Deployed, tamper: Callable[[Deployed], object], caught: set[tuple[str, str]]
) -> None:
    before = deployed.differences()
    assert not before & caught
    tamper(deployed)
    assert caught <= deployed.differences() - before
