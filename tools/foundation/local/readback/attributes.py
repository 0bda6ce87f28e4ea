"""Values of Fn::GetAtt, from a resource's physical id or by asking the target."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from foundation.local.readback.checkers.base import Clients
from foundation.local.readback.values import Unknown

Maker = Callable[[str, str, str], str]


def _arn(service: str, form: str) -> Maker:
    return lambda account, region, pid: f"arn:aws:{service}:{region}:{account}:{form.format(pid)}"


def _physical(_account: str, _region: str, pid: str) -> str:
    return pid


def _queue_arn(account: str, region: str, pid: str) -> str:
    return f"arn:aws:sqs:{region}:{account}:{pid.rpartition('/')[2]}"


def _guardrail_arn(account: str, region: str, pid: str) -> str:
    return f"arn:aws:bedrock:{region}:{account}:guardrail/{pid.partition('|')[0]}"


_BY_ID: dict[tuple[str, str], Maker] = {
    ("AWS::Bedrock::Guardrail", "GuardrailArn"): _physical,
    ("AWS::Bedrock::Guardrail", "GuardrailId"): lambda _a, _r, pid: pid.rpartition("/")[2],
    ("AWS::Bedrock::Guardrail", "Version"): lambda _a, _r, _pid: "DRAFT",
    ("AWS::Bedrock::GuardrailVersion", "GuardrailId"): lambda _a, _r, pid: pid.partition("|")[0],
    ("AWS::Bedrock::GuardrailVersion", "Version"): lambda _a, _r, pid: pid.partition("|")[2],
    ("AWS::Bedrock::GuardrailVersion", "GuardrailArn"): _guardrail_arn,
    ("AWS::Bedrock::Prompt", "Arn"): _physical,
    ("AWS::Bedrock::Prompt", "Id"): lambda _a, _r, pid: pid.rpartition("/")[2],
    ("AWS::Bedrock::Prompt", "Version"): lambda _a, _r, _pid: "DRAFT",
    ("AWS::Bedrock::PromptVersion", "Arn"): _physical,
    ("AWS::Bedrock::PromptVersion", "PromptId"): lambda _a, _r, pid: pid.rpartition("/")[2].partition(":")[0],
    ("AWS::Bedrock::PromptVersion", "Version"): lambda _a, _r, pid: pid.rpartition(":")[2],
    ("AWS::CloudTrail::Trail", "Arn"): _arn("cloudtrail", "trail/{}"),
    ("AWS::CloudWatch::Alarm", "Arn"): _arn("cloudwatch", "alarm:{}"),
    ("AWS::CodeBuild::Project", "Arn"): _arn("codebuild", "project/{}"),
    ("AWS::DynamoDB::GlobalTable", "Arn"): _arn("dynamodb", "table/{}"),
    ("AWS::DynamoDB::Table", "Arn"): _arn("dynamodb", "table/{}"),
    ("AWS::EC2::SecurityGroup", "GroupId"): _physical,
    ("AWS::EC2::Subnet", "SubnetId"): _physical,
    ("AWS::EC2::VPC", "VpcId"): _physical,
    ("AWS::EC2::VPCEndpoint", "Id"): _physical,
    ("AWS::Events::Rule", "Arn"): _arn("events", "rule/{}"),
    ("AWS::IAM::ManagedPolicy", "PolicyArn"): _physical,
    ("AWS::KMS::Key", "Arn"): _arn("kms", "key/{}"),
    ("AWS::KMS::Key", "KeyId"): _physical,
    ("AWS::KMS::ReplicaKey", "Arn"): _arn("kms", "key/{}"),
    ("AWS::KMS::ReplicaKey", "KeyId"): _physical,
    ("AWS::Lambda::Alias", "AliasArn"): _physical,
    ("AWS::Lambda::Function", "Arn"): _arn("lambda", "function:{}"),
    ("AWS::Logs::LogGroup", "Arn"): _arn("logs", "log-group:{}:*"),
    ("AWS::S3::Bucket", "Arn"): lambda _a, _r, pid: f"arn:aws:s3:::{pid}",
    ("AWS::SNS::Topic", "TopicArn"): _physical,
    ("AWS::SNS::Topic", "TopicName"): lambda _a, _r, pid: pid.rpartition(":")[2],
    ("AWS::SQS::Queue", "Arn"): _queue_arn,
    ("AWS::SQS::Queue", "QueueName"): lambda _a, _r, pid: pid.rpartition("/")[2],
    ("AWS::SQS::Queue", "QueueUrl"): _physical,
    ("AWS::StepFunctions::StateMachine", "Arn"): _physical,
}  # fmt: skip


def attribute(
    resource_type: str,
    name: str,
    physical_id: str,
    properties: dict[str, Any],
    account: str,
    region: str,
    clients: Clients,
) -> Any:
    """An attribute of a resource; Unknown where it can't be told. `properties` are the template's, resolved."""
    if maker := _BY_ID.get((resource_type, name)):
        return maker(account, region, physical_id)
    try:
        found = _asked(resource_type, name, physical_id, properties, clients)
    except (ClientError, LookupError) as error:
        return Unknown(f"{resource_type} {name}: {error}")
    return Unknown(f"{resource_type} {name} isn't read") if found is None else found


def _asked(resource_type: str, name: str, physical_id: str, properties: dict[str, Any], clients: Clients) -> Any:
    match resource_type, name:
        case "AWS::IAM::Role", "Arn":
            return clients("iam").get_role(RoleName=physical_id)["Role"]["Arn"]
        case "AWS::IAM::Role", "RoleId":
            return clients("iam").get_role(RoleName=physical_id)["Role"]["RoleId"]
        case "AWS::SSM::Parameter", ("Value" | "Type"):
            return clients("ssm").get_parameter(Name=physical_id)["Parameter"][name]
        case "AWS::EC2::VPC", "DefaultSecurityGroup":
            filters = [{"Name": "vpc-id", "Values": [physical_id]}, {"Name": "group-name", "Values": ["default"]}]
            return clients("ec2").describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]
        case "AWS::EC2::VPC", "CidrBlock":
            return clients("ec2").describe_vpcs(VpcIds=[physical_id])["Vpcs"][0]["CidrBlock"]
        case "Custom::PrimaryParameter", "Value":
            ssm = clients("ssm", properties["Region"])
            return ssm.get_parameter(Name=properties["Name"])["Parameter"]["Value"]
        case "Custom::GatewayPrefixLists", _:
            wanted = f"com.amazonaws.{properties['Region']}.{name.lower()}"
            filters = [{"Name": "prefix-list-name", "Values": [wanted]}]
            return clients("ec2").describe_prefix_lists(Filters=filters)["PrefixLists"][0]["PrefixListId"]
    if resource_type.startswith("Custom::"):
        return None
    answer = clients("cloudcontrol").get_resource(TypeName=resource_type, Identifier=physical_id)
    found: Any = json.loads(answer["ResourceDescription"]["Properties"])
    for key in name.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found
