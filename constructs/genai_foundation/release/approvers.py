"""The roles by which people approve a release, one for each part that they play (ACC-3)."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.iam import allow, document
from genai_foundation.release.names import action_name, approver_role_name
from genai_foundation.release.pipeline import pipeline_arn
from genai_foundation.release.store import ReleaseBucket
from genai_foundation.reviews import NEXT_REVIEW, OWNER

APPROVAL_STAGE = "Approval"


class ApproverRole(Construct):
    """Gives the result of one approval action and reads dossiers.

    The session's name must be the address that the identity provider attests (attributes for access control of IAM Identity
    Center): CodePipeline keeps the session's ARN with the result, and so who approved is no claim of the person.

    :param role: the part that the person plays, such as qa
    :param pipeline_name: the pipeline whose stage Approval asks
    :param bucket: of releases, which holds the dossiers
    :param organization_id: only principals of this organisation may take the role
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        role: str,
        pipeline_name: str,
        bucket: ReleaseBucket,
        organization_id: str,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        description = f"Approves releases as {role}"
        attested = {"aws:PrincipalOrgID": organization_id, "sts:RoleSessionName": "${aws:PrincipalTag/email}"}
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{stack.account}:root"},
            "Action": "sts:AssumeRole",
            # Without the tag the variable has no value, and nothing equals that.
            "Condition": {"StringEquals": attested},
        }
        self.role = iam.CfnRole(
            self,
            "Default",
            role_name=approver_role_name(role),
            description=description,
            assume_role_policy_document=document([trust]),
        )
        pipeline = pipeline_arn(self, pipeline_name)
        dossiers = {
            "StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"},
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket.name}/dossiers/*"},
        }
        policy = iam.CfnManagedPolicy(
            self,
            "Policy",
            description=description,
            roles=[self.role.ref],
            policy_document=document(
                [
                    allow(
                        "Approve",
                        ["codepipeline:PutApprovalResult"],
                        [f"{pipeline}/{APPROVAL_STAGE}/{action_name(role)}"],
                    ),
                    allow("See", ["codepipeline:GetPipelineState"], [pipeline]),
                    allow("Dossiers", ["s3:GetObject"], [f"{bucket.arn}/dossiers/*"]),
                    allow("Key", ["kms:Decrypt"], [bucket.key.arn], dossiers),
                ]
            ),
        )
        acknowledge(
            policy,
            f"AwsSolutions::AwsSolutions-IAM5[Resource::<{stack.get_logical_id(bucket.bucket.bucket)}.Arn>/dossiers/*]",
            reason="dossiers of all releases: approvers compare a release with those before it",
            owner=OWNER,
            expires=NEXT_REVIEW,
        )
        self.arn = self.role.attr_arn
