"""Bedrock model invocation logging (SEC-4): CloudFormation has no type for it, a deploy action sets it."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from genai_foundation.deploy_actions import DeployActionsReference, InvocationLogging
from genai_foundation.iam import ServiceRole, Statement, allow, confused_deputy
from genai_foundation.storage import SecureBucket

BODIES = "bodies"


class InvocationLogs(Construct):
    """Every prompt and answer of an account and Region: metadata and text to CloudWatch Logs, large bodies to a bucket.

    Bedrock sends bodies over 100 kB and images to S3 only (Amazon Bedrock User Guide, "Monitor model invocation").

    :param actions: the deploy actions function
    :param data_key_arn: key of the bucket
    :param logs_key_arn: key of the log group
    :param access_log_bucket: name of the bucket that receives the server access log
    :param log_retention_days: retention of the log group and of the bodies
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        actions: DeployActionsReference,
        data_key_arn: str,
        logs_key_arn: str,
        access_log_bucket: str,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        source = f"arn:aws:bedrock:{stack.region}:{stack.account}:*"
        self.log_group = logs.CfnLogGroup(self, "Logs", kms_key_id=logs_key_arn, retention_in_days=log_retention_days)
        self.log_group.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        account = stack.account
        deputy = confused_deputy(account, source)
        self.bucket = SecureBucket(
            self,
            "Bodies",
            key_arn=data_key_arn,
            access_log_bucket=access_log_bucket,
            noncurrent_days=log_retention_days,
            expire_days=log_retention_days,
            statements=lambda arn: [delivery(f"{arn}/{BODIES}/AWSLogs/{account}/BedrockModelInvocationLogs/*", deputy)],
        )
        role = ServiceRole(
            self,
            "Role",
            service="bedrock.amazonaws.com",
            description="Bedrock delivers model invocation logs",
            condition=deputy,
            statements=[
                allow("Deliver", ["logs:CreateLogStream", "logs:PutLogEvents"], [self.log_group.attr_arn]),
            ],
        )
        setting = InvocationLogging(
            self,
            "Default",
            actions=actions,
            log_group_name=self.log_group.ref,
            role_arn=role.arn,
            bucket_name=self.bucket.name,
            key_prefix=BODIES,
        )
        # Bedrock checks both when it is told of them.
        setting.node.add_dependency(role.policy, self.bucket.policy)


def delivery(objects: str, condition: dict[str, Any]) -> Statement:
    """Lets Bedrock put large bodies (Amazon Bedrock User Guide, "Set up an Amazon S3 destination")."""
    return {
        "Sid": "InvocationBodies",
        "Effect": "Allow",
        "Principal": {"Service": "bedrock.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": objects,
        "Condition": condition,
    }
