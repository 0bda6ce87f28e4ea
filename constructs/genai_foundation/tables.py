"""DynamoDB tables as all of this platform's are."""

from typing import Literal

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

EXPIRES = "expires_at"
"""Attribute with the time at which an item expires, where items do: epoch seconds."""


def global_table(
    scope: Construct,
    *,
    hash_key: str,
    range_key: str | None = None,
    key_arn: str,
    expires: bool = False,
    stream: Literal["NEW_IMAGE", "NEW_AND_OLD_IMAGES"] | None = None,
) -> dynamodb.CfnGlobalTable:
    """The main child of `scope`: a global table with one replica, paid by request, that nothing deletes.

    A replica in the recovery Region is an update later, not a new table. Keys are texts.

    :param key_arn: customer key
    :param expires: whether items expire, see `EXPIRES`
    :param stream: what its stream has of an item. Default None: no stream
    """
    keys = {hash_key: "HASH"} | ({range_key: "RANGE"} if range_key else {})
    table = dynamodb.CfnGlobalTable(
        scope,
        "Default",
        billing_mode="PAY_PER_REQUEST",
        attribute_definitions=[{"attributeName": name, "attributeType": "S"} for name in keys],
        key_schema=[{"attributeName": name, "keyType": kind} for name, kind in keys.items()],
        sse_specification={"sseEnabled": True, "sseType": "KMS"},
        time_to_live_specification={"attributeName": EXPIRES, "enabled": True} if expires else None,
        stream_specification={"streamViewType": stream} if stream else None,
        replicas=[
            {
                "region": cdk.Stack.of(scope).region,
                "deletionProtectionEnabled": True,
                "pointInTimeRecoverySpecification": {"pointInTimeRecoveryEnabled": True},
                "sseSpecification": {"kmsMasterKeyId": key_arn},
            }
        ],
    )
    table.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
    return table
