"""Empties a VPC's default security group, which CloudFormation can't manage: whoever names no group gets no traffic.

ResourceProperties: VpcId.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from genai_runtime.custom_resources.protocol import CLIENT_CONFIG, Answer, Request, ResourceError

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client


def act(request: Request) -> Answer:
    """Revoke every rule; on Delete do nothing, because the VPC goes and open rules are nothing to restore."""
    if request.type == "Delete":
        return Answer(request.physical_id or "default-security-group", {})
    vpc = request.text("VpcId")
    group = _revoke_rules(boto3.client("ec2", config=CLIENT_CONFIG), vpc)
    return Answer(f"default-security-group-{vpc}", {"GroupId": group})


def _revoke_rules(ec2: "EC2Client", vpc: str) -> str:
    groups = ec2.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    if not groups:
        raise ResourceError(f"VPC {vpc} has no default security group: GF-CRS-020: check the property VpcId")
    group = groups[0]["GroupId"]
    pages = ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [group]}]
    )
    rules = [rule for page in pages for rule in page["SecurityGroupRules"]]
    ingress = [rule["SecurityGroupRuleId"] for rule in rules if not rule["IsEgress"]]
    egress = [rule["SecurityGroupRuleId"] for rule in rules if rule["IsEgress"]]
    if ingress:
        _tolerating_absence(lambda: ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=ingress))
    if egress:
        _tolerating_absence(lambda: ec2.revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=egress))
    return group


def _tolerating_absence(revoke: Callable[[], object]) -> None:
    """Revoke; rules that a second delivery of the same event has revoked meanwhile are as good."""
    try:
        revoke()
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidSecurityGroupRuleId.NotFound":
            raise
