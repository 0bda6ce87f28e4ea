"""A VPC of isolated subnets: no internet gateway, no NAT, flow logs, a closed default security group."""

import ipaddress
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from genai_foundation import contract
from genai_foundation.acknowledge import acknowledge
from genai_foundation.deploy_actions import ClosedDefaultSecurityGroup, DeployActionsReference
from genai_foundation.errors import FoundationError
from genai_foundation.iam import ServiceRole, allow, confused_deputy
from genai_foundation.reviews import NEXT_REVIEW, OWNER


def subnet_cidrs(cidr: str, count: int) -> list[str]:
    """Splits a VPC's range into equal subnets, one per Availability Zone; raises GF-VPC-001 when they'd be smaller than /28.

    A /28 is the smallest subnet of a VPC (Amazon VPC User Guide, "Subnet sizing").
    """
    network = ipaddress.ip_network(cidr)
    bits = (count - 1).bit_length()
    if network.prefixlen + bits > 28:
        raise FoundationError(
            "GF-VPC-001",
            f"{cidr} can't hold {count} subnets of at least /28: give the VPC a /{28 - bits} or a larger range",
        )
    return [str(subnet) for subnet, _ in zip(network.subnets(prefixlen_diff=bits), range(count), strict=False)]


class PrivateNetwork(Construct):
    """An isolated VPC over the given Availability Zones.

    :param cidr: IPv4 range of the VPC
    :param availability_zones: zone ids such as ``euw1-az1``, the same zone in every account; one isolated subnet in each
    :param logs_key_arn: key of the flow log's log group
    :param log_retention_days: retention of the flow log
    :param actions: deploy actions that close the default security group. Default None: left as EC2 makes it
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cidr: str,
        availability_zones: Sequence[str],
        logs_key_arn: str,
        log_retention_days: int,
        actions: DeployActionsReference | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.CfnVPC(self, "Default", cidr_block=cidr, enable_dns_support=True, enable_dns_hostnames=True)
        self.vpc_id = self.vpc.ref
        self.cidr = cidr
        self.subnet_ids: list[str] = []
        self.route_table_ids: list[str] = []
        for index, (zone, block) in enumerate(
            zip(availability_zones, subnet_cidrs(cidr, len(availability_zones)), strict=True)
        ):
            self._add_subnet(f"Isolated{index + 1}", zone, block)
        self._add_flow_log(logs_key_arn, log_retention_days)
        if actions:
            ClosedDefaultSecurityGroup(
                self,
                "DefaultSecurityGroup",
                actions=actions,
                vpc_id=self.vpc_id,
                security_group_id=self.vpc.attr_default_security_group,
            )
            acknowledge(
                self.vpc,
                "NIST.800.53.R5::NIST.800.53.R5-VPCDefaultSecurityGroupClosed",
                reason="the deploy action DefaultSecurityGroup removes every rule; CloudFormation can't express it",
                owner=OWNER,
                expires=NEXT_REVIEW,
            )

    def _add_subnet(self, construct_id: str, zone: str, block: str) -> None:
        subnet = ec2.CfnSubnet(
            self,
            construct_id,
            vpc_id=self.vpc_id,
            availability_zone_id=zone,
            cidr_block=block,
            map_public_ip_on_launch=False,
        )
        # A route table of its own, with the VPC's local route only: the main table is never used by accident.
        table = ec2.CfnRouteTable(self, f"{construct_id}Routes", vpc_id=self.vpc_id)
        ec2.CfnSubnetRouteTableAssociation(
            self, f"{construct_id}Association", subnet_id=subnet.ref, route_table_id=table.ref
        )
        self.subnet_ids.append(subnet.ref)
        self.route_table_ids.append(table.ref)

    def _add_flow_log(self, key_arn: str, retention_days: int) -> None:
        stack = cdk.Stack.of(self)
        group = logs.CfnLogGroup(self, "FlowLogs", kms_key_id=key_arn, retention_in_days=retention_days)
        group.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        role = ServiceRole(
            self,
            "FlowLogsRole",
            service="vpc-flow-logs.amazonaws.com",
            description="VPC flow logs to CloudWatch Logs",
            condition=confused_deputy(stack.account, f"arn:aws:ec2:{stack.region}:{stack.account}:vpc-flow-log/*"),
            statements=[
                allow(
                    "Deliver",
                    ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    [group.attr_arn],
                )
            ],
        )
        flow_log = ec2.CfnFlowLog(
            self,
            "FlowLog",
            resource_id=self.vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_group_name=group.ref,
            deliver_logs_permission_arn=role.arn,
            max_aggregation_interval=60,
        )
        flow_log.add_resource_dependency(role.policy)

    def publish(self) -> None:
        """Publish the network for the other stacks of this account and Region."""
        contract.publish(self, "VpcId", contract.VPC_ID, self.vpc_id)
        for index, subnet_id in enumerate(self.subnet_ids, start=1):
            contract.publish(self, f"SubnetId{index}", contract.subnet_id(index), subnet_id)
