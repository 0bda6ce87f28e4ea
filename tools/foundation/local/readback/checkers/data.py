"""Log groups, tables, queues, topics and parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from foundation.local.readback.checkers.base import Check, Checker, Clients, Resource, Result, key_id, missing_is
from foundation.local.readback.values import is_true, policy


def log_group(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Retention and key."""
    pages = clients("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=resource.physical_id)
    found: dict[str, Any] = next(
        (g for page in pages for g in page["logGroups"] if g["logGroupName"] == resource.physical_id), {}
    )
    yield Check("LogGroupName", resource.physical_id, found.get("logGroupName"))
    yield Check("RetentionInDays", resource.get("RetentionInDays"), found.get("retentionInDays"))
    yield Check("KmsKeyId", key_id(resource.get("KmsKeyId")), key_id(found.get("kmsKeyId")))


def table(resource: Resource, clients: Clients) -> Iterator[Result]:
    """AWS::DynamoDB::Table."""
    name = resource.physical_id
    yield from _table(resource, resource, clients("dynamodb"), name)


def global_table(resource: Resource, clients: Clients) -> Iterator[Result]:
    """AWS::DynamoDB::GlobalTable: the same in each replica's Region, and no other replica."""
    name = resource.physical_id
    found = clients("dynamodb").describe_table(TableName=name)["Table"]
    regions = {r["RegionName"] for r in found.get("Replicas", [])} | {resource.region}
    replicas = {r["Region"]: r for r in resource.get("Replicas", default=[])}
    yield Check("Replicas", sorted(replicas), sorted(regions))
    for region, properties in replicas.items():
        replica = Resource(resource.logical_id, resource.type, name, resource.account, region, properties)
        for result in _table(resource, replica, clients("dynamodb", region), name):
            yield result if len(replicas) == 1 else _at(region, result)


def queue(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Encryption, dead-letter queue, retention."""
    found = clients("sqs").get_queue_attributes(QueueUrl=resource.physical_id, AttributeNames=["All"])["Attributes"]
    yield Check("KmsMasterKeyId", key_id(resource.get("KmsMasterKeyId")), key_id(found.get("KmsMasterKeyId") or None))
    default = resource.get("KmsMasterKeyId") is None
    managed = is_true(resource.get("SqsManagedSseEnabled", default=default))
    yield Check("SqsManagedSseEnabled", managed, is_true(found.get("SqsManagedSseEnabled", default)))
    redrive = found.get("RedrivePolicy")
    yield Check("RedrivePolicy", _parsed(resource.get("RedrivePolicy")), json.loads(redrive) if redrive else None)
    if (retention := resource.get("MessageRetentionPeriod")) is not None:
        yield Check("MessageRetentionPeriod", retention, found.get("MessageRetentionPeriod"))


def queue_policy(resource: Resource, clients: Clients) -> Iterator[Result]:
    """The document on each queue."""
    for url in resource.get("Queues", default=[]):
        found = clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
        expected = policy(resource.get("PolicyDocument"))
        yield Check(
            f"PolicyDocument {url.rpartition('/')[2]}", expected, policy(found.get("Policy") or None), unordered=True
        )


def topic(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Encryption."""
    found = clients("sns").get_topic_attributes(TopicArn=resource.physical_id)["Attributes"]
    yield Check("KmsMasterKeyId", key_id(resource.get("KmsMasterKeyId")), key_id(found.get("KmsMasterKeyId") or None))


def topic_policy(resource: Resource, clients: Clients) -> Iterator[Result]:
    """The document on each topic."""
    for arn in resource.get("Topics", default=[]):
        found = clients("sns").get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy")
        expected = policy(resource.get("PolicyDocument"))
        yield Check(f"PolicyDocument {arn.rpartition(':')[2]}", expected, policy(found or None), unordered=True)


def subscription(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Topic, protocol and endpoint."""
    pages = clients("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=resource.get("TopicArn"))
    found = [{"Protocol": s["Protocol"], "Endpoint": s["Endpoint"]} for page in pages for s in page["Subscriptions"]]
    wanted = {"Protocol": resource.get("Protocol"), "Endpoint": resource.get("Endpoint")}
    yield Check("Subscription", wanted, next((s for s in found if s == wanted), None))


def parameter(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Value and type. The value of a SecureString isn't read."""
    found = missing_is(lambda: clients("ssm").get_parameter(Name=resource.physical_id), "ParameterNotFound") or {}
    actual = found.get("Parameter", {})
    yield Check("Type", resource.get("Type"), actual.get("Type"))
    yield Check("Value", resource.get("Value"), actual.get("Value"))


def _table(resource: Resource, replica: Resource, dynamodb: Any, name: str) -> Iterator[Result]:
    """Encryption and recovery of one replica (or the table), with the table's keys and time to live."""
    found = dynamodb.describe_table(TableName=name)["Table"]
    sse = found.get("SSEDescription") or {}
    yield Check(
        "SSE",
        is_true(resource.get("SSESpecification", "SSEEnabled", default=False)),
        sse.get("Status") in ("ENABLED", "UPDATING"),
    )
    key = replica.get("SSESpecification", "KMSMasterKeyId")
    yield Check("SSE.Key", key_id(key), key_id(sse.get("KMSMasterKeyArn")) if key is not None else None)
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    status = (backups.get("PointInTimeRecoveryDescription") or {}).get("PointInTimeRecoveryStatus", "DISABLED")
    wanted = is_true(replica.get("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled", default=False))
    yield Check("PointInTimeRecovery", wanted, status == "ENABLED")
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    is_on = ttl.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
    expected = resource.get("TimeToLiveSpecification", "AttributeName")
    if not is_true(resource.get("TimeToLiveSpecification", "Enabled", default=expected is not None)):
        expected = None
    yield Check("TimeToLive", expected, ttl.get("AttributeName") if is_on else None)
    protected = is_true(replica.get("DeletionProtectionEnabled", default=False))
    yield Check("DeletionProtection", protected, bool(found.get("DeletionProtectionEnabled")))
    yield Check("KeySchema", resource.get("KeySchema"), found["KeySchema"])
    stream = found.get("StreamSpecification") or {}
    wanted = resource.get("StreamSpecification", "StreamViewType")
    yield Check("StreamViewType", wanted, stream.get("StreamViewType") if stream.get("StreamEnabled") else None)
    yield Check("BillingMode", resource.get("BillingMode", default="PROVISIONED"),
                (found.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"))  # fmt: skip


def _at(region: str, result: Result) -> Result:
    if isinstance(result, Check):
        return Check(f"{result.property} ({region})", result.expected, result.actual, result.unordered)
    return result


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def secret(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Key of a secret; its value is never read."""
    found = clients("secretsmanager").describe_secret(SecretId=resource.physical_id)
    yield Check("KmsKeyId", key_id(resource.get("KmsKeyId")), key_id(found.get("KmsKeyId")))


CHECKERS: dict[str, Checker] = {
    "AWS::DynamoDB::GlobalTable": global_table,
    "AWS::DynamoDB::Table": table,
    "AWS::Logs::LogGroup": log_group,
    "AWS::SNS::Subscription": subscription,
    "AWS::SNS::Topic": topic,
    "AWS::SNS::TopicPolicy": topic_policy,
    "AWS::SQS::Queue": queue,
    "AWS::SQS::QueuePolicy": queue_policy,
    "AWS::SSM::Parameter": parameter,
    "AWS::SecretsManager::Secret": secret,
}
