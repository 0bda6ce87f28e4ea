"""Proof from the templates that no subnet has a route to the internet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from foundation.checks.assembly import Resource, StackTemplate
from foundation.checks.findings import Finding
from foundation.checks.intrinsics import is_literal, referenced, text

GATEWAYS: Final = frozenset(
    {
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::EgressOnlyInternetGateway",
        "AWS::EC2::CarrierGateway",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::EC2::VPNGatewayRoutePropagation",
    }
)
"""Types that connect a VPC with other networks by themselves, or let another network announce routes into it."""

_INTERNET_TARGETS = ("NatGatewayId", "EgressOnlyInternetGatewayId", "CarrierGatewayId")
_PRIVATE_TARGETS = (
    "GatewayId",
    "InstanceId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "LocalGatewayId",
    "CoreNetworkArn",
    "VpcEndpointId",
)
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
# RFC 1918, RFC 6598 and RFC 4193: what a private network may route.
_PRIVATE = tuple(ip_network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
_PRIVATE_IPV6 = ip_network("fc00::/7")


@dataclass(frozen=True)
class SubnetProof:
    """What the template says about one subnet: its route table and where that leads."""

    subnet: Resource
    vpc: str
    cidr: str
    zone: str
    route_table: str
    routes: tuple[str, ...]


def check_network(stack: StackTemplate) -> Iterator[Finding]:
    """Gateways, routes, public addresses and subnets outside the proof."""
    for resource in stack.of_type(*GATEWAYS):
        yield Finding("GF-ROUTE-001", resource, f"{resource.type} opens a way out of the VPC; remove it")
    for route in stack.of_type("AWS::EC2::Route", "AWS::EC2::LocalGatewayRoute"):
        problem = _route_problem(route.properties)
        if problem:
            yield Finding("GF-ROUTE-002", route, problem, destination(route.properties))
    associations = _associations(stack)
    for subnet in stack.of_type("AWS::EC2::Subnet"):
        public = subnet.properties.get("MapPublicIpOnLaunch", False)
        if str(public).lower() != "false":
            yield Finding("GF-ROUTE-003", subnet, f"MapPublicIpOnLaunch is {text(public)}; set it to false")
        if subnet.logical_id not in associations:
            message = "it uses the VPC's main route table, which no template shows; associate it with a route table"
            yield Finding("GF-ROUTE-004", subnet, message)


def prove_subnets(stack: StackTemplate) -> Iterator[SubnetProof]:
    """Every subnet with its route table and that table's routes; gateway endpoints add theirs."""
    associations = _associations(stack)
    for subnet in stack.of_type("AWS::EC2::Subnet"):
        table = associations.get(subnet.logical_id, "")
        yield SubnetProof(
            subnet,
            text(subnet.properties.get("VpcId", "")),
            text(subnet.properties.get("CidrBlock", "")),
            text(subnet.properties.get("AvailabilityZoneId") or subnet.properties.get("AvailabilityZone", "")),
            table,
            tuple(_routes(stack, table)) if table else (),
        )


def destination(route: Mapping[str, Any]) -> str:
    """Where a route leads, as text."""
    return next((text(route[key]) for key in _DESTINATIONS if key in route), "")


def _routes(stack: StackTemplate, table: str) -> Iterator[str]:
    yield "local"
    for route in stack.of_type("AWS::EC2::Route"):
        if referenced(route.properties.get("RouteTableId")) == table:
            yield f"{destination(route.properties)} to {_target(route.properties)}"
    for endpoint in stack.of_type("AWS::EC2::VPCEndpoint"):
        tables = endpoint.properties.get("RouteTableIds") or []
        if any(referenced(item) == table for item in tables):
            yield f"endpoint {text(endpoint.properties.get('ServiceName', '')).rsplit('.', 1)[-1]}"


def _associations(stack: StackTemplate) -> dict[str, str]:
    """Route table by subnet, both in this template."""
    tables = {table.logical_id for table in stack.of_type("AWS::EC2::RouteTable")}
    found: dict[str, str] = {}
    for association in stack.of_type("AWS::EC2::SubnetRouteTableAssociation"):
        subnet = referenced(association.properties.get("SubnetId"))
        table = referenced(association.properties.get("RouteTableId"))
        if subnet and table in tables:
            found[subnet] = table
    return found


def _route_problem(route: Mapping[str, Any]) -> str | None:
    """Why this route may lead to the internet; None when its destination is private for certain."""
    for key in _INTERNET_TARGETS:
        if key in route:
            return f"{key} {text(route[key])} leads to the internet; remove the route"
    where = destination(route)
    if not where:
        return "it names no destination that can be read, so nothing is proven; give DestinationCidrBlock"
    literal = all(is_literal(route[key]) for key in _DESTINATIONS if key in route)
    if not literal or "DestinationPrefixListId" in route:
        return f"destination {where} is only known at deployment; give a literal private CIDR block"
    if not _is_private(where):
        return f"{where} to {_target(route)} is more than private address space; name the private CIDR block"
    return None


def _target(route: Mapping[str, Any]) -> str:
    keys = (*_INTERNET_TARGETS, *_PRIVATE_TARGETS)
    return next((f"{key} {text(route[key])}" for key in keys if key in route), "nothing")


def _is_private(block: str) -> bool:
    try:
        network = ip_network(block, strict=False)
    except ValueError:
        return False
    if isinstance(network, IPv6Network):
        return isinstance(_PRIVATE_IPV6, IPv6Network) and network.subnet_of(_PRIVATE_IPV6)
    return any(isinstance(private, IPv4Network) and network.subnet_of(private) for private in _PRIVATE)
