"""S3 bucket properties that ministack's provider ignores: encryption, lifecycle, logging, ownership,
replication, object lock and tags. Each goes through the S3 API, so that reading it back works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import s3

from foundation.local.inprocess import client
from foundation.local.types.base import Properties, Resource, is_true, subset, tags_of


def configure_bucket(resource: Resource) -> dict[str, Any]:
    """Put what the template has and delete what it had before."""
    api, bucket, properties = client("s3"), resource.physical_id, resource.properties
    # Object lock and replication need versioning; ministack's provider ignores Suspended.
    if properties.get("VersioningConfiguration", {}).get("Status") == "Suspended":
        api.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    for name, (put, delete) in _PARTS.items():
        if name in properties:
            put(api, bucket, properties[name])
        elif name in resource.previous:
            delete(api, bucket)
    _object_lock(api, bucket, properties)
    return {}


def _put_encryption(api: Any, bucket: str, value: Properties) -> None:
    rules = []
    for rule in value["ServerSideEncryptionConfiguration"]:
        made: dict[str, Any] = {}
        if "ServerSideEncryptionByDefault" in rule:
            made["ApplyServerSideEncryptionByDefault"] = rule["ServerSideEncryptionByDefault"]
        if "BucketKeyEnabled" in rule:
            made["BucketKeyEnabled"] = is_true(rule["BucketKeyEnabled"])
        rules.append(made)
    api.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def _put_lifecycle(api: Any, bucket: str, value: Properties) -> None:
    rules = [_lifecycle_rule(rule) for rule in value.get("Rules", [])]
    api.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


def _lifecycle_rule(rule: Properties) -> dict[str, Any]:
    made: dict[str, Any] = {"Status": rule["Status"], "Filter": _lifecycle_filter(rule)}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    expiration: dict[str, Any] = {}
    if "ExpirationInDays" in rule:
        expiration["Days"] = int(rule["ExpirationInDays"])
    if "ExpirationDate" in rule:
        expiration["Date"] = rule["ExpirationDate"]
    if "ExpiredObjectDeleteMarker" in rule:
        expiration["ExpiredObjectDeleteMarker"] = is_true(rule["ExpiredObjectDeleteMarker"])
    if expiration:
        made["Expiration"] = expiration
    if "AbortIncompleteMultipartUpload" in rule:
        days = int(rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"])
        made["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    noncurrent = rule.get("NoncurrentVersionExpiration") or {}
    kept_days = noncurrent.get("NoncurrentDays", rule.get("NoncurrentVersionExpirationInDays"))
    if kept_days is not None:
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(kept_days)}
    made.update(_transitions(rule))
    return made


def _lifecycle_filter(rule: Properties) -> dict[str, Any]:
    tags = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in rule.get("TagFilters", [])]
    prefix = rule.get("Prefix", "")
    if not tags:
        return {"Prefix": prefix}
    if len(tags) == 1 and not prefix:
        return {"Tag": tags[0]}
    return {"And": {"Prefix": prefix, "Tags": tags}}


def _transitions(rule: Properties) -> dict[str, Any]:
    made: dict[str, Any] = {}
    current = [*rule.get("Transitions", []), *([rule["Transition"]] if "Transition" in rule else [])]
    if current:
        made["Transitions"] = [
            {
                "StorageClass": item["StorageClass"],
                **({"Days": int(item["TransitionInDays"])} if "TransitionInDays" in item else {}),
                **({"Date": item["TransitionDate"]} if "TransitionDate" in item else {}),
            }
            for item in current
        ]
    older = rule.get("NoncurrentVersionTransitions", [])
    if older:
        made["NoncurrentVersionTransitions"] = [
            {"StorageClass": item["StorageClass"], "NoncurrentDays": int(item["TransitionInDays"])} for item in older
        ]
    return made


def _put_logging(api: Any, bucket: str, value: Properties) -> None:
    if "DestinationBucketName" not in value:
        api.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
        return
    status = {"TargetBucket": value["DestinationBucketName"], "TargetPrefix": value.get("LogFilePrefix", "")}
    api.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": status})


def _put_ownership(api: Any, bucket: str, value: Properties) -> None:
    rules = [{"ObjectOwnership": rule["ObjectOwnership"]} for rule in value["Rules"]]
    api.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": rules})


def _put_replication(api: Any, bucket: str, value: Properties) -> None:
    rules = [_replication_rule(position, rule) for position, rule in enumerate(value["Rules"])]
    api.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={"Role": value["Role"], "Rules": rules})


def _replication_rule(position: int, rule: Properties) -> dict[str, Any]:
    made = {
        "ID": rule.get("Id", f"rule-{position}"),
        "Status": rule["Status"],
        **subset(rule, "DeleteMarkerReplication", "SourceSelectionCriteria", "Destination", "Prefix"),
    }
    if "Filter" in rule:
        given = rule["Filter"]
        both = given.get("And") or {}
        made["Filter"] = (
            {"And": {"Prefix": both.get("Prefix", ""), "Tags": both.get("TagFilters", [])}}
            if both
            else {"Tag": given["TagFilter"]}
            if "TagFilter" in given
            else {"Prefix": given.get("Prefix", "")}
        )
    if "Priority" in rule:
        made["Priority"] = int(rule["Priority"])
    return made


def _object_lock(api: Any, bucket: str, properties: Properties) -> None:
    if not is_true(properties.get("ObjectLockEnabled")):
        return
    # On AWS a header of CreateBucket sets this; ministack's provider writes the record itself.
    s3._bucket_object_lock.setdefault(bucket, {"enabled": True, "default_retention": None})
    s3._bucket_versioning[bucket] = "Enabled"
    rule = properties.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention")
    if rule:
        retention = {key: int(item) if key != "Mode" else item for key, item in rule.items()}
        api.put_object_lock_configuration(
            Bucket=bucket,
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}},
        )


def _put_tags(api: Any, bucket: str, value: Any) -> None:
    tags = [{"Key": key, "Value": item} for key, item in tags_of(value).items()]
    api.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})


Put = Callable[[Any, str, Any], None]
Delete = Callable[[Any, str], None]
_PARTS: dict[str, tuple[Put, Delete]] = {
    "BucketEncryption": (_put_encryption, lambda api, bucket: api.delete_bucket_encryption(Bucket=bucket)),
    "LifecycleConfiguration": (_put_lifecycle, lambda api, bucket: api.delete_bucket_lifecycle(Bucket=bucket)),
    "LoggingConfiguration": (
        _put_logging,
        lambda api, bucket: api.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={}),
    ),
    "OwnershipControls": (_put_ownership, lambda api, bucket: api.delete_bucket_ownership_controls(Bucket=bucket)),
    "ReplicationConfiguration": (_put_replication, lambda api, bucket: api.delete_bucket_replication(Bucket=bucket)),
    "Tags": (_put_tags, lambda api, bucket: api.delete_bucket_tagging(Bucket=bucket)),
}
