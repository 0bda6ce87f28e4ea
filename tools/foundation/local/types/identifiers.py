"""Identifiers and read-only attributes of resources that no service of the target keeps.

They have the shape that AWS gives them and depend only on account, Region, stack and logical id.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

from foundation.local.types.base import Resource

# The service part of an ARN where it isn't the type's service name in lower case.
_ARN_SERVICES = {
    "AccessAnalyzer": "access-analyzer",
    "ApplicationAutoScaling": "autoscaling",
    "ARCRegionSwitch": "arc-region-switch",
    "CloudWatch": "cloudwatch",
    "OpenSearchServerless": "aoss",
    "OpenSearchService": "es",
    "StepFunctions": "states",
}
_EC2_PREFIXES = {
    "CapacityReservation": "cr", "EIP": "eipalloc", "FlowLog": "fl", "NatGateway": "nat", "NetworkAcl": "acl",
    "NetworkAclEntry": "nae", "NetworkInterface": "eni", "PrefixList": "pl", "TransitGateway": "tgw",
    "VPCPeeringConnection": "pcx",
}  # fmt: skip


def generate(resource_type: str, path: str, resource: Resource) -> Any:
    """A value for the read-only property or identifier at `path` (`Outer.Inner`)."""
    _, service, kind = resource_type.split("::")[:3]
    leaf = path.rpartition(".")[2]
    seed = _digest(resource_type, resource)
    name = physical_name(kind, resource)
    arn_service = _ARN_SERVICES.get(service, service.lower())
    if leaf.endswith("Arn"):
        part = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", kind).lower()
        return f"arn:aws:{arn_service}:{get_region()}:{get_account_id()}:{part}/{name}"
    if leaf.endswith("Endpoint"):
        return f"https://{seed[:20]}.{get_region()}.{arn_service}.localhost"
    if service == "EC2" and leaf.endswith("Id"):
        return f"{_EC2_PREFIXES.get(kind, kind.lower()[:6])}-{seed[:17]}"
    if resource_type == "AWS::GuardDuty::Detector":
        return seed[:32]
    if leaf.endswith("Id"):
        return seed[:12]
    return name


def physical_name(kind: str, resource: Resource) -> str:
    """The name that the template gives, or the one that CloudFormation would make up."""
    for key in (f"{kind}Name", "Name"):
        if isinstance(resource.properties.get(key), str):
            return str(resource.properties[key])
    return str(provisioners._physical_name(resource.stack_name, resource.logical_id))


def _digest(resource_type: str, resource: Resource) -> str:
    # The name seed changes when CloudFormation replaces the resource, so that the new one gets a new id.
    parts = (get_account_id(), get_region(), resource.stack_name, resource.logical_id, resource_type)
    return hashlib.sha256("/".join((*parts, provisioners._NAME_SEED.get())).encode()).hexdigest()
