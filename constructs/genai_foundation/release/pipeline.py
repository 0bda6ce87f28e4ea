"""A CodePipeline pipeline of type V2: a role for the pipeline, and one for the actions of each stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import aws_cdk as cdk
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.iam import ServiceRole, Statement, allow, confused_deputy, document
from genai_foundation.release.actions import Action
from genai_foundation.release.patterns import spelled
from genai_foundation.reviews import NEXT_REVIEW, OWNER
from genai_foundation.storage import SecureBucket

# CodePipeline's folder for a pipeline's artifacts: as much of its name (CodePipeline User Guide, "Artifacts").
FOLDER_CHARACTERS = 20


@dataclass(frozen=True)
class Stage:
    """A stage, and what its actions may do.

    :param statements: of the role that its actions have; approvals need none
    :param patterns: resource pattern in the statements -> why it is one
    :param rollback: goes back to the stage's last successful execution when it fails
    """

    name: str
    actions: Sequence[Action]
    statements: Sequence[Statement] = ()
    patterns: Mapping[str, str] = field(default_factory=dict)
    rollback: bool = False


class StageRole(Construct):
    """What the actions of one stage may do; only its pipeline may take the role.

    :param pipeline_role_arn: role of the pipeline
    :param statements: what the actions may do
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline_role_arn: str,
        description: str,
        statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, construct_id)
        trust = {"Effect": "Allow", "Principal": {"AWS": pipeline_role_arn}, "Action": "sts:AssumeRole"}
        self.role = iam.CfnRole(self, "Default", assume_role_policy_document=document([trust]), description=description)
        self.arn = self.role.attr_arn
        self.policy = iam.CfnManagedPolicy(
            self, "Policy", policy_document=document(statements), roles=[self.role.ref], description=description
        )


class DeliveryPipeline(Construct):
    """A pipeline whose own role handles artifacts and takes the roles of its stages, and does nothing else.

    :param name: physical name: approvals, artifacts and trust policies name it
    :param stages: in order, the source first
    :param trigger: see `actions.on_push`
    :param execution_mode: QUEUED, each execution after the other, or PARALLEL
    :param artifacts: bucket of artifacts, under the key
    :param key_arn: customer key of the artifacts
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        stages: Sequence[Stage],
        trigger: Mapping[str, Any],
        execution_mode: Literal["QUEUED", "PARALLEL"],
        artifacts: SecureBucket,
        key_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        self.name = name
        self.arn = pipeline_arn(self, name)
        objects = artifact_pattern(artifacts, name)
        self.role = ServiceRole(
            self,
            "Role",
            service="codepipeline.amazonaws.com",
            description=f"Pipeline {name}: its artifacts, and the roles of its stages",
            condition=confused_deputy(stack.account, self.arn),
            statements=[
                allow("Bucket", ["s3:GetBucketLocation", "s3:GetBucketVersioning"], [artifacts.arn]),
                allow("Artifacts", ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], [objects]),
                allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn], through_s3(self)),
            ],
        )
        self._acknowledge(self.role.policy, {objects: "artifacts of this pipeline, named when they are made"})
        self.stage_roles = {stage.name: self._stage_role(stage) for stage in stages if stage.statements}
        become = iam.CfnManagedPolicy(
            self,
            "Become",
            description=f"Roles of the stages of pipeline {name}",
            roles=[self.role.role.ref],
            policy_document=document(
                [allow("Stages", ["sts:AssumeRole"], [role.arn for role in self.stage_roles.values()])]
            ),
        )
        self.pipeline = codepipeline.CfnPipeline(
            self,
            "Default",
            name=name,
            pipeline_type="V2",
            execution_mode=execution_mode,
            role_arn=self.role.arn,
            artifact_store={
                "type": "S3",
                "location": artifacts.name,
                "encryptionKey": {"type": "KMS", "id": key_arn},
            },
            stages=[self._declaration(stage) for stage in stages],
            triggers=[dict(trigger)],
        )
        # CodePipeline starts by itself as soon as it exists.
        for policy in (self.role.policy, become, *(role.policy for role in self.stage_roles.values())):
            self.pipeline.add_resource_dependency(policy)

    def _stage_role(self, stage: Stage) -> StageRole:
        role = StageRole(
            self,
            stage.name,
            pipeline_role_arn=self.role.arn,
            description=f"Actions of stage {stage.name} of pipeline {self.name}",
            statements=stage.statements,
        )
        self._acknowledge(role.policy, stage.patterns)
        return role

    def _declaration(self, stage: Stage) -> dict[str, Any]:
        role = self.stage_roles.get(stage.name)
        actions = [
            action
            if role is None or action["actionTypeId"]["category"] == "Approval"
            else {**action, "roleArn": role.arn}
            for action in stage.actions
        ]
        after = {"onFailure": {"result": "ROLLBACK"}} if stage.rollback else {}
        return {"name": stage.name, "actions": actions, **after}

    def _acknowledge(self, policy: iam.CfnManagedPolicy, patterns: Mapping[str, str]) -> None:
        for pattern, reason in patterns.items():
            acknowledge(
                policy,
                f"AwsSolutions::AwsSolutions-IAM5[Resource::{spelled(self, pattern)}]",
                reason=reason,
                owner=OWNER,
                expires=NEXT_REVIEW,
            )

    def grant_read_state(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal of this account see where executions are."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["codepipeline:GetPipelineState"], resource_arns=[self.arn]
        )


def pipeline_arn(scope: Construct, name: str) -> str:
    """ARN of a pipeline of the scope's account and Region."""
    stack = cdk.Stack.of(scope)
    return f"arn:aws:codepipeline:{stack.region}:{stack.account}:{name}"


def artifact_pattern(artifacts: SecureBucket, name: str) -> str:
    """Pattern of a pipeline's artifacts in the bucket."""
    return f"{artifacts.arn}/{name[:FOLDER_CHARACTERS]}/*"


def through_s3(scope: Construct) -> dict[str, Any]:
    """Condition that a key is used by S3 of this Region."""
    return {"StringEquals": {"kms:ViaService": f"s3.{cdk.Stack.of(scope).region}.amazonaws.com"}}
