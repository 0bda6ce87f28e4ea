"""S3 buckets and their policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from foundation.local.readback.checkers.base import Check, Checker, Clients, Resource, Result, key_id, missing_is
from foundation.local.readback.values import is_true, policy

_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def bucket(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Encryption, public access, versioning, lock, logging, ownership, and no policy that the stack doesn't declare."""
    s3, name = clients("s3"), resource.physical_id
    yield from _encryption(resource, s3)
    blocks = missing_is(lambda: s3.get_public_access_block(Bucket=name), "NoSuchPublicAccessBlockConfiguration")
    actual = (blocks or {}).get("PublicAccessBlockConfiguration", {})
    for block in _BLOCKS:
        expected = is_true(resource.get("PublicAccessBlockConfiguration", block, default=False))
        yield Check(f"PublicAccessBlock.{block}", expected, bool(actual.get(block)))
    versioning = s3.get_bucket_versioning(Bucket=name).get("Status")
    locked = is_true(resource.get("ObjectLockEnabled", default=False))
    yield Check(
        "Versioning",
        resource.get("VersioningConfiguration", "Status", default="Enabled" if locked else None),
        versioning,
    )
    yield from _object_lock(resource, s3)
    logging = s3.get_bucket_logging(Bucket=name).get("LoggingEnabled") or {}
    yield Check(
        "Logging.Bucket", resource.get("LoggingConfiguration", "DestinationBucketName"), logging.get("TargetBucket")
    )
    yield Check(
        "Logging.Prefix",
        resource.get("LoggingConfiguration", "LogFilePrefix", default=""),
        logging.get("TargetPrefix") or "",
    )
    if rules := resource.get("OwnershipControls", "Rules"):
        controls = missing_is(lambda: s3.get_bucket_ownership_controls(Bucket=name), "OwnershipControlsNotFoundError")
        found = (controls or {}).get("OwnershipControls", {}).get("Rules") or [{}]
        yield Check("Ownership", rules[0]["ObjectOwnership"], found[0].get("ObjectOwnership"))
    declared = any(p.get("Bucket") == name for p in resource.siblings("AWS::S3::BucketPolicy"))
    if not declared:
        yield Check(
            "Policy",
            None,
            (missing_is(lambda: s3.get_bucket_policy(Bucket=name), "NoSuchBucketPolicy") or {}).get("Policy"),
        )


def bucket_policy(resource: Resource, clients: Clients) -> Iterator[Result]:
    """The whole document."""
    name = resource.get("Bucket")
    found = missing_is(lambda: clients("s3").get_bucket_policy(Bucket=name), "NoSuchBucketPolicy") or {}
    yield Check("PolicyDocument", policy(resource.get("PolicyDocument")), policy(found.get("Policy")), unordered=True)


def _encryption(resource: Resource, s3: Any) -> Iterator[Result]:
    """Without a setting AWS encrypts with SSE-S3."""
    rules = resource.get("BucketEncryption", "ServerSideEncryptionConfiguration") or [{}]
    expected = rules[0].get("ServerSideEncryptionByDefault") or {}
    answer = missing_is(
        lambda: s3.get_bucket_encryption(Bucket=resource.physical_id), "ServerSideEncryptionConfigurationNotFoundError"
    )
    found = ((answer or {}).get("ServerSideEncryptionConfiguration") or {}).get("Rules") or [{}]
    actual = found[0].get("ApplyServerSideEncryptionByDefault") or {}
    yield Check("Encryption.Algorithm", expected.get("SSEAlgorithm", "AES256"), actual.get("SSEAlgorithm", "AES256"))
    yield Check("Encryption.Key", key_id(expected.get("KMSMasterKeyID")), key_id(actual.get("KMSMasterKeyID")))
    yield Check(
        "Encryption.BucketKey", is_true(rules[0].get("BucketKeyEnabled", False)), bool(found[0].get("BucketKeyEnabled"))
    )


def _object_lock(resource: Resource, s3: Any) -> Iterator[Result]:
    answer = missing_is(
        lambda: s3.get_object_lock_configuration(Bucket=resource.physical_id), "ObjectLockConfigurationNotFoundError"
    )
    found = (answer or {}).get("ObjectLockConfiguration") or {}
    yield Check(
        "ObjectLock",
        is_true(resource.get("ObjectLockEnabled", default=False)),
        found.get("ObjectLockEnabled") == "Enabled",
    )
    expected = resource.get("ObjectLockConfiguration", "Rule", "DefaultRetention") or {}
    actual = (found.get("Rule") or {}).get("DefaultRetention") or {}
    for name in ("Mode", "Days", "Years"):
        yield Check(f"ObjectLock.{name}", expected.get(name), actual.get(name))


CHECKERS: dict[str, Checker] = {"AWS::S3::Bucket": bucket, "AWS::S3::BucketPolicy": bucket_policy}
