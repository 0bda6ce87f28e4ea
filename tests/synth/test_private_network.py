"""No way to the internet, and an endpoint with a narrow policy for every service (NET-1, NET-2)."""

import ipaddress
from itertools import combinations

import pytest

from foundation.checks.assembly import Assembly, Resource, StackTemplate
from foundation.checks.policies import conditions
from stacks.settings import Settings
from stacks.settings.platform import ENVIRONMENTS, Environment
from tests.synth.templates import TWINS, every, only, stack, where

STAGES = ("dev", "pre-prod", "prod", "data-governance")
SITES = [(stage, twin) for stage in STAGES for twin in TWINS]
WAYS_OUT = (
    "AWS::EC2::InternetGateway",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::NatGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::Route",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
    "AWS::EC2::CarrierGateway",
)
# NET-1 and NET-2, service by service.
INTERFACES = {
    "bedrock", "bedrock-runtime", "bedrock-agent", "bedrock-agent-runtime",
    "aoss", "rds-data", "kms", "sts", "logs", "secretsmanager", "ssm", "monitoring", "xray",
    "sagemaker.api", "sagemaker.runtime", "states", "lambda", "ecr.api", "ecr.dkr", "sqs", "sns", "events",
    "appconfig", "appconfigdata",
}  # fmt: skip
GATEWAYS = {"s3", "dynamodb"}


def network(assembly: Assembly, stage: str, twin: str) -> StackTemplate:
    """The network stack of an account and Region."""
    return stack(assembly, f"{stage}/{twin}Network")


def service(endpoint: Resource) -> str:
    """Service of an endpoint, without the Region's prefix."""
    return str(endpoint.properties["ServiceName"]).removeprefix(f"com.amazonaws.{endpoint.stack.region}.")


def test_no_account_has_a_way_to_the_internet(assembly: Assembly) -> None:
    found = [where(r) for each in assembly.stacks for r in each.resources if r.type in WAYS_OUT]
    assert found == []


@pytest.mark.parametrize(("stage", "twin"), SITES)
def test_the_vpc_covers_the_configured_zones_with_isolated_subnets(
    assembly: Assembly, settings: Settings, stage: str, twin: str
) -> None:
    here = network(assembly, stage, twin)
    region = settings.regions.recovery if twin else settings.regions.primary
    subnets = list(here.of_type("AWS::EC2::Subnet"))
    assert [subnet.properties["AvailabilityZoneId"] for subnet in subnets] == list(region.availability_zones)
    assert all(subnet.properties["MapPublicIpOnLaunch"] is False for subnet in subnets)
    vpc = ipaddress.IPv4Network(only(here.of_type("AWS::EC2::VPC")).properties["CidrBlock"])
    assert str(vpc) == settings.network.cidr(stage, "recovery" if twin else "primary")
    blocks = [ipaddress.IPv4Network(subnet.properties["CidrBlock"]) for subnet in subnets]
    assert all(block.subnet_of(vpc) for block in blocks)
    assert not any(one.overlaps(other) for one, other in combinations(blocks, 2))
    associated = {
        association.properties["SubnetId"]["Ref"]
        for association in here.of_type("AWS::EC2::SubnetRouteTableAssociation")
    }
    assert associated == {subnet.logical_id for subnet in subnets}


@pytest.mark.parametrize(("stage", "twin"), SITES)
def test_public_access_is_blocked_even_for_a_gateway_made_by_hand(assembly: Assembly, stage: str, twin: str) -> None:
    (block,) = network(assembly, stage, twin).of_type("AWS::EC2::VPCBlockPublicAccessOptions")
    assert block.properties["InternetGatewayBlockMode"] == "block-bidirectional"


@pytest.mark.parametrize(("stage", "twin"), SITES)
def test_every_service_has_its_endpoint(assembly: Assembly, stage: str, twin: str) -> None:
    here = network(assembly, stage, twin)
    endpoints = list(here.of_type("AWS::EC2::VPCEndpoint"))
    subnets = [{"Ref": subnet.logical_id} for subnet in here.of_type("AWS::EC2::Subnet")]
    tables = [{"Ref": table.logical_id} for table in here.of_type("AWS::EC2::RouteTable")]
    kinds: dict[str, set[str]] = {"Interface": set(), "Gateway": set()}
    for endpoint in endpoints:
        kinds[endpoint.properties["VpcEndpointType"]].add(service(endpoint))
        if endpoint.properties["VpcEndpointType"] == "Interface":
            assert endpoint.properties["PrivateDnsEnabled"] is True
            assert endpoint.properties["SubnetIds"] == subnets
            assert len(endpoint.properties["SecurityGroupIds"]) == 1
        else:
            assert endpoint.properties["RouteTableIds"] == tables
    assert kinds["Interface"] >= INTERFACES
    assert kinds["Gateway"] == GATEWAYS


