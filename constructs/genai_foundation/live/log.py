"""The log of what is live: the source of truth, of which AppConfig shows the newest record."""

from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation.iam import Statement, allow
from genai_foundation.tables import global_table


class LiveLog(Construct):
    """Records per use case, written once, and counters of its experiments.

    :param key_arn: customer key
    """

    def __init__(self, scope: Construct, construct_id: str, *, key_arn: str) -> None:
        super().__init__(scope, construct_id)
        # Replication needs the stream; one that nobody reads costs nothing.
        self.table = global_table(
            self,
            hash_key="use_case",
            range_key="entry",
            key_arn=key_arn,
            expires=True,
            stream="NEW_AND_OLD_IMAGES",
        )
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
    """Counts, with the record of what was counted, in one transaction of puts."""
    return allow("Count", ["dynamodb:BatchGetItem", "dynamodb:PutItem"], [table_arn])
