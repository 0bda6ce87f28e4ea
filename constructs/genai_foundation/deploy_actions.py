"""What CloudFormation has no type for, done by one small function at deploy time (docs/adr/0005-deploy-actions.md).

Each action is a construct that brings its own permission, so that the function can do only what its account deploys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation import contract
from genai_foundation.acknowledge import acknowledge
from genai_foundation.function import Function, Operations, Runtime
from genai_foundation.iam import Statement, allow, document
from genai_foundation.reviews import NEXT_REVIEW, OWNER


@dataclass(frozen=True)
class DeployActionsReference:
    """The deployed function, as other stacks of its account and Region see it.

    :param function_arn: CloudFormation's service token
    :param role_name: execution role that each action adds its permission to
    """

    function_arn: str
    role_name: str

    @classmethod
    def published(cls) -> "DeployActionsReference":
        """The function that the Security stack published."""
        return cls(contract.reference(contract.DEPLOY_ACTIONS), contract.reference(contract.DEPLOY_ACTIONS_ROLE))


class DeployActions(Construct):
    """The function behind all deploy-time actions of an account and Region.

    :param operations: keys, queue and retention shared by functions
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, operations: Operations, runtime: Runtime | None = None
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Default",
            handler="genai_runtime.custom_resources.handler.handler",
            description="Deploy-time actions that CloudFormation has no resource type for",
            operations=operations,
            runtime=runtime,
            timeout=cdk.Duration.minutes(5),
            memory_mib=256,
            reserved_concurrency=5,
        )
        self.reference = DeployActionsReference(self.function.arn, self.function.role.role.ref)

    def publish(self) -> None:
        """Publish the function for the other stacks of this account and Region."""
        contract.publish(self, "Arn", contract.DEPLOY_ACTIONS, self.reference.function_arn)
        contract.publish(self, "RoleName", contract.DEPLOY_ACTIONS_ROLE, self.reference.role_name)


class _Action(Construct):
    """One custom resource with the permission that it needs."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        actions: DeployActionsReference,
        resource_type: str,
        properties: Mapping[str, str],
        statements: Sequence[Statement],
        unscoped_reason: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.policy = iam.CfnManagedPolicy(
            self,
            "Permission",
            description=f"Deploy action {resource_type}",
            policy_document=document(statements),
            roles=[actions.role_name],
        )
        if unscoped_reason:
            acknowledge(
                self.policy,
                "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
                reason=unscoped_reason,
                owner=OWNER,
                expires=NEXT_REVIEW,
            )
        self.resource = cdk.CustomResource(
            self,
            "Default",
            service_token=actions.function_arn,
            resource_type=resource_type,
            properties=dict(properties),
            # CloudFormation gives up on a silent custom resource after an hour unless told otherwise.
            service_timeout=cdk.Duration.minutes(10),
        )
        self.resource.node.add_dependency(self.policy)


class InvocationLogging(_Action):
    """Turns Bedrock model invocation logging on for an account and Region.

    :param log_group_name: receives metadata and bodies up to 100 kB
    :param role_arn: role that Bedrock assumes to write the log group
    :param bucket_name: receives larger bodies, below `key_prefix`
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        actions: DeployActionsReference,
        log_group_name: str,
        role_arn: str,
        bucket_name: str,
        key_prefix: str,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            actions=actions,
            resource_type="Custom::ModelInvocationLogging",
            properties={
                "LogGroupName": log_group_name,
                "RoleArn": role_arn,
                "BucketName": bucket_name,
                "KeyPrefix": key_prefix,
            },
            statements=[
                allow(
                    "InvocationLogging",
                    [
                        "bedrock:DeleteModelInvocationLoggingConfiguration",
                        "bedrock:GetModelInvocationLoggingConfiguration",
                        "bedrock:PutModelInvocationLoggingConfiguration",
                    ],
                    ["*"],
                ),
                allow(
                    "PassDeliveryRole",
                    ["iam:PassRole"],
                    [role_arn],
                    {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}},
                ),
            ],
            unscoped_reason="the logging configuration is one per account and Region; its actions accept no resource but *",
        )


class AccountPublicAccessBlock(_Action):
    """Blocks public access to every bucket of the account, present and future."""

    def __init__(self, scope: Construct, construct_id: str, *, actions: DeployActionsReference) -> None:
        super().__init__(
            scope,
            construct_id,
            actions=actions,
            resource_type="Custom::AccountPublicAccessBlock",
            properties={"AccountId": cdk.Stack.of(scope).account},
            statements=[
                allow("PublicAccessBlock", ["s3:GetAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock"], ["*"])
            ],
            unscoped_reason="the block is one per account; its actions accept no resource but *",
        )


class ClosedDefaultSecurityGroup(_Action):
    """Removes every rule of a VPC's default security group, which CloudFormation can't reach.

    :param vpc_id: the VPC
    :param security_group_id: its default security group
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        actions: DeployActionsReference,
        vpc_id: str,
        security_group_id: str,
    ) -> None:
        stack = cdk.Stack.of(scope)
        ec2 = f"arn:aws:ec2:{stack.region}:{stack.account}"
        # Revoking by rule id is checked against the group and against the rule, whose id is EC2's own.
        targets = [f"{ec2}:security-group/{security_group_id}", f"{ec2}:security-group-rule/*"]
        super().__init__(
            scope,
            construct_id,
            actions=actions,
            resource_type="Custom::ClosedDefaultSecurityGroup",
            properties={"VpcId": vpc_id},
            statements=[
                allow("CloseGroup", ["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"], targets),
                allow("FindGroup", ["ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups"], ["*"]),
            ],
            unscoped_reason="describe actions of EC2 accept no resource but * (Service Authorization Reference)",
        )
        acknowledge(
            self.policy,
            f"AwsSolutions::AwsSolutions-IAM5[Resource::{targets[1]}]",
            reason="rules have ids of EC2's own; the group beside them is the VPC's default group and no other",
            owner=OWNER,
            expires=NEXT_REVIEW,
        )


class PrimaryParameter(_Action):
    """Reads a contract value of the primary Region, for the recovery Region of the same account.

    :param region: the primary Region
    :param key: contract key
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, actions: DeployActionsReference, region: str, key: str
    ) -> None:
        name = contract.parameter_name(key)
        account = cdk.Stack.of(scope).account
        super().__init__(
            scope,
            construct_id,
            actions=actions,
            resource_type="Custom::PrimaryParameter",
            properties={"Region": region, "Name": name},
            statements=[
                allow("ReadPrimary", ["ssm:GetParameter"], [f"arn:aws:ssm:{region}:{account}:parameter{name}"])
            ],
        )
        self.value = self.resource.get_att_string("Value")


class GatewayPrefixLists(_Action):
    """Looks up the prefix list ids of the S3 and DynamoDB gateway endpoints, so that egress rules can name them."""

    def __init__(self, scope: Construct, construct_id: str, *, actions: DeployActionsReference) -> None:
        super().__init__(
            scope,
            construct_id,
            actions=actions,
            resource_type="Custom::GatewayPrefixLists",
            properties={"Region": cdk.Stack.of(scope).region},
            statements=[allow("FindPrefixLists", ["ec2:DescribePrefixLists"], ["*"])],
            unscoped_reason="describe actions of EC2 accept no resource but * (Service Authorization Reference)",
        )
        self.s3 = self.resource.get_att_string("S3")
        self.dynamodb = self.resource.get_att_string("DynamoDb")
