"""Experiments of all environments in one managed MLflow App (EVAL-4)."""

from collections.abc import Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from genai_foundation import contract
from genai_foundation.acknowledge import acknowledge
from genai_foundation.errors import FoundationError
from genai_foundation.iam import ServiceRole, allow, confused_deputy, document
from genai_foundation.removal import DestructionKeys, apply_removal
from genai_foundation.reviews import NEXT_REVIEW, OWNER
from genai_foundation.storage import SecureBucket

APP_NAME: Final = "genai-foundation"
WRITER_ROLE_NAME: Final = "genai-foundation-experiments-writer"
"""A physical name: roles of other accounts assume it."""
WRITER_TAG: Final = ("genai-foundation-experiments", "writer")
"""Tag of the roles that may become the writer; see `mark_writer`."""

# Sundays before the working week: an App is away for some minutes while it is maintained.
MAINTENANCE: Final = "Sun:03:00"

# What logging needs, and no deletion. `CallMlflowAppApi` admits to an App's API as a whole; the actions of
# `sagemaker-mlflow` say which of its operations (Service Authorization Reference, "Amazon SageMaker", "Amazon SageMaker
# with MLflow"; SageMaker AI Developer Guide, "Set up IAM permissions for MLflow Apps").
CALL_ACTIONS: Final = ("sagemaker:CallMlflowAppApi",)
MLFLOW_ACTIONS: Final = tuple(
    f"sagemaker-mlflow:{action}"
    for action in (
        "CreateExperiment", "CreateRun", "GetExperiment", "GetExperimentByName", "GetRun", "LogBatch", "RestoreExperiment",
        "SearchRuns", "SetTag", "UpdateRun",
    )
)  # fmt: skip
ARTIFACT_ACTIONS: Final = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")


def writer_role_arn(account: str) -> str:
    """ARN of the role that logs experiments, in the account that holds them."""
    return f"arn:aws:iam::{account}:role/{WRITER_ROLE_NAME}"


def app_parameter_arn(account: str, region: str) -> str:
    """ARN of the SSM parameter that holds the App's ARN; the writer may read it from any account and Region."""
    return f"arn:aws:ssm:{region}:{account}:parameter{contract.parameter_name(contract.EXPERIMENTS_APP_ARN)}"


def mark_writer(role: iam.CfnRole) -> None:
    """Tag a role of a workload account so that the writer's trust policy knows it."""
    role.tags.set_tag(*WRITER_TAG)


class ExperimentTracking(Construct):
    """A serverless MLflow App, its artifact bucket, and a role that logs to it from other accounts.

    CloudFormation's type takes no customer key: names, parameters and figures are encrypted with a key of SageMaker AI,
    artifacts (reports, prompts, answers) with the customer key. An App's host has no VPC endpoint service, so functions
    that log run outside a VPC (docs/adr/0013-experiments-in-mlflow.md).

    :param key_arn: customer key of the artifacts
    :param access_log_bucket: receives the bucket's server access log
    :param organization_id: only principals of this organisation may become the writer
    :param writer_accounts: accounts whose roles with `WRITER_TAG` may
    :param app_name: name of the App; a changed one makes a new, empty App. Default ``genai-foundation``
    :param noncurrent_days: days after which replaced artifacts are deleted. Default 365
    :param destruction: the two keys that allow deletion with the stack. Default: App and bucket are retained
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key_arn: str,
        access_log_bucket: str,
        organization_id: str,
        writer_accounts: Sequence[str],
        app_name: str = APP_NAME,
        noncurrent_days: int = 365,
        destruction: DestructionKeys | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        if not writer_accounts:
            raise FoundationError("GF-EVAL-380", "writer_accounts is empty: name the accounts that evaluate")
        self._key_arn = key_arn
        self.bucket = SecureBucket(
            self,
            "Artifacts",
            key_arn=key_arn,
            access_log_bucket=access_log_bucket,
            noncurrent_days=noncurrent_days,
            destruction=destruction,
        )
        self.role = self._server_role()
        self.app = sagemaker.CfnMlflowApp(
            self,
            "Default",
            name=app_name,
            artifact_store_uri=f"s3://{self.bucket.name}/mlflow",
            role_arn=self.role.arn,
            model_registration_mode="AutoModelRegistrationDisabled",
            weekly_maintenance_window_start=MAINTENANCE,
        )
        self.app.add_resource_dependency(self.role.policy)
        apply_removal(self.app, destruction)
        self.arn = self.app.attr_arn
        self.writer = self._writer_role(organization_id, writer_accounts)

    def publish(self) -> None:
        """Publish the App's ARN for its writers."""
        contract.publish(self, "AppArn", contract.EXPERIMENTS_APP_ARN, self.arn)

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal of this account open the App's pages with a presigned URL."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["sagemaker:CreatePresignedMlflowAppUrl"], resource_arns=[self.arn]
        )

    def _server_role(self) -> ServiceRole:
        account = cdk.Stack.of(self).account
        role = ServiceRole(
            self,
            "Server",
            service="sagemaker.amazonaws.com",
            description="The MLflow App's way to its artifacts",
            condition=confused_deputy(account),
            statements=[
                allow("List", ["s3:ListBucket"], [self.bucket.arn]),
                allow("Artifacts", ARTIFACT_ACTIONS, [f"{self.bucket.arn}/mlflow/*"]),
                allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [self._key_arn]),
            ],
        )
        self._acknowledge_artifacts(role.policy)
        return role

    def _writer_role(self, organization_id: str, accounts: Sequence[str]) -> iam.CfnRole:
        stack = cdk.Stack.of(self)
        tag, value = WRITER_TAG
        trust: dict[str, Any] = {
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": organization_id, f"aws:PrincipalTag/{tag}": value}},
        }
        role = iam.CfnRole(
            self,
            "Writer",
            role_name=WRITER_ROLE_NAME,
            description="Logs experiments from the accounts that evaluate",
            assume_role_policy_document=document([trust]),
        )
        policy = iam.CfnManagedPolicy(
            self,
            "WriterPolicy",
            description="Logs experiments to one MLflow App",
            roles=[role.ref],
            policy_document=document(
                [
                    allow("Log", [*CALL_ACTIONS, *MLFLOW_ACTIONS], [self.arn]),
                    allow("Find", ["ssm:GetParameter"], [app_parameter_arn(stack.account, stack.region)]),
                    allow("Artifacts", ["s3:PutObject"], [f"{self.bucket.arn}/mlflow/*"]),
                    allow("Key", ["kms:GenerateDataKey"], [self._key_arn]),
                ]
            ),
        )
        self._acknowledge_artifacts(policy)
        acknowledge(
            role,
            "checkov:CKV_AWS_61",
            reason="three named accounts of the organisation, and of their roles only those that carry the writers' tag",
            owner=OWNER,
            expires=NEXT_REVIEW,
        )
        return role

    def _acknowledge_artifacts(self, policy: iam.CfnManagedPolicy) -> None:
        bucket = cdk.Stack.of(self).get_logical_id(self.bucket.bucket)
        acknowledge(
            policy,
            f"AwsSolutions::AwsSolutions-IAM5[Resource::<{bucket}.Arn>/mlflow/*]",
            reason="artifacts of one App in its own bucket; MLflow names them after runs, which are made when they start",
            owner=OWNER,
            expires=NEXT_REVIEW,
        )
