"""DynamoDB table properties that ministack's provider ignores: encryption, point-in-time recovery,
time to live, replicas and resource policies."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import get_region
from ministack.services import dynamodb

from foundation.local.inprocess import client
from foundation.local.types.base import Properties, Resource, is_true


def configure_table(resource: Resource) -> dict[str, Any]:
    api, table = client("dynamodb"), resource.physical_id
    properties, old = resource.properties, resource.previous
    encryption = properties.get("SSESpecification")
    if encryption:
        _encrypt(api, table, is_true(encryption.get("SSEEnabled")), encryption.get("KMSMasterKeyId"))
    _recovery(api, table, properties, old)
    _time_to_live(api, table, properties, old)
    stored = dynamodb._tables[table]
    _resource_policy(api, stored["TableArn"], properties, old)
    return {"TableId": stored["TableId"]}


def configure_global_table(resource: Resource) -> dict[str, Any]:
    """The table's replicas, each with its own key, recovery and protection."""
    table, properties, home = resource.physical_id, resource.properties, get_region()
    wanted = {replica["Region"]: replica for replica in properties.get("Replicas", [])}
    _replicate(table, home, set(wanted) - {home})
    enabled = is_true(properties.get("SSESpecification", {}).get("SSEEnabled"))
    for region, replica in wanted.items():
        api = client("dynamodb", region)
        if enabled:
            key = replica.get("SSESpecification", {}).get("KMSMasterKeyId")
            _encrypt(api, table, True, key)
        _recovery(api, table, replica, {})
        if "DeletionProtectionEnabled" in replica:
            api.update_table(TableName=table, DeletionProtectionEnabled=is_true(replica["DeletionProtectionEnabled"]))
    _time_to_live(client("dynamodb"), table, properties, resource.previous)
    stored = dynamodb._tables[table]
    return {"Arn": stored["TableArn"], "TableId": stored["TableId"], "StreamArn": stored.get("LatestStreamArn") or ""}


def delete_replicas(resource: Resource) -> None:
    """Delete the replicas with the table, as CloudFormation does for AWS::DynamoDB::GlobalTable."""
    if resource.physical_id in dynamodb._tables:
        _replicate(resource.physical_id, get_region(), set())


def _replicate(table: str, home: str, wanted: set[str]) -> None:
    present = set(dynamodb._replica_group(dynamodb._tables[table])) - {home}
    changes = [{"Create": {"RegionName": region}} for region in sorted(wanted - present)]
    changes += [{"Delete": {"RegionName": region}} for region in sorted(present - wanted)]
    if changes:
        client("dynamodb").update_table(TableName=table, ReplicaUpdates=changes)


def _encrypt(api: Any, table: str, enabled: bool, key: str | None) -> None:
    given: dict[str, Any] = {"Enabled": enabled, "SSEType": "KMS"}
    if key:
        given["KMSMasterKeyId"] = key
    api.update_table(TableName=table, SSESpecification=given)


def _recovery(api: Any, table: str, properties: Properties, old: Properties) -> None:
    name = "PointInTimeRecoverySpecification"
    if name in properties or name in old:
        enabled = is_true(properties.get(name, {}).get("PointInTimeRecoveryEnabled"))
        api.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled}
        )


def _time_to_live(api: Any, table: str, properties: Properties, old: Properties) -> None:
    wanted = properties.get("TimeToLiveSpecification") or {}
    before = old.get("TimeToLiveSpecification") or {}
    if wanted == before:
        return
    name = wanted.get("AttributeName") or before.get("AttributeName")
    api.update_time_to_live(
        TableName=table,
        TimeToLiveSpecification={"Enabled": is_true(wanted.get("Enabled")), "AttributeName": name},
    )


def _resource_policy(api: Any, arn: str, properties: Properties, old: Properties) -> None:
    policy = (properties.get("ResourcePolicy") or {}).get("PolicyDocument")
    if policy:
        api.put_resource_policy(ResourceArn=arn, Policy=policy if isinstance(policy, str) else json.dumps(policy))
    elif old.get("ResourcePolicy"):
        api.delete_resource_policy(ResourceArn=arn)
