"""No workload subnet has a route to the internet: the sample is proven, each way out is caught."""

from typing import Any

import pytest

from foundation.checks.assembly import Assembly
from foundation.checks.network import prove_subnets
from foundation.checks.templates import check_templates
from tests.unit.checks.breaking import Found, Template, add, properties


def test_sample_has_no_finding(good: Assembly) -> None:
    assert [judged.finding.id for judged in check_templates(good)] == []


def test_proof_shows_every_subnet_with_its_routes(good: Assembly) -> None:
    proofs = list(prove_subnets(good.stacks[0]))
    assert [(proof.cidr, proof.zone, proof.route_table) for proof in proofs] == [
        ("10.0.0.0/24", "eu-west-1a", "Table"),
        ("10.0.1.0/24", "eu-west-1b", "Table"),
    ]
    assert proofs[0].routes == ("local", "10.64.0.0/12 to TransitGatewayId tgw-0123456789abcdef0", "endpoint s3")


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::EgressOnlyInternetGateway",
        "AWS::EC2::CarrierGateway",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::EC2::VPNGatewayRoutePropagation",
    ],
)
def test_fails_on_a_gateway(found: Found, kind: str) -> None:
    assert found(lambda template: add(template, "Gateway", kind)) == ["GF::GF-ROUTE-001"]


@pytest.mark.parametrize(
    "route",
    [
        {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": {"Ref": "Imported"}},
        {"DestinationCidrBlock": "10.1.0.0/16", "NatGatewayId": "nat-1"},
        {"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1"},
        {"DestinationCidrBlock": "0.0.0.0/0", "VpcPeeringConnectionId": "pcx-1"},
        {"DestinationCidrBlock": "0.0.0.0/1", "TransitGatewayId": "tgw-1"},
        {"DestinationCidrBlock": "8.8.8.0/24", "NetworkInterfaceId": "eni-1"},
        {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"},
        {"DestinationIpv6CidrBlock": "::/0", "TransitGatewayId": "tgw-1"},
        {"DestinationCidrBlock": {"Ref": "Block"}, "TransitGatewayId": "tgw-1"},
        {"DestinationPrefixListId": "pl-1", "TransitGatewayId": "tgw-1"},
        {"TransitGatewayId": "tgw-1"},
    ],
)
def test_fails_on_a_route_that_may_lead_out(found: Found, route: dict[str, Any]) -> None:
    ids = found(lambda template: add(template, "Route", "AWS::EC2::Route", RouteTableId={"Ref": "Table"}, **route))
    assert len(ids) == 1
    assert ids[0].startswith("GF::GF-ROUTE-002")


@pytest.mark.parametrize("block", ["10.1.0.0/16", "172.16.4.0/24", "192.168.0.0/16", "100.64.0.0/16"])
def test_private_destinations_are_accepted(found: Found, block: str) -> None:
    def change(template: Template) -> None:
        add(template, "Route", "AWS::EC2::Route", DestinationCidrBlock=block, TransitGatewayId="tgw-1")

    assert found(change) == []


@pytest.mark.parametrize("value", [True, "true", {"Ref": "Public"}])
def test_fails_on_public_addresses(found: Found, value: object) -> None:
    assert found(lambda template: properties(template, "Subnet0").update(MapPublicIpOnLaunch=value)) == [
        "GF::GF-ROUTE-003"
    ]


def test_fails_without_a_route_table(found: Found) -> None:
    assert found(lambda template: template["Resources"].pop("Association1")) == ["GF::GF-ROUTE-004"]


def test_fails_on_a_route_table_that_no_template_shows(found: Found) -> None:
    change = {"RouteTableId": "rtb-0123456789abcdef0"}
    assert found(lambda template: properties(template, "Association1").update(change)) == ["GF::GF-ROUTE-004"]
