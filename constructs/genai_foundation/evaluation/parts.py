"""State of the pipeline: the shared quota and the key that signs forms for review."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.iam import Statement, document
from genai_foundation.keys import ADMIN_ACTIONS, DELETION_WINDOW_DAYS
from genai_foundation.reviews import NEXT_REVIEW, OWNER
from genai_foundation.tables import global_table

MAC_ACTIONS = ["kms:GenerateMac", "kms:VerifyMac"]


class RateTable(Construct):
    """What is left of each model's requests and tokens per minute, shared by all functions that call models.

    :param key_arn: customer key
    """

    def __init__(self, scope: Construct, construct_id: str, *, key_arn: str) -> None:
        super().__init__(scope, construct_id)
        self.table = global_table(self, hash_key="quota", key_arn=key_arn, expires=True)
        self.name = self.table.ref
        self.arn = self.table.attr_arn

    def grant_take(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal take from the quota; the key needs its own grant."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["dynamodb:GetItem", "dynamodb:UpdateItem"], resource_arns=[self.arn]
        )


class SigningKey(Construct):
    """An HMAC key: whoever may verify a form's signature can't read the key, and nobody can export it.

    KMS doesn't rotate HMAC keys by itself (AWS KMS Developer Guide, "HMAC keys in AWS KMS").
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        own: Statement = {
            "Sid": "AccountDecidesByIam",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{cdk.Stack.of(self).account}:root"},
            "Action": [*ADMIN_ACTIONS, *MAC_ACTIONS],
            "Resource": "*",
        }
        self.key = kms.CfnKey(
            self,
            "Default",
            description="Signs forms for the review of answers",
            key_spec="HMAC_256",
            key_usage="GENERATE_VERIFY_MAC",
            pending_window_in_days=DELETION_WINDOW_DAYS,
            key_policy=document([own]),
        )
        self.key.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        acknowledge(
            self.key,
            "checkov:CKV_AWS_7",
            reason="KMS rotates no HMAC keys by itself (KMS Developer Guide, HMAC keys), and forms live for days only",
            owner=OWNER,
            expires=NEXT_REVIEW,
        )
        self.id = self.key.ref
        self.arn = self.key.attr_arn

    def grant_verify(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal verify signatures."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=["kms:VerifyMac"], resource_arns=[self.arn])
