"""Encrypted, versioned, private buckets (SEC-1)."""

from collections.abc import Callable, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.errors import FoundationError
from genai_foundation.iam import Statement, document
from genai_foundation.removal import DestructionKeys, apply_removal
from genai_foundation.reviews import NEXT_REVIEW, OWNER

PRIVATE = {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True}


def transport_statements(bucket_arn: str) -> list[Statement]:
    """Denies plain HTTP and TLS below 1.2 for everybody."""
    resources = [bucket_arn, f"{bucket_arn}/*"]
    deny = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": resources}
    return [
        {"Sid": "DenyPlainHttp", **deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Sid": "DenyOldTls", **deny, "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}},
    ]


class SecureBucket(Construct):
    """A private bucket: customer key, versions, access log, TLS only, retained.

    :param key_arn: customer key for default encryption, with a bucket key so that KMS is called once per object group
    :param access_log_bucket: name of the bucket that receives the server access log
    :param bucket_name: physical name, only where another account must know it. Default: CloudFormation's
    :param object_lock_days: default retention in compliance mode: nobody, root included, deletes a version earlier. Default none
    :param noncurrent_days: days after which replaced versions are deleted. Default 365
    :param bucket_key: one data key for many objects: fewer calls of KMS, and the bucket's ARN as encryption context.
        Default True
    :param expire_days: days after which objects are deleted. Default never
    :param statements: further bucket policy statements, made for the bucket's ARN
    :param destruction: the two keys that allow deletion with the stack. Default: retained
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key_arn: str,
        access_log_bucket: str,
        bucket_name: str | None = None,
        object_lock_days: int | None = None,
        noncurrent_days: int = 365,
        expire_days: int | None = None,
        bucket_key: bool = True,
        statements: Callable[[str], Sequence[Statement]] | None = None,
        destruction: DestructionKeys | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        if object_lock_days is not None and object_lock_days < 1:
            raise FoundationError(
                "GF-S3-001", f"object_lock_days is {object_lock_days}: give at least 1 day, or leave it out"
            )
        encryption = {
            "serverSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key_arn},
            "bucketKeyEnabled": bucket_key,
        }
        self.bucket = s3.CfnBucket(
            self,
            "Default",
            bucket_name=bucket_name,
            bucket_encryption={"serverSideEncryptionConfiguration": [encryption]},
            public_access_block_configuration=PRIVATE,
            ownership_controls={"rules": [{"objectOwnership": "BucketOwnerEnforced"}]},
            versioning_configuration={"status": "Enabled"},
            logging_configuration={
                "destinationBucketName": access_log_bucket,
                "logFilePrefix": f"{cdk.Names.unique_id(self)}/",
            },
            object_lock_enabled=object_lock_days is not None or None,
            object_lock_configuration=object_lock(object_lock_days),
            lifecycle_configuration={
                "rules": [*lifecycle(noncurrent_days), *([expiry(expire_days)] if expire_days else [])]
            },
        )
        apply_removal(self.bucket, destruction)
        self.name = self.bucket.ref
        self.arn = self.bucket.attr_arn
        more = statements(self.arn) if statements else []
        self.policy = s3.CfnBucketPolicy(
            self,
            "Policy",
            bucket=self.name,
            policy_document=document([*transport_statements(self.arn), *more]),
        )
        acknowledge(
            self.bucket,
            "NIST.800.53.R5::NIST.800.53.R5-S3BucketReplicationEnabled",
            reason="object versions stay in their Region; what disaster recovery needs is copied by its own pipeline (DR-1)",
            owner=OWNER,
            expires=NEXT_REVIEW,
        )

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal list and read the bucket; the key needs its own grant."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
            resource_arns=[self.arn, f"{self.arn}/*"],
        )

    def grant_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal put objects; the key needs its own grant."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=["s3:PutObject"], resource_arns=[f"{self.arn}/*"])


class AccessLogBucket(Construct):
    """Receives the server access logs of one account and Region.

    S3 delivers access logs only to buckets whose default encryption is SSE-S3 (Amazon S3 User Guide, "Enabling Amazon S3
    server access logging"), and a bucket that logs into itself loops: hence the acknowledgements.

    :param retention_days: days until a log object expires
    :param has_sources_here: True when a bucket of the same stack logs into it, which the rules then see by themselves
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, retention_days: int, has_sources_here: bool = False
    ) -> None:
        super().__init__(scope, construct_id)
        account = cdk.Stack.of(self).account
        self.bucket = s3.CfnBucket(
            self,
            "Default",
            bucket_encryption={
                "serverSideEncryptionConfiguration": [{"serverSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
            },
            public_access_block_configuration=PRIVATE,
            ownership_controls={"rules": [{"objectOwnership": "BucketOwnerEnforced"}]},
            versioning_configuration={"status": "Enabled"},
            lifecycle_configuration={"rules": [*lifecycle(retention_days), expiry(retention_days)]},
        )
        self.bucket.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.name = self.bucket.ref
        delivery: Statement = {
            "Sid": "ServerAccessLogs",
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{self.bucket.attr_arn}/*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
        s3.CfnBucketPolicy(
            self,
            "Policy",
            bucket=self.name,
            policy_document=document([*transport_statements(self.bucket.attr_arn), delivery]),
        )
        loop = "it receives the access logs; logging into itself would loop"
        sse = "s3 delivers server access logs to SSE-S3 buckets only (Amazon S3 User Guide)"
        evidence = "access logs are evidence of their own Region and are not restored elsewhere"
        for finding, reason in (
            ("checkov:CKV_AWS_18", loop),
            ("NIST.800.53.R5::NIST.800.53.R5-S3DefaultEncryptionKMS", sse),
            ("GF::GF-ENCRYPT-001", sse),
            ("NIST.800.53.R5::NIST.800.53.R5-S3BucketReplicationEnabled", evidence),
            *(() if has_sources_here else UNLOGGED),
        ):
            acknowledge(self.bucket, finding, reason=reason, owner=OWNER, expires=NEXT_REVIEW)


# Raised only where no bucket of the same stack logs into it.
UNLOGGED = (
    ("AwsSolutions::AwsSolutions-S1", "it receives the access logs; logging into itself would loop"),
    (
        "NIST.800.53.R5::NIST.800.53.R5-S3BucketLoggingEnabled",
        "it receives the access logs; logging into itself would loop",
    ),
)


def lifecycle(noncurrent_days: int) -> list[dict[str, Any]]:
    """Rules that every bucket has: replaced versions and abandoned uploads don't stay for ever."""
    return [
        {
            "id": "ReplacedVersions",
            "status": "Enabled",
            "noncurrentVersionExpiration": {"noncurrentDays": noncurrent_days},
        },
        {
            "id": "AbandonedUploads",
            "status": "Enabled",
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        },
    ]


def expiry(days: int) -> dict[str, Any]:
    """Rule that expires objects after some days."""
    return {"id": "Expiry", "status": "Enabled", "expirationInDays": days}


def object_lock(days: int | None) -> dict[str, Any] | None:
    """Default retention of a locked bucket, None for an unlocked one."""
    if days is None:
        return None
    return {"objectLockEnabled": "Enabled", "rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": days}}}
