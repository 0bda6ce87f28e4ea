"""Customer-managed KMS keys (SEC-1)."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from genai_foundation.iam import Statement, document

# Named one by one: a key policy with kms:* can't be told from a mistake.
ADMIN_ACTIONS = [
    f"kms:{action}"
    for action in (
        "CancelKeyDeletion", "CreateAlias", "CreateGrant", "DeleteAlias", "DescribeKey", "DisableKey", "DisableKeyRotation",
        "EnableKey", "EnableKeyRotation", "GetKeyPolicy", "GetKeyRotationStatus", "ListGrants", "ListKeyPolicies",
        "ListKeyRotations", "ListResourceTags", "PutKeyPolicy", "ReplicateKey", "RevokeGrant", "RotateKeyOnDemand",
        "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription", "UpdatePrimaryRegion",
    )
]  # fmt: skip
USE_ACTIONS = [
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
]
# Seven days is the shortest waiting period KMS allows, thirty the longest and its default (KMS API, ScheduleKeyDeletion).
DELETION_WINDOW_DAYS = 30


def account_statement(account: str) -> Statement:
    """Lets the account's IAM policies decide who uses and administers the key; without it a key can become unmanageable."""
    return {
        "Sid": "AccountDecidesByIam",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": [*ADMIN_ACTIONS, *USE_ACTIONS],
        "Resource": "*",
    }


def service_statement(sid: str, service: str, actions: Sequence[str], condition: dict[str, Any]) -> Statement:
    """Lets an AWS service use the key under a condition that ties it to this account's resources."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": list(actions),
        "Resource": "*",
        "Condition": condition,
    }


def log_groups_statement(account: str, region: str) -> Statement:
    """Lets CloudWatch Logs encrypt log groups of this account and Region.

    Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
    """
    context = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account}:log-group:*"}
    actions = [*USE_ACTIONS, "kms:DescribeKey"]
    return service_statement("LogGroups", f"logs.{region}.amazonaws.com", actions, {"ArnLike": context})


class CustomerKey(Construct):
    """A rotated, retained customer key.

    :param description: what it protects; shown in the KMS console
    :param alias: alias without the ``alias/`` prefix
    :param service_statements: key policy statements for AWS services, see `service_statement`
    :param multi_region: a primary key whose replica keeps the same key material in the recovery Region. Default False
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        description: str,
        alias: str,
        service_statements: Sequence[Statement] = (),
        multi_region: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        account = cdk.Stack.of(self).account
        self.key = kms.CfnKey(
            self,
            "Default",
            description=description,
            enable_key_rotation=True,
            multi_region=multi_region,
            pending_window_in_days=DELETION_WINDOW_DAYS,
            key_policy=document([account_statement(account), *service_statements]),
        )
        self.key.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        kms.CfnAlias(self, "Alias", alias_name=f"alias/{alias}", target_key_id=self.key.ref)
        self.arn = self.key.attr_arn

    def grant_encrypt_decrypt(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal of this account use the key for encryption and decryption."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=USE_ACTIONS, resource_arns=[self.arn])


class ReplicaKey(Construct):
    """The recovery Region's replica of a multi-Region key: the same key id and material, a policy of its own.

    :param primary_key_arn: ARN of the primary key, known at deploy time only
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        description: str,
        alias: str,
        primary_key_arn: str,
        service_statements: Sequence[Statement] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        account = cdk.Stack.of(self).account
        self.key = kms.CfnReplicaKey(
            self,
            "Default",
            description=description,
            primary_key_arn=primary_key_arn,
            pending_window_in_days=DELETION_WINDOW_DAYS,
            key_policy=document([account_statement(account), *service_statements]),
        )
        self.key.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        kms.CfnAlias(self, "Alias", alias_name=f"alias/{alias}", target_key_id=self.key.ref)
        self.arn = self.key.attr_arn

    def grant_encrypt_decrypt(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal of this account use the key for encryption and decryption."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=USE_ACTIONS, resource_arns=[self.arn])