def test_every_endpoint_s_policy_is_limited_to_the_organisation_and_named_actions(
    assembly: Assembly, settings: Settings
) -> None:
    for endpoint in every(assembly, "AWS::EC2::VPCEndpoint"):
        for statement in endpoint.properties["PolicyDocument"]["Statement"]:
            if statement["Effect"] != "Allow":
                continue
            limits = conditions(statement)
            assert ("stringequals", "aws:principalorgid", [settings.organization.id]) in limits, where(endpoint)
            assert statement["Action"], where(endpoint)
            assert not any("*" in action for action in statement["Action"]), where(endpoint)


def test_gateway_endpoints_reach_resources_of_the_organisation_only(assembly: Assembly, settings: Settings) -> None:
    for endpoint in every(assembly, "AWS::EC2::VPCEndpoint"):
        if endpoint.properties["VpcEndpointType"] == "Gateway":
            (statement,) = endpoint.properties["PolicyDocument"]["Statement"]
            assert ("stringequals", "aws:resourceorgid", [settings.organization.id]) in conditions(statement)


def runtime_models(here: StackTemplate) -> set[str]:
    """Models and profiles that the runtime endpoint's policy names."""
    endpoint = only(each for each in here.of_type("AWS::EC2::VPCEndpoint") if service(each) == "bedrock-runtime")
    (statement,) = endpoint.properties["PolicyDocument"]["Statement"]
    resources = [arn for arn in statement["Resource"] if ":guardrail" not in arn]
    assert not any("*" in arn for arn in resources)
    return {arn.rpartition("/")[2] for arn in resources}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("twin", TWINS)
def test_runtime_calls_name_the_environment_s_approved_models_and_nothing_else(
    assembly: Assembly, settings: Settings, environment: Environment, twin: str
) -> None:
    here = network(assembly, environment, twin)
    assert runtime_models(here) == {
        name for model in settings.models_for(environment) for name in (model.id, model.invocation_id(here.region))
    }


def test_a_model_that_only_development_approved_does_not_pass_the_other_endpoints(assembly: Assembly) -> None:
    extra = runtime_models(network(assembly, "dev", "")) - runtime_models(network(assembly, "prod", ""))
    assert {"mistral.pixtral-large-2502-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0"} <= extra
    for stage, twin in SITES:
        if stage in ("prod", "data-governance"):
            assert not extra & runtime_models(network(assembly, stage, twin)), f"{stage} {twin}"


def test_endpoint_policies_fit_ec2_s_limit(assembly: Assembly) -> None:
    """20,480 characters with white space (Amazon VPC quotas)."""
    for endpoint in every(assembly, "AWS::EC2::VPCEndpoint"):
        assert len(str(endpoint.properties["PolicyDocument"])) < 20_480, where(endpoint)


def test_security_groups_let_nothing_out_but_https_to_endpoints(assembly: Assembly) -> None:
    for group in every(assembly, "AWS::EC2::SecurityGroup"):
        assert "SecurityGroupIngress" not in group.properties, where(group)
        for rule in group.properties["SecurityGroupEgress"]:
            assert "CidrIpv6" not in rule
            if "CidrIp" in rule:
                assert (rule["CidrIp"], rule["IpProtocol"]) == ("255.255.255.255/32", "icmp"), where(group)
            else:
                assert (rule["FromPort"], rule["ToPort"]) == (443, 443), where(group)
                assert {"DestinationSecurityGroupId", "DestinationPrefixListId"} & set(rule), where(group)
    for ingress in every(assembly, "AWS::EC2::SecurityGroupIngress"):
        assert (ingress.properties["FromPort"], ingress.properties["ToPort"]) == (443, 443), where(ingress)
        assert "SourceSecurityGroupId" in ingress.properties, where(ingress)


@pytest.mark.parametrize(("stage", "twin"), SITES)
def test_all_traffic_of_the_vpc_is_recorded_and_its_default_group_is_closed(
    assembly: Assembly, stage: str, twin: str
) -> None:
    here = network(assembly, stage, twin)
    vpc = {"Ref": only(here.of_type("AWS::EC2::VPC")).logical_id}
    log = only(here.of_type("AWS::EC2::FlowLog")).properties
    assert (log["ResourceId"], log["TrafficType"]) == (vpc, "ALL")
    assert only(here.of_type("Custom::ClosedDefaultSecurityGroup")).properties["VpcId"] == vpc
