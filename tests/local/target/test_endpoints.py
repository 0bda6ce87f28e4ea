"""Functions in a VPC reach what their VPC has an endpoint for, as its policy says."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.local.target import Target
from tests.local.target.deployment import DEV, REGION, Resources, allow, deploy, function, invoke, role

pytestmark = pytest.mark.local

CODE = """
import boto3
from botocore.config import Config
def handler(event, context):
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10)
    session = boto3
    if "assume" in event:
        made = boto3.client("sts").assume_role(RoleArn=event["assume"], RoleSessionName="inside")["Credentials"]
        session = boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    client = session.client(event["service"], config=config, region_name=event.get("region"))
    try:
        answer = getattr(client, event["operation"])(**event.get("parameters", {}))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "ok"
"""
TABLE: dict[str, Any] = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    },
}


def group(*egress: dict[str, Any]) -> dict[str, Any]:
    nothing = {"CidrIp": "255.255.255.255/32", "IpProtocol": "icmp", "FromPort": 252, "ToPort": 86}
    properties = {"GroupDescription": "g", "VpcId": {"Ref": "V"}, "SecurityGroupEgress": list(egress) or [nothing]}
    return {"Type": "AWS::EC2::SecurityGroup", "Properties": properties}


def interface(service: str, policy: Any = None, **more: Any) -> dict[str, Any]:
    properties = {
        "VpcId": {"Ref": "V"}, "ServiceName": f"com.amazonaws.{REGION}.{service}", "VpcEndpointType": "Interface",
        "SubnetIds": [{"Ref": "Subnet"}], "SecurityGroupIds": [{"Ref": "Endpoints"}], "PrivateDnsEnabled": True, **more,
    }  # fmt: skip
    return {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {**properties, **({"PolicyDocument": policy} if policy else {})},
    }


def only(actions: str | list[str], resource: Any = "*", **condition: Any) -> dict[str, Any]:
    return {"Statement": [{**allow(actions, resource, **condition), "Principal": "*"}]}


def private(functions: Resources) -> Resources:
    """A VPC with endpoints for DynamoDB, SSM, STS, KMS, Bedrock, and an SQS endpoint without private DNS."""
    in_group = {"GroupId": {"Ref": "Endpoints"}, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    association = {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Routes"}}
    anywhere = {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    model = "arn:aws:bedrock:*:*:inference-profile/eu.amazon.nova-lite-v1:0"
    models = [model, "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0"]
    return {
        "V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.2.0.0/16", "EnableDnsHostnames": True}},
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "V"}, "CidrBlock": "10.2.0.0/24"}},
        "Routes": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "V"}}},
        "Association": {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": association},
        "Functions": group(anywhere),
        "Closed": group(),
        "Endpoints": group(),
        "In": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {**in_group, "SourceSecurityGroupId": {"Ref": "Functions"}},
        },
        "AppConfig": interface("appconfig"),
        "DynamoDB": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Properties": {
                "VpcId": {"Ref": "V"}, "ServiceName": f"com.amazonaws.{REGION}.dynamodb", "VpcEndpointType": "Gateway",
                "RouteTableIds": [{"Ref": "Routes"}], "PolicyDocument": only(["dynamodb:GetItem", "dynamodb:Scan"]),
            },
        },
        "Ssm": interface("ssm", only("ssm:GetParameters", StringEquals={"aws:PrincipalOrgID": "o-exampleorg1"})),
        "Sts": interface("sts", only("sts:AssumeRole")),
        "Kms": interface("kms", only("*", StringEquals={"aws:PrincipalOrgID": "o-somebodyelse"})),
        "Sqs": interface("sqs", PrivateDnsEnabled=False),
        "Bedrock": interface("bedrock-runtime", only("bedrock:InvokeModel", models)),
        "Role": role(allow("*")),
        "T": TABLE,
        **functions,
    }  # fmt: skip


@pytest.fixture(scope="module")
def network(target: Target) -> dict[str, str]:
    def placed(security_group: str) -> dict[str, Any]:
        vpc = {"SubnetIds": [{"Ref": "Subnet"}], "SecurityGroupIds": [{"Ref": security_group}]}
        return {**function(CODE, VpcConfig=vpc), "DependsOn": ["Association", "In"]}

    functions: Resources = {"Inside": placed("Functions"), "Shut": placed("Closed"), "Outside": function(CODE)}
    stack = deploy(target, "private-network", private(functions))
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    return stack.resources


def ask(target: Target, name: str, service: str, operation: str, region: str = "", **parameters: Any) -> str:
    event = {"service": service, "operation": operation, "parameters": parameters}
    return str(invoke(target, name, {**event, "region": region} if region else event))


def test_an_endpoint_lets_through_what_its_policy_allows(target: Target, network: dict[str, str]) -> None:
    inside, table = network["Inside"], network["T"]
    assert ask(target, inside, "dynamodb", "scan", TableName=table) == "ok"
    assert ask(target, inside, "ssm", "get_parameters", Names=["/x"]) == "ok"
    put = ask(target, inside, "dynamodb", "put_item", TableName=table, Item={"id": {"S": "1"}})
    assert "because no VPC endpoint policy allows the dynamodb:PutItem action" in put
    assert ask(target, network["Outside"], "dynamodb", "put_item", TableName=table, Item={"id": {"S": "1"}}) == "ok"


def test_fails_through_an_endpoint_for_another_organisation(target: Target, network: dict[str, str]) -> None:
    answer = ask(target, network["Inside"], "kms", "list_keys")
    assert "because no VPC endpoint policy allows the kms:ListKeys action" in answer


def test_fails_on_an_action_that_iam_itself_always_allows(target: Target, network: dict[str, str]) -> None:
    answer = ask(target, network["Inside"], "sts", "get_caller_identity")
    assert "because no VPC endpoint policy allows the sts:GetCallerIdentity action" in answer


def test_fails_on_a_model_that_the_endpoint_does_not_allow(target: Target, network: dict[str, str]) -> None:
    messages = [{"role": "user", "content": [{"text": "hello"}]}]
    allowed = ask(
        target, network["Inside"], "bedrock-runtime", "converse", modelId="eu.amazon.nova-lite-v1:0", messages=messages
    )
    assert allowed == "ok"
    other = ask(
        target, network["Inside"], "bedrock-runtime", "converse", modelId="eu.amazon.nova-pro-v1:0", messages=messages
    )
    assert "no VPC endpoint policy allows the bedrock:InvokeModel action" in other


@pytest.mark.parametrize(
    ("function_name", "service", "operation", "region", "reason"),
    [
        ("Inside", "sns", "list_topics", "", "has no endpoint for com.amazonaws.eu-west-1.sns"),
        ("Inside", "ssm", "describe_parameters", "eu-central-1", "no endpoint for com.amazonaws.eu-central-1.ssm"),
        ("Inside", "sqs", "list_queues", "", "has no private DNS"),
        ("Shut", "ssm", "describe_parameters", "", "security groups allow nothing out to vpce-"),
        ("Shut", "dynamodb", "list_tables", "", "allow nothing out to the prefix list"),
    ],
)
def test_fails_like_a_network_without_a_way(
    target: Target, network: dict[str, str], function_name: str, service: str, operation: str, region: str, reason: str
) -> None:
    answer = ask(target, network[function_name], service, operation, region)
    assert answer.startswith("ConnectionClosedError"), answer
    (*_, last) = target.call("GET", "/_foundation/network")
    assert (last["service"], reason in last["reason"]) == (service, True), last
    assert last["function"].endswith(network[function_name])
    assert f"GF-LOCAL-060: {last['function']} can't reach {service}" in target.folder.log.read_text(encoding="utf-8")


def test_each_of_appconfig_s_planes_needs_its_own_endpoint(target: Target, network: dict[str, str]) -> None:
    assert ask(target, network["Inside"], "appconfig", "list_applications") == "ok"
    names = ("ApplicationIdentifier", "EnvironmentIdentifier", "ConfigurationProfileIdentifier")
    event = {"service": "appconfigdata", "operation": "start_configuration_session",
             "parameters": dict.fromkeys(names, "live")}  # fmt: skip
    assert invoke(target, network["Inside"], event).startswith("ConnectionClosedError")
    (*_, last) = target.call("GET", "/_foundation/network")
    assert "has no endpoint for com.amazonaws.eu-west-1.appconfigdata" in last["reason"]
    assert invoke(target, network["Outside"], event).startswith("ResourceNotFoundException")


def test_a_role_that_the_function_assumes_stays_in_the_vpc(target: Target, network: dict[str, str]) -> None:
    arn = target.client("iam", DEV, REGION).get_role(RoleName=network["Role"])["Role"]["Arn"]
    event = {"service": "sns", "operation": "list_topics", "assume": arn}
    assert invoke(target, network["Outside"], event) == "ok"
    assert invoke(target, network["Inside"], event).startswith("ConnectionClosedError")


def test_a_function_moves_into_and_out_of_a_vpc(target: Target, network: dict[str, str]) -> None:
    vpc = {"SubnetIds": [network["Subnet"]], "SecurityGroupIds": [network["Functions"]]}
    for config, expected in ((vpc, "ConnectionClosedError"), (None, "ok"), (vpc, "ConnectionClosedError")):
        made = function(CODE, VpcConfig=config) if config else function(CODE)
        name = deploy(target, "moving", {"Role": role(allow("*")), "F": made}).resources["F"]
        assert ask(target, name, "sns", "list_topics").partition(":")[0] == expected
