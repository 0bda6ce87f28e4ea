"""Security group rules as resources of their own, which CDK makes for rules between groups."""

from __future__ import annotations

from typing import Any

from foundation.local.inprocess import client
from foundation.local.types.base import Provider, Provisioned, Resource
from foundation.local.types.identifiers import generate


class RuleProvider:
    """AWS::EC2::SecurityGroupIngress and …Egress; every property but the description is create-only."""

    def __init__(self, direction: str) -> None:
        self._direction = direction
        self._type = f"AWS::EC2::SecurityGroup{direction.capitalize()}"

    def create(self, resource: Resource) -> Provisioned:
        ec2 = client("ec2")
        authorize = getattr(ec2, f"authorize_security_group_{self._direction}")
        made = authorize(GroupId=resource.properties["GroupId"], IpPermissions=[self._permission(resource.properties)])
        rules = made.get("SecurityGroupRules") or []
        rule = str(rules[0]["SecurityGroupRuleId"]) if rules else str(generate(self._type, "RuleId", resource))
        return rule, {"Id": rule}

    def update(self, resource: Resource) -> Provisioned:
        return resource.physical_id, {"Id": resource.physical_id}

    def delete(self, resource: Resource) -> None:
        ec2 = client("ec2")
        revoke = getattr(ec2, f"revoke_security_group_{self._direction}")
        try:
            revoke(GroupId=resource.properties["GroupId"], IpPermissions=[self._permission(resource.properties)])
        except ec2.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in {"InvalidGroup.NotFound", "InvalidPermission.NotFound"}:
                raise

    def _permission(self, given: dict[str, Any]) -> dict[str, Any]:
        permission: dict[str, Any] = {"IpProtocol": str(given["IpProtocol"])}
        for name in ("FromPort", "ToPort"):
            if name in given:
                permission[name] = int(given[name])
        described = {"Description": given["Description"]} if "Description" in given else {}
        peer = given.get("SourceSecurityGroupId") or given.get("DestinationSecurityGroupId")
        prefix_list = given.get("SourcePrefixListId") or given.get("DestinationPrefixListId")
        if peer:
            permission["UserIdGroupPairs"] = [{"GroupId": peer, **described}]
        elif prefix_list:
            permission["PrefixListIds"] = [{"PrefixListId": prefix_list, **described}]
        elif "CidrIpv6" in given:
            permission["Ipv6Ranges"] = [{"CidrIpv6": given["CidrIpv6"], **described}]
        else:
            permission["IpRanges"] = [{"CidrIp": given["CidrIp"], **described}]
        return permission


PROVIDERS: dict[str, Provider] = {
    "AWS::EC2::SecurityGroupIngress": RuleProvider("ingress"),
    "AWS::EC2::SecurityGroupEgress": RuleProvider("egress"),
}
