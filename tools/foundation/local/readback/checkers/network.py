"""VPCs, subnets, routes, security groups, endpoints and flow logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from foundation.local.readback.checkers.base import Check, Checker, Clients, Resource, Result, as_list
from foundation.local.readback.values import Unknown, is_true, policy

_OPEN_EGRESS = {"IpProtocol": "-1", "Peer": "0.0.0.0/0"}
_PEERS = (
    "CidrIp",
    "CidrIpv6",
    "SourcePrefixListId",
    "DestinationPrefixListId",
    "SourceSecurityGroupId",
    "DestinationSecurityGroupId",
)
_FULL_POLICY = {
    "Version": "2008-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}


def vpc(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Range, DNS, and no gateway to the internet that the stack doesn't declare."""
    ec2, name = clients("ec2"), resource.physical_id
    found = ec2.describe_vpcs(VpcIds=[name])["Vpcs"][0]
    yield Check("CidrBlock", resource.get("CidrBlock"), found["CidrBlock"])
    for attribute, default in (("enableDnsSupport", True), ("enableDnsHostnames", False)):
        member = attribute[0].upper() + attribute[1:]
        actual = ec2.describe_vpc_attribute(VpcId=name, Attribute=attribute)[member]["Value"]
        yield Check(member, is_true(resource.get(member, default=default)), actual)
    attached = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [name]}])[
        "InternetGateways"
    ]
    declared = [a for a in resource.siblings("AWS::EC2::VPCGatewayAttachment") if a.get("VpcId") == name]
    yield Check("InternetGateways", len(declared), len(attached))


