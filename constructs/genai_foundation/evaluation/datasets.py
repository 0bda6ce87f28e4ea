"""Golden datasets: a bucket in the governance account whose prefixes belong to different readers (EVAL-1, RAG-4)."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import aws_cdk as cdk
from constructs import Construct

from genai_foundation import contract
from genai_foundation.errors import FoundationError
from genai_foundation.iam import Statement
from genai_foundation.keys import CustomerKey
from genai_foundation.removal import DestructionKeys
from genai_foundation.storage import SecureBucket

Stage = Literal["golden", "redacted"]
GOLDEN_KEY_ALIAS: Final = "genai-foundation/golden-datasets"
KEY: Final = "data/goldendatasets-key-arn"
BUCKET: Final = contract.data_bucket("GoldenDatasets")


def golden_bucket_name(account_id: str, region: str) -> str:
    """Name of the bucket of published suites: pipelines of other accounts must know it."""
    return f"genai-foundation-golden-{account_id}-{region}"


class GoldenDatasets(Construct):
    """`golden/SUITE/VERSION/FILE` for accounts that may see personal data, `redacted/…` for those that may not.

    The key refuses too: objects are encrypted one by one (no bucket key), so that each object's ARN is the encryption context
    that the key's policy can tell prefixes apart by (Amazon S3 User Guide, "Encryption context"). All readers may list: keys are
    names and hashes of suites, and without the right to list S3 calls a missing object forbidden.

    :param readers: account id -> prefix that the account may read
    :param organization_id: readers' principals must be of this organisation
    :param access_log_bucket: receives the server access log
    :param noncurrent_days: days after which replaced versions are deleted. Default 365
    :param destruction: the two keys that allow deletion with the stack. Default: retained
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        readers: Mapping[str, Stage],
        organization_id: str,
        access_log_bucket: str,
        noncurrent_days: int = 365,
        destruction: DestructionKeys | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        if cdk.Token.is_unresolved(stack.account) or cdk.Token.is_unresolved(stack.region):
            raise FoundationError(
                "GF-EVAL-060",
                "the stack's account or Region is unknown, and the bucket is named after them: give the stack an explicit env",
            )
        name = golden_bucket_name(stack.account, stack.region)
        self.key = CustomerKey(
            self,
            "Key",
            description="Golden datasets of evaluation suites",
            alias=GOLDEN_KEY_ALIAS,
            service_statements=[
                key_statement(account, stage, name, stack.region, organization_id)
                for account, stage in sorted(readers.items())
            ],
        )
        self.bucket = SecureBucket(
            self,
            "Default",
            key_arn=self.key.arn,
            access_log_bucket=access_log_bucket,
            bucket_name=name,
            bucket_key=False,
            noncurrent_days=noncurrent_days,
            statements=lambda arn: bucket_statements(arn, readers, organization_id),
            destruction=destruction,
        )

    def publish(self) -> None:
        """Publish bucket and key for the other stacks of this account and Region."""
        contract.publish(self, "BucketName", BUCKET, self.bucket.name)
        contract.publish(self, "KeyArn", KEY, self.key.arn)


def bucket_statements(arn: str, readers: Mapping[str, Stage], organization_id: str) -> Sequence[Statement]:
    """Each reader's prefix."""
    organisation = {"StringEquals": {"aws:PrincipalOrgID": organization_id}}
    statements: list[Statement] = []
    for account, stage in sorted(readers.items()):
        principal = {"AWS": f"arn:aws:iam::{account}:root"}
        read = {"Effect": "Allow", "Principal": principal, "Condition": organisation}
        statements += [
            {"Sid": f"List{account}", **read, "Action": "s3:ListBucket", "Resource": arn},
            {"Sid": f"Read{account}", **read, "Action": "s3:GetObject", "Resource": f"{arn}/{stage}/*"},
        ]
    return statements


def key_statement(account: str, stage: Stage, bucket: str, region: str, organization_id: str) -> Statement:
    """Decryption through S3, of one prefix only."""
    return {
        "Sid": f"Read{account}",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {
            "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com", "aws:PrincipalOrgID": organization_id},
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}/{stage}/*"},
        },
    }
