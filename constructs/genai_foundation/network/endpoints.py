"""VPC endpoints with policies: only the organisation's principals, only known actions, only approved models (NET-1)."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from genai_foundation import contract
from genai_foundation.errors import FoundationError
from genai_foundation.iam import document
from genai_foundation.network.private_network import PrivateNetwork
from genai_foundation.network.services import BEDROCK_RUNTIME, GATEWAY_SERVICES, INTERFACE_SERVICES


def organisation_policy(
    organization_id: str, actions: Sequence[str], resources: Sequence[str] = ("*",), *, own_resources: bool = False
) -> dict[str, Any]:
    """Endpoint policy for principals of the organisation; with `own_resources` only towards resources of the organisation,
    which stops data from leaving to somebody else's bucket or table."""
    equals = {"aws:PrincipalOrgID": organization_id}
    if own_resources:
        equals["aws:ResourceOrgID"] = organization_id
    return document(
        [
            {
                "Sid": "Organisation",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": list(actions),
                "Resource": list(resources),
                "Condition": {"StringEquals": equals},
            }
        ]
    )


class PrivateEndpoints(Construct):
    """Interface and gateway endpoints of a private network.

    Nothing may use the interface endpoints until an `EndpointAccess` group (network/access.py) is let in.

    :param network: the VPC
    :param organization_id: id of the AWS organisation whose principals may pass
    :param model_arns: foundation models and inference profiles that runtime calls may name, without wildcards
    :param guardrail_profiles: ids of the profiles that guardrails of the STANDARD tier route through. Default none
    :param interface_services: endpoint names of network/services.py. Default: all of them
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        network: PrivateNetwork,
        organization_id: str,
        model_arns: Sequence[str],
        guardrail_profiles: Sequence[str] = (),
        interface_services: Sequence[str] | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        services = list(INTERFACE_SERVICES) if interface_services is None else list(interface_services)
        self._check(services, model_arns)
        stack = cdk.Stack.of(self)
        self.security_group = ec2.CfnSecurityGroup(
            self,
            "SecurityGroup",
            group_description="Interface endpoints - closed until a workload is let in",
            vpc_id=network.vpc_id,
            security_group_egress=[NOTHING],
        )
        self.security_group_id = self.security_group.attr_group_id
        own = f"arn:aws:bedrock:{stack.region}:{stack.account}"
        guardrails = [f"{own}:guardrail/*", *(f"{own}:guardrail-profile/{each}" for each in guardrail_profiles)]
        for name in services:
            resources = [*model_arns, *guardrails] if name == BEDROCK_RUNTIME else ["*"]
            ec2.CfnVPCEndpoint(
                self,
                _pascal(name),
                service_name=f"com.amazonaws.{stack.region}.{name}",
                vpc_endpoint_type="Interface",
                vpc_id=network.vpc_id,
                subnet_ids=network.subnet_ids,
                security_group_ids=[self.security_group_id],
                private_dns_enabled=True,
                policy_document=organisation_policy(organization_id, INTERFACE_SERVICES[name], resources),
            )
        for name, actions in GATEWAY_SERVICES.items():
            ec2.CfnVPCEndpoint(
                self,
                _pascal(name),
                service_name=f"com.amazonaws.{stack.region}.{name}",
                vpc_endpoint_type="Gateway",
                vpc_id=network.vpc_id,
                route_table_ids=network.route_table_ids,
                policy_document=organisation_policy(organization_id, actions, own_resources=True),
            )

    @staticmethod
    def _check(services: Sequence[str], model_arns: Sequence[str]) -> None:
        unknown = sorted(set(services) - set(INTERFACE_SERVICES))
        if unknown:
            raise FoundationError(
                "GF-VPC-002", f"unknown interface endpoints {unknown}: use names of genai_foundation.network.services"
            )
        wild = [arn for arn in model_arns if "*" in arn]
        if wild or (BEDROCK_RUNTIME in services and not model_arns):
            raise FoundationError(
                "GF-VPC-003", f"model_arns is {wild or 'empty'}: name each approved model's ARN, without wildcards"
            )

    def publish(self) -> None:
        """Publish the endpoints' security group for the other stacks of this account and Region."""
        contract.publish(self, "GroupId", contract.ENDPOINT_SECURITY_GROUP, self.security_group_id)


# EC2 adds an allow-all egress rule to a group without one; this rule replaces it and matches no traffic.
NOTHING: dict[str, Any] = {
    "cidrIp": "255.255.255.255/32",
    "ipProtocol": "icmp",
    "fromPort": 252,
    "toPort": 86,
    "description": "no egress",
}


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace(".", "-").split("-"))