def subnet(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Range, place and no public addresses."""
    found = clients("ec2").describe_subnets(SubnetIds=[resource.physical_id])["Subnets"][0]
    yield Check("CidrBlock", resource.get("CidrBlock"), found["CidrBlock"])
    yield Check("VpcId", resource.get("VpcId"), found["VpcId"])
    yield Check(
        "AvailabilityZone",
        resource.get("AvailabilityZone", default=Unknown("chosen by EC2")),
        found["AvailabilityZone"],
    )
    yield Check(
        "MapPublicIpOnLaunch", is_true(resource.get("MapPublicIpOnLaunch", default=False)), found["MapPublicIpOnLaunch"]
    )


def route_table(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Exactly the declared routes, beside the local one and those of gateway endpoints; exactly the declared subnets."""
    found = clients("ec2").describe_route_tables(RouteTableIds=[resource.physical_id])["RouteTables"][0]
    declared = [r for r in resource.siblings("AWS::EC2::Route") if r.get("RouteTableId") == resource.physical_id]
    actual = [
        r
        for r in found["Routes"]
        if r.get("GatewayId") != "local" and not str(r.get("GatewayId", "")).startswith("vpce-")
    ]
    yield Check(
        "Routes", [_destination(r.properties) for r in declared], [_destination(r) for r in actual], unordered=True
    )
    linked = [
        a.get("SubnetId")
        for a in resource.siblings("AWS::EC2::SubnetRouteTableAssociation")
        if a.get("RouteTableId") == resource.physical_id
    ]
    subnets = [a["SubnetId"] for a in found.get("Associations", []) if a.get("SubnetId")]
    yield Check("Subnets", linked, subnets, unordered=True)


def security_group(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Exactly the declared rules, those of separate rule resources included."""
    found = clients("ec2").describe_security_groups(GroupIds=[resource.physical_id])["SecurityGroups"][0]
    yield Check("VpcId", resource.get("VpcId", default=Unknown("the default VPC")), found.get("VpcId"))
    for side, inline, separate, permissions in (
        ("Ingress", "SecurityGroupIngress", "AWS::EC2::SecurityGroupIngress", "IpPermissions"),
        ("Egress", "SecurityGroupEgress", "AWS::EC2::SecurityGroupEgress", "IpPermissionsEgress"),
    ):
        own = [r.properties for r in resource.siblings(separate) if r.get("GroupId") == resource.physical_id]
        declared = [_rule(r) for r in (*as_list(resource.get(inline)), *own)]
        if side == "Egress" and resource.get(inline) is None:
            declared.append(_OPEN_EGRESS)
        actual = [rule for p in found[permissions] for rule in _rules(p)]
        yield Check(side, declared, actual, unordered=True)


def closed_default_group(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Custom::ClosedDefaultSecurityGroup: the VPC's default group has no rule."""
    filters = [{"Name": "vpc-id", "Values": [resource.get("VpcId")]}, {"Name": "group-name", "Values": ["default"]}]
    found = clients("ec2").describe_security_groups(Filters=filters)["SecurityGroups"][0]
    yield Check("Rules", [], [*found["IpPermissions"], *found["IpPermissionsEgress"]])


def endpoint(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Policy, private DNS, and where it is reached from."""
    found = clients("ec2").describe_vpc_endpoints(VpcEndpointIds=[resource.physical_id])["VpcEndpoints"][0]
    expected = resource.get("PolicyDocument", default=_FULL_POLICY)
    yield Check("PolicyDocument", policy(expected), policy(found.get("PolicyDocument") or _FULL_POLICY), unordered=True)
    yield Check("ServiceName", resource.get("ServiceName"), found["ServiceName"])
    yield Check("VpcId", resource.get("VpcId"), found["VpcId"])
    yield Check("VpcEndpointType", resource.get("VpcEndpointType", default="Gateway"), found["VpcEndpointType"])
    yield Check(
        "PrivateDnsEnabled",
        is_true(resource.get("PrivateDnsEnabled", default=False)),
        bool(found.get("PrivateDnsEnabled")),
    )
    yield Check("SubnetIds", as_list(resource.get("SubnetIds")), found.get("SubnetIds", []), unordered=True)
    groups = [g["GroupId"] for g in found.get("Groups", [])]
    yield Check("SecurityGroupIds", as_list(resource.get("SecurityGroupIds")), groups, unordered=True)
    yield Check("RouteTableIds", as_list(resource.get("RouteTableIds")), found.get("RouteTableIds", []), unordered=True)


def flow_log(resource: Resource, clients: Clients) -> Iterator[Result]:
    """What is logged, of what, to where."""
    found = clients("ec2").describe_flow_logs(FlowLogIds=[resource.physical_id])["FlowLogs"]
    actual = found[0] if found else {}
    yield Check("ResourceId", resource.get("ResourceId"), actual.get("ResourceId"))
    yield Check("TrafficType", resource.get("TrafficType"), actual.get("TrafficType"))
    for name in ("LogGroupName", "LogDestination", "LogDestinationType", "DeliverLogsPermissionArn"):
        if (expected := resource.get(name)) is not None:
            yield Check(name, _log_group(expected), _log_group(actual.get(name)))


def _log_group(arn: Any) -> Any:
    return arn.removesuffix(":*") if isinstance(arn, str) else arn


def _destination(route: Any) -> dict[str, Any]:
    """Where a route leads, in the words that templates and EC2 share."""
    return {key: str(route[key]) for key in sorted(route) if key.endswith(("Id", "CidrBlock")) and key not in ("RouteTableId",)
            and not isinstance(route[key], Unknown)}  # fmt: skip


def _rule(rule: Any) -> dict[str, Any]:
    """A rule of a template: protocol, ports where it has any, peer."""
    peer = next((rule[name] for name in _PEERS if rule.get(name) is not None), None)
    protocol = str(rule["IpProtocol"])
    made = {"IpProtocol": {"all": "-1"}.get(protocol, protocol), "Peer": peer}
    if made["IpProtocol"] != "-1":
        made |= {"FromPort": rule.get("FromPort"), "ToPort": rule.get("ToPort")}
    return made


def _rules(permission: Any) -> Iterator[dict[str, Any]]:
    """An IpPermission of EC2 as one rule for each peer."""
    peers = [
        *(r["CidrIp"] for r in permission.get("IpRanges", [])),
        *(r["CidrIpv6"] for r in permission.get("Ipv6Ranges", [])),
        *(r["PrefixListId"] for r in permission.get("PrefixListIds", [])),
        *(r["GroupId"] for r in permission.get("UserIdGroupPairs", [])),
    ]
    for peer in peers:
        made = {"IpProtocol": str(permission["IpProtocol"]), "Peer": peer}
        if made["IpProtocol"] != "-1":
            made |= {"FromPort": permission.get("FromPort"), "ToPort": permission.get("ToPort")}
        yield made


CHECKERS: dict[str, Checker] = {
    "AWS::EC2::FlowLog": flow_log,
    "AWS::EC2::RouteTable": route_table,
    "AWS::EC2::SecurityGroup": security_group,
    "AWS::EC2::Subnet": subnet,
    "AWS::EC2::VPC": vpc,
    "AWS::EC2::VPCEndpoint": endpoint,
    "Custom::ClosedDefaultSecurityGroup": closed_default_group,
}
