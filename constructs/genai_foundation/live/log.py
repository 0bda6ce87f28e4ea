"""The log of what is live: the source of truth, of which AppConfig shows the newest record."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation.iam import Statement, allow


class LiveLog(Construct):
    """Records per use case, written once, and counters of its experiments.

    A global table with one replica and a stream: a replica in the recovery Region is an update later, not a new table.

    :param key_arn: customer key
    """

    def __init__(self, scope: Construct, construct_id: str, *, key_arn: str) -> None:
        super().__init__(scope, construct_id)
        self.table = dynamodb.CfnGlobalTable(
            self,
            "Default",
            billing_mode="PAY_PER_REQUEST",
            attribute_definitions=[
                {"attributeName": "use_case", "attributeType": "S"},
                {"attributeName": "entry", "attributeType": "S"},
            ],
            key_schema=[
                {"attributeName": "use_case", "keyType": "HASH"},
                {"attributeName": "entry", "keyType": "RANGE"},
            ],
            sse_specification={"sseEnabled": True, "sseType": "KMS"},
            # Replication needs it; a stream that nobody reads costs nothing.
            stream_specification={"streamViewType": "NEW_AND_OLD_IMAGES"},
            time_to_live_specification={"attributeName": "expires_at", "enabled": True},
            replicas=[
                {
                    "region": cdk.Stack.of(self).region,
                    "deletionProtectionEnabled": True,
                    "pointInTimeRecoverySpecification": {"pointInTimeRecoveryEnabled": True},
                    "sseSpecification": {"kmsMasterKeyId": key_arn},
                }
            ],
        )
        self.table.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.name = self.table.ref
        self.arn = self.table.attr_arn

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal read records and counters; the key needs its own grant."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["dynamodb:GetItem", "dynamodb:Query"], resource_arns=[self.arn]
        )


def read_log(table_arn: str) -> Statement:
    """Reads records and counters."""
    return allow("ReadLog", ["dynamodb:GetItem", "dynamodb:Query"], [table_arn])


def append_log(table_arn: str) -> Statement:
    """Appends records; a condition of the request keeps what is written once, and nobody may delete."""
    return allow("AppendLog", ["dynamodb:PutItem"], [table_arn])


def count(table_arn: str) -> Statement:
    """Counts, with the record of what was counted, in one transaction."""
    actions = ["BatchGetItem", "ConditionCheckItem", "PutItem", "UpdateItem"]
    return allow("Count", [f"dynamodb:{action}" for action in actions], [table_arn])
