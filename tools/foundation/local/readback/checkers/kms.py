"""KMS keys, replica keys and aliases."""

from __future__ import annotations

from collections.abc import Iterator

from foundation.local.readback.checkers.base import Check, Checker, Clients, Resource, Result, key_id
from foundation.local.readback.values import is_true, policy


def key(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Policy, rotation, state, kind."""
    kms, name = clients("kms"), resource.physical_id
    found = kms.get_key_policy(KeyId=name, PolicyName="default")["Policy"]
    yield Check("KeyPolicy", policy(resource.get("KeyPolicy")), policy(found), unordered=True)
    metadata = kms.describe_key(KeyId=name)["KeyMetadata"]
    yield Check("Enabled", is_true(resource.get("Enabled", default=True)), metadata["Enabled"])
    if resource.type == "AWS::KMS::ReplicaKey":
        yield Check("MultiRegion", True, metadata.get("MultiRegion", False))
        primary = (metadata.get("MultiRegionConfiguration") or {}).get("PrimaryKey") or {}
        yield Check("PrimaryKeyArn", resource.get("PrimaryKeyArn"), primary.get("Arn"))
        return
    yield Check("MultiRegion", is_true(resource.get("MultiRegion", default=False)), metadata.get("MultiRegion", False))
    yield Check(
        "KeySpec", resource.get("KeySpec", default="SYMMETRIC_DEFAULT"), metadata.get("KeySpec", "SYMMETRIC_DEFAULT")
    )
    rotation = kms.get_key_rotation_status(KeyId=name)
    rotates = is_true(resource.get("EnableKeyRotation", default=False))
    yield Check("EnableKeyRotation", rotates, rotation["KeyRotationEnabled"])
    if (days := resource.get("RotationPeriodInDays")) is not None:
        yield Check("RotationPeriodInDays", days, rotation.get("RotationPeriodInDays"))


def alias(resource: Resource, clients: Clients) -> Iterator[Result]:
    """The key that it names."""
    pages = clients("kms").get_paginator("list_aliases").paginate()
    found = {a["AliasName"]: a.get("TargetKeyId") for page in pages for a in page["Aliases"]}
    yield Check("TargetKeyId", key_id(resource.get("TargetKeyId")), found.get(resource.physical_id))


CHECKERS: dict[str, Checker] = {"AWS::KMS::Key": key, "AWS::KMS::ReplicaKey": key, "AWS::KMS::Alias": alias}
