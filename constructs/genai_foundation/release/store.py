"""Where releases lie: a bucket whose objects are written once, and the ledger of what happened to them."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation.errors import FoundationError
from genai_foundation.iam import Statement
from genai_foundation.keys import CustomerKey
from genai_foundation.release.names import releases_bucket_name
from genai_foundation.removal import DestructionKeys
from genai_foundation.storage import SecureBucket
from genai_foundation.tables import global_table

KEY_ALIAS = "genai-foundation/releases"
OWN_RELEASE = "releases/${aws:PrincipalTag/manifest}/*"
"""What a deploying session may read: the folder of the manifest that its session tag names."""
LEDGER_READ = ("dynamodb:GetItem", "dynamodb:Query")
LEDGER_WRITE = (*LEDGER_READ, "dynamodb:PutItem")


class ReleaseBucket(Construct):
    """`releases/MANIFEST/FILE`, written once; `gates/…` and `dossiers/…`, written by their function and project.

    Objects are encrypted one by one (no bucket key), so that each object's ARN is the encryption context by which the key's
    policy tells releases apart (Amazon S3 User Guide, "Encryption context"). A release can't be replaced or deleted by
    anybody: its objects take `If-None-Match: *` only (Amazon S3 User Guide, "Enforce conditional writes").

    :param deployers: ARNs of the roles of other accounts that may read the release that their session is for
    :param organization_id: they must be of this organisation
    :param access_log_bucket: receives the server access log
    :param noncurrent_days: days after which replaced gate states and dossiers are deleted. Default 365
    :param destruction: the two keys that allow deletion with the stack. Default: retained
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployers: Sequence[str],
        organization_id: str,
        access_log_bucket: str,
        noncurrent_days: int = 365,
        destruction: DestructionKeys | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        if cdk.Token.is_unresolved(stack.account) or cdk.Token.is_unresolved(stack.region):
            raise FoundationError(
                "GF-REL-500",
                "the stack's account or Region is unknown, and the bucket is named after them: give the stack an explicit env",
            )
        if not deployers:
            raise FoundationError("GF-REL-501", "deployers is empty: name the deploying role of each environment")
        name = releases_bucket_name(stack.account, stack.region)
        self.key = CustomerKey(
            self,
            "Key",
            description="Releases: manifests, assemblies, gates, dossiers",
            alias=KEY_ALIAS,
            service_statements=[decrypt_own(deployers, name, stack.region, organization_id)],
        )
        self.bucket = SecureBucket(
            self,
            "Default",
            key_arn=self.key.arn,
            access_log_bucket=access_log_bucket,
            bucket_name=name,
            bucket_key=False,
            noncurrent_days=noncurrent_days,
            statements=lambda arn: [*written_once(arn), read_own(arn, deployers, organization_id)],
            destruction=destruction,
        )
        self.name = self.bucket.name
        self.arn = self.bucket.arn

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal of this account read releases, gates and dossiers; the key needs its own grant."""
        return self.bucket.grant_read(grantee)


def written_once(arn: str) -> list[Statement]:
    """Denies everybody to replace or delete what lies below `releases/`."""
    deny = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Resource": f"{arn}/releases/*"}
    unconditional = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}
    return [
        {"Sid": "DenyReplacing", **deny, "Action": "s3:PutObject", "Condition": unconditional},
        {"Sid": "DenyDeleting", **deny, "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"]},
    ]


def read_own(arn: str, deployers: Sequence[str], organization_id: str) -> Statement:
    """Lets deploying sessions read their own release."""
    return {
        "Sid": "ReadOwnRelease",
        **_deployers(deployers),
        "Action": "s3:GetObject",
        "Resource": f"{arn}/{OWN_RELEASE}",
        "Condition": _condition(deployers, {"aws:PrincipalOrgID": organization_id}),
    }


def decrypt_own(deployers: Sequence[str], bucket: str, region: str, organization_id: str) -> Statement:
    """Lets deploying sessions decrypt their own release, through S3."""
    equals = {"aws:PrincipalOrgID": organization_id, "kms:ViaService": f"s3.{region}.amazonaws.com"}
    own = {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}/{OWN_RELEASE}"}
    return {
        "Sid": "DecryptOwnRelease",
        **_deployers(deployers),
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {**_condition(deployers, equals), "StringLike": own},
    }


def _deployers(deployers: Sequence[str]) -> Statement:
    """The accounts, because a role needn't exist when the policy is made; the condition names the roles."""
    accounts = sorted({arn.split(":")[4] for arn in deployers})
    return {"Effect": "Allow", "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]}}


def _condition(deployers: Sequence[str], equals: Mapping[str, str]) -> dict[str, object]:
    return {"StringEquals": dict(equals), "ArnEquals": {"aws:PrincipalArn": list(deployers)}}


class ReleaseLedger(Construct):
    """What happened to each manifest, in signed entries that are written once (docs/adr/0019-a-signed-ledger-and-warrants.md).

    Entries don't expire.

    :param key_arn: customer key
    """

    def __init__(self, scope: Construct, construct_id: str, *, key_arn: str) -> None:
        super().__init__(scope, construct_id)
        self.table = global_table(self, hash_key="manifest", range_key="entry", key_arn=key_arn)
        self.name = self.table.ref
        self.arn = self.table.attr_arn

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal read the entries; the key needs its own grant."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=list(LEDGER_READ), resource_arns=[self.arn])
