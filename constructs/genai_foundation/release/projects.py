"""CodeBuild projects: one for each kind of work of a stage, each with a role of its own."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.function import Operations, Runtime
from genai_foundation.iam import ServiceRole, Statement, allow, confused_deputy
from genai_foundation.release.names import mark
from genai_foundation.release.patterns import spelled
from genai_foundation.reviews import NEXT_REVIEW, OWNER

# Both have Python 3.13 and 3.14 (AWS CodeBuild User Guide, "Available runtimes").
IMAGES: Final[Mapping[str, tuple[str, str]]] = {
    "arm64": ("ARM_CONTAINER", "aws/codebuild/amazonlinux-aarch64-standard:4.0"),
    "x86_64": ("LINUX_CONTAINER", "aws/codebuild/amazonlinux-x86_64-standard:6.0"),
}


class BuildProject(Construct):
    """Runs commands over the source of a pipeline; unprivileged, encrypted, its log in a group of its own.

    :param name: physical name: the role trusts and names its own project, before it exists
    :param commands: what it runs after `make setup`
    :param exports: variables that later actions read
    :param statements: what it may do, beyond its log and its source; see `only_here`
    :param source_arns: patterns of the artifacts that it may read
    :param variables: environment variables, beside those that the pipeline gives
    :param marked: value of its role's tag, see `names.mark`. Default none
    :param timeout: longest build. Default 60 minutes
    :param compute: size. Default MEDIUM, of CodeBuild's BUILD_GENERAL1
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        description: str,
        commands: Sequence[str],
        operations: Operations,
        source_arns: Sequence[str],
        statements: Sequence[Statement] = (),
        variables: Mapping[str, str] | None = None,
        exports: Sequence[str] = (),
        runtime: Runtime | None = None,
        marked: str | None = None,
        timeout: cdk.Duration | None = None,
        compute: str = "MEDIUM",
    ) -> None:
        super().__init__(scope, construct_id)
        runtime = runtime or Runtime()
        stack = cdk.Stack.of(self)
        self.arn = project_arn(self, name)
        self.log_group = logs.CfnLogGroup(
            self, "Logs", kms_key_id=operations.logs_key_arn, retention_in_days=operations.log_retention_days
        )
        self.log_group.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        through_s3 = {"StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"}}
        self.role = ServiceRole(
            self,
            "Role",
            service="codebuild.amazonaws.com",
            description=description,
            condition=confused_deputy(stack.account, self.arn),
            statements=[
                allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{self.log_group.attr_arn}"]),
                allow("Source", ["s3:GetObject", "s3:GetObjectVersion"], source_arns),
                allow("SourceKey", ["kms:Decrypt"], [operations.data_key_arn], through_s3),
                *statements,
            ],
        )
        if marked:
            mark(self.role.role, marked)
        kind, image = IMAGES[runtime.architecture]
        self.project = codebuild.CfnProject(
            self,
            "Default",
            name=name,
            description=description,
            service_role=self.role.arn,
            source={"type": "CODEPIPELINE", "buildSpec": json.dumps(buildspec(commands, exports, runtime), indent=1)},
            artifacts={"type": "CODEPIPELINE"},
            environment={
                "type": kind,
                "image": image,
                "computeType": f"BUILD_GENERAL1_{compute}",
                "privilegedMode": False,
                "environmentVariables": [
                    {"name": key, "value": value, "type": "PLAINTEXT"} for key, value in (variables or {}).items()
                ],
            },
            encryption_key=operations.data_key_arn,
            logs_config={"cloudWatchLogs": {"status": "ENABLED", "groupName": self.log_group.ref}},
            timeout_in_minutes=int((timeout or cdk.Duration.minutes(60)).to_minutes()),
            queued_timeout_in_minutes=60,
        )
        self.project.add_resource_dependency(self.role.policy)
        self.name = self.project.ref
        self._acknowledge(source_arns)

    def _acknowledge(self, source_arns: Sequence[str]) -> None:
        for arn in source_arns:
            acknowledge(
                self.role.policy,
                f"AwsSolutions::AwsSolutions-IAM5[Resource::{spelled(self, arn)}]",
                reason="source artifacts of one pipeline, which CodePipeline names when it stores them",
                owner=OWNER,
                expires=NEXT_REVIEW,
            )

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal of this account start and follow builds."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["codebuild:BatchGetBuilds", "codebuild:StartBuild"], resource_arns=[self.arn]
        )


def project_arn(scope: Construct, name: str) -> str:
    """ARN of a project of the scope's account and Region."""
    stack = cdk.Stack.of(scope)
    return f"arn:aws:codebuild:{stack.region}:{stack.account}:project/{name}"


def only_here(sid: str, actions: Sequence[str], resources: Sequence[str], project: str) -> Statement:
    """A statement that holds in builds of a project only: its role's credentials, used from elsewhere, are refused.

    Source: AWS CodeBuild User Guide, "Use CodeBuild condition keys as IAM service role variables".
    """
    return allow(sid, actions, resources, {"ArnEquals": {"codebuild:projectArn": project}})


def buildspec(commands: Sequence[str], exports: Sequence[str], runtime: Runtime) -> dict[str, Any]:
    """The build specification: set up, then the commands, the first that fails being the last."""
    return {
        "version": 0.2,
        "env": {"shell": "bash", **({"exported-variables": list(exports)} if exports else {})},
        "phases": {
            "install": {"runtime-versions": {"python": runtime.python}, "commands": ["make setup"]},
            "build": {"commands": ['export PATH="$PWD/.venv/bin:$PWD/node_modules/.bin:$PATH"', *commands]},
        },
    }
