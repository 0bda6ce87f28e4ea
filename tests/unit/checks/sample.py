"""A small workload stack of L1s that every template check accepts; the tests break one thing at a time."""

from pathlib import Path
from typing import Any

from aws_cdk import App, Environment, Stack, Stage
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

ACCOUNT = "222222222222"
REGION = "eu-west-1"
MODEL = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0"
GUARDRAIL = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/abc123:1"
ORGANISATION = "o-exampleorg1"
SAME_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: list[str], **more: Any) -> dict[str, Any]:
    """An Allow statement."""
    return {"Effect": "Allow", "Action": actions, **more}


def synthesize(outdir: Path) -> Path:
    """Write the cloud assembly of one account with one stack, `dev/Workload`."""
    app = App(
        outdir=str(outdir),
        post_cli_context={"aws:cdk:enable-path-metadata": True},
        builtin_cloud_formation_validation=False,
    )
    stage = Stage(app, "dev", env=Environment(account=ACCOUNT, region=REGION))
    stack = Stack(stage, "Workload")
    _network(stack)
    key, topic = _storage(stack)
    _model_access(stack, key, topic)
    app.synth()
    return outdir


def _network(stack: Stack) -> None:
    vpc = ec2.CfnVPC(stack, "Vpc", cidr_block="10.0.0.0/16")
    table = ec2.CfnRouteTable(stack, "Table", vpc_id=vpc.ref)
    for number in (0, 1):
        subnet = ec2.CfnSubnet(
            stack,
            f"Subnet{number}",
            vpc_id=vpc.ref,
            cidr_block=f"10.0.{number}.0/24",
            availability_zone=f"{REGION}{'ab'[number]}",
            map_public_ip_on_launch=False,
        )
        ec2.CfnSubnetRouteTableAssociation(
            stack, f"Association{number}", subnet_id=subnet.ref, route_table_id=table.ref
        )
    inside = {"StringEquals": {"aws:PrincipalOrgID": ORGANISATION}}
    ec2.CfnRoute(
        stack,
        "ToOnPremises",
        route_table_id=table.ref,
        destination_cidr_block="10.64.0.0/12",
        transit_gateway_id="tgw-0123456789abcdef0",
    )
    ec2.CfnVPCEndpoint(
        stack,
        "S3",
        vpc_id=vpc.ref,
        service_name=f"com.amazonaws.{REGION}.s3",
        route_table_ids=[table.ref],
        policy_document=document(allow(["s3:GetObject"], Principal="*", Resource="*", Condition=inside)),
    )
    ec2.CfnVPCEndpoint(
        stack,
        "BedrockRuntime",
        vpc_id=vpc.ref,
        service_name=f"com.amazonaws.{REGION}.bedrock-runtime",
        vpc_endpoint_type="Interface",
        policy_document=document(
            allow(["bedrock:InvokeModel"], Sid="Models", Principal="*", Resource=[MODEL], Condition=inside)
        ),
    )


def _storage(stack: Stack) -> tuple[kms.CfnKey, sns.CfnTopic]:
    root = f"arn:aws:iam::{ACCOUNT}:root"
    key = kms.CfnKey(
        stack,
        "Key",
        enable_key_rotation=True,
        key_policy=document(
            allow(["kms:*"], Principal={"AWS": root}, Resource="*"),
            allow(["kms:Decrypt"], Principal={"Service": "sns.amazonaws.com"}, Resource="*", Condition=SAME_ACCOUNT),
        ),
    )
    sqs.CfnQueue(stack, "Failures", kms_master_key_id=key.attr_arn)
    topic = sns.CfnTopic(stack, "Alarms", kms_master_key_id=key.attr_arn)
    logs.CfnLogGroup(stack, "Logs", kms_key_id=key.attr_arn, retention_in_days=365)
    s3.CfnBucket(
        stack,
        "Bucket",
        bucket_encryption={
            "serverSideEncryptionConfiguration": [
                {"serverSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key.attr_arn}}
            ]
        },
    )
    dynamodb.CfnTable(
        stack,
        "Audit",
        billing_mode="PAY_PER_REQUEST",
        key_schema=[{"attributeName": "id", "keyType": "HASH"}],
        attribute_definitions=[{"attributeName": "id", "attributeType": "S"}],
        sse_specification={"sseEnabled": True, "sseType": "KMS", "kmsMasterKeyId": key.attr_arn},
    )
    return key, topic


def _model_access(stack: Stack, key: kms.CfnKey, topic: sns.CfnTopic) -> None:
    lambda_service = {"Service": "lambda.amazonaws.com"}
    role = iam.CfnRole(
        stack,
        "Role",
        assume_role_policy_document=document(
            allow(["sts:AssumeRole"], Principal=lambda_service, Condition=SAME_ACCOUNT)
        ),
    )
    guarded = {"StringEquals": {"bedrock:GuardrailIdentifier": GUARDRAIL}}
    iam.CfnManagedPolicy(
        stack,
        "Policy",
        roles=[role.ref],
        policy_document=document(
            allow(["bedrock:InvokeModel"], Resource=[MODEL], Condition=guarded),
            allow(["kms:Decrypt"], Resource=[key.attr_arn]),
            allow(["xray:PutTraceSegments"], Resource="*"),
            allow(
                ["cloudwatch:PutMetricData"],
                Resource="*",
                Condition={"StringEquals": {"cloudwatch:namespace": "GenAIFoundation"}},
            ),
        ),
    )
    function = lambda_.CfnFunction(
        stack,
        "Function",
        role=role.attr_arn,
        runtime="python3.13",
        handler="index.handler",
        code={"zipFile": "def handler(event, context): return event"},
        dead_letter_config={"targetArn": stack.format_arn(service="sqs", resource="failures")},
        tracing_config={"mode": "Active"},
        reserved_concurrent_executions=10,
    )
    lambda_.CfnPermission(
        stack,
        "Permission",
        action="lambda:InvokeFunction",
        function_name=function.ref,
        principal="events.amazonaws.com",
        source_account=ACCOUNT,
    )
    for name in ("InvocationServerErrors", "InvocationThrottles"):
        cloudwatch.CfnAlarm(
            stack,
            f"{name}Alarm",
            namespace="AWS/Bedrock",
            metric_name=name,
            statistic="Sum",
            period=60,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            alarm_actions=[topic.ref],
        )
