"""Finds the VPC endpoint that a function's call to a service takes, by DNS, routes and security groups."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from ministack.services import ec2

from foundation.local.network.attachments import Attachment

Endpoint = dict[str, Any]

# The last part of an endpoint's service name where it isn't the service's own name.
_SERVICE_NAMES = {
    "apigateway": "execute-api",
    "bedrock-agentcore": "bedrock-agentcore",
    "cloudcontrol": "cloudcontrolapi",
    "ecr": "ecr.api",
    "elasticloadbalancing": "elasticloadbalancing",
    "stepfunctions": "states",
}
_PORT = 443


class Unreachable(Exception):
    """No way from the function to the service; the message says why."""


def endpoint_for(attachment: Attachment, service: str, region: str) -> Endpoint:
    """The endpoint in the function's VPC. Raises Unreachable: the VPC has no other way out."""
    name = f"com.amazonaws.{region}.{_SERVICE_NAMES.get(service, service)}"
    why = [f"VPC {attachment.vpc_id} has no endpoint for {name}"]
    for endpoint in _endpoints(attachment, name):
        fault = _fault(attachment, endpoint)
        if fault is None:
            return endpoint
        why.append(fault)
    raise Unreachable(why[-1])


def _endpoints(attachment: Attachment, name: str) -> Iterable[Endpoint]:
    found = [
        endpoint
        for (account, region, _), endpoint in ec2._vpc_endpoints.all_items()
        if (account, region, endpoint["VpcId"]) == (attachment.account, attachment.region, attachment.vpc_id)
        and endpoint["ServiceName"] == name
        and endpoint["State"] == "available"
    ]
    # With private DNS an interface endpoint answers the service's name; a gateway endpoint's routes come after.
    return sorted(found, key=lambda endpoint: str(endpoint["VpcEndpointType"]) == "Gateway")


def _fault(attachment: Attachment, endpoint: Endpoint) -> str | None:
    identifier = endpoint["VpcEndpointId"]
    if endpoint["VpcEndpointType"] == "Gateway":
        tables = set(endpoint.get("RouteTableIds", []))
        if not all(_route_table(attachment, subnet) in tables for subnet in attachment.subnet_ids):
            return f"the function's subnets have no route to {identifier}"
        if attachment.security_group_ids and not _may_leave_to_gateway(attachment):
            return (
                f"the function's security groups allow nothing out to the prefix list of {identifier} on port {_PORT}"
            )
        return None
    if str(endpoint.get("PrivateDnsEnabled", False)).lower() != "true":
        return f"{identifier} has no private DNS, so the service's name leads to the internet"
    groups = endpoint.get("SecurityGroupIds", [])
    if groups and not _may_leave(attachment, groups):
        return f"the function's security groups allow nothing out to {identifier} on port {_PORT}"
    if groups and not _may_enter(attachment, groups):
        return f"the security groups of {identifier} allow nothing in from the function on port {_PORT}"
    return None


def _route_table(attachment: Attachment, subnet: str) -> str:
    main = ""
    for (account, region, _), table in ec2._route_tables.all_items():
        if (account, region) != (attachment.account, attachment.region) or table.get("VpcId") != attachment.vpc_id:
            continue
        for association in table.get("Associations", []):
            if association.get("SubnetId") == subnet:
                return str(table["RouteTableId"])
            if association.get("Main"):
                main = str(table["RouteTableId"])
    return main


def _may_leave(attachment: Attachment, groups: list[str]) -> bool:
    ranges = _vpc_ranges(attachment)
    return _permits(attachment, attachment.security_group_ids, "IpPermissionsEgress", set(groups), ranges)


def _may_leave_to_gateway(attachment: Attachment) -> bool:
    """Gateway endpoints are reached by the service's public addresses: a prefix list or 0.0.0.0/0 must be open."""
    for group in attachment.security_group_ids:
        record = _own(ec2._security_groups, attachment, group) or {}
        for rule in record.get("IpPermissionsEgress", []):
            public = any(item.get("CidrIp") == "0.0.0.0/0" for item in rule.get("IpRanges", []))
            if _covers_port(rule) and (public or rule.get("PrefixListIds")):
                return True
    return False


def _may_enter(attachment: Attachment, groups: list[str]) -> bool:
    ranges = [
        str(subnet["CidrBlock"]) for subnet in (_own(ec2._subnets, attachment, each) for each in attachment.subnet_ids)
        if subnet
    ]  # fmt: skip
    return _permits(attachment, groups, "IpPermissions", set(attachment.security_group_ids), ranges)


def _permits(attachment: Attachment, groups: Iterable[str], direction: str, peers: set[str], ranges: list[str]) -> bool:
    """Whether a rule of one of the groups lets TCP 443 pass to or from the peers."""
    for group in groups:
        record = _own(ec2._security_groups, attachment, group) or {}
        for rule in record.get(direction, []):
            if not _covers_port(rule):
                continue
            if any(pair.get("GroupId") in peers for pair in rule.get("UserIdGroupPairs", [])):
                return True
            if any(_overlaps(item.get("CidrIp", ""), ranges) for item in rule.get("IpRanges", [])):
                return True
    return False


def _covers_port(rule: dict[str, Any]) -> bool:
    protocol = str(rule.get("IpProtocol"))
    if protocol == "-1":
        return True
    low, high = int(rule.get("FromPort", -1)), int(rule.get("ToPort", -1))
    return protocol in ("tcp", "6") and low <= _PORT <= high


def _overlaps(cidr: str, ranges: list[str]) -> bool:
    if not cidr:
        return False
    given = ipaddress.ip_network(cidr, strict=False)
    return any(given.overlaps(ipaddress.ip_network(each, strict=False)) for each in ranges)


def _vpc_ranges(attachment: Attachment) -> list[str]:
    vpc = _own(ec2._vpcs, attachment, attachment.vpc_id)
    return [str(vpc["CidrBlock"])] if vpc else []


def _own(store: Any, attachment: Attachment, key: str) -> Any:
    return store.get_scoped(attachment.account, attachment.region, key)
