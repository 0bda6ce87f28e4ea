"""Lambda functions: own log group, role, key, dead-letter queue, tracing and concurrency limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.assets import lambda_code
from genai_foundation.iam import ServiceRole, Statement, allow, confused_deputy
from genai_foundation.reviews import NEXT_REVIEW, OWNER

VPC_DESCRIBE_ACTIONS = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
TRACE_ACTIONS = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]


@dataclass(frozen=True)
class Runtime:
    """The managed Lambda runtime.

    :param python: minor version such as ``3.14``
    :param architecture: ``arm64`` or ``x86_64``
    """

    python: str = "3.14"
    architecture: str = "arm64"

    @property
    def identifier(self) -> str:
        """Runtime identifier of the Lambda API."""
        return f"python{self.python}"


@dataclass(frozen=True)
class Placement:
    """Where in a VPC a function's network interfaces are.

    :param subnet_ids: isolated subnets, one per Availability Zone
    :param security_group_ids: groups of the function
    """

    subnet_ids: Sequence[str]
    security_group_ids: Sequence[str]


@dataclass(frozen=True)
class Operations:
    """The account's and Region's shared parts that every function writes to.

    :param data_key_arn: encrypts environment variables
    :param logs_key_arn: encrypts the log group
    :param dead_letter_queue_arn: receives asynchronous events that failed every retry
    :param log_retention_days: a value that CloudWatch Logs allows
    """

    data_key_arn: str
    logs_key_arn: str
    dead_letter_queue_arn: str
    log_retention_days: int


class Function(Construct):
    """One Lambda function of the platform, with least privilege and everything an operator expects.

    :param handler: dotted path of the handler inside the Lambda code folder
    :param description: what it is for
    :param statements: what it may do, beyond logs, traces and its queue
    :param policy_arns: customer-managed policies that the function's role has too
    :param environment: variables, encrypted with the data key
    :param placement: network placement. Default None: outside a VPC, for deploy-time control plane calls only
    :param outside_vpc: another reason to be outside a VPC, checkable by a reviewer
    :param layer_arns: layers, ARN with version
    :param uses: capabilities beside the handler's own whose packages it imports, such as ``model_access``
    :param timeout: longest run. Default 60 seconds
    :param memory_mib: memory, CPU in proportion. Default 512
    :param reserved_concurrency: the most environments at once, so that one function can't starve the others
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: str,
        description: str,
        operations: Operations,
        reserved_concurrency: int,
        statements: Sequence[Statement] = (),
        policy_arns: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        runtime: Runtime | None = None,
        placement: Placement | None = None,
        outside_vpc: str | None = None,
        layer_arns: Sequence[str] = (),
        uses: Sequence[str] = (),
        timeout: cdk.Duration | None = None,
        memory_mib: int = 512,
    ) -> None:
        super().__init__(scope, construct_id)
        runtime = runtime or Runtime()
        stack = cdk.Stack.of(self)
        self.log_group = logs.CfnLogGroup(
            self, "Logs", kms_key_id=operations.logs_key_arn, retention_in_days=operations.log_retention_days
        )
        self.log_group.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.role = ServiceRole(
            self,
            "Role",
            service="lambda.amazonaws.com",
            description=description,
            condition=confused_deputy(stack.account),
            policy_arns=policy_arns,
            statements=[
                allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], [self.log_group.attr_arn]),
                allow("DeadLetters", ["sqs:SendMessage"], [operations.dead_letter_queue_arn]),
                allow(
                    "Keys", ["kms:Decrypt", "kms:GenerateDataKey"], [operations.data_key_arn, operations.logs_key_arn]
                ),
                allow("Traces", TRACE_ACTIONS, ["*"]),
                *(vpc_statements(placement, stack.account, stack.region) if placement else []),
                *statements,
            ],
        )
        code = lambda_code(self, handler, uses)
        self.function = lambda_.CfnFunction(
            self,
            "Default",
            description=description,
            handler=handler,
            runtime=runtime.identifier,
            architectures=[runtime.architecture],
            code={"s3Bucket": code.s3_bucket_name, "s3Key": code.s3_object_key},
            role=self.role.arn,
            timeout=(timeout or cdk.Duration.seconds(60)).to_seconds(),
            memory_size=memory_mib,
            reserved_concurrent_executions=reserved_concurrency,
            environment={"variables": dict(environment)} if environment else None,
            kms_key_arn=operations.data_key_arn,
            logging_config={"logGroup": self.log_group.ref, "logFormat": "JSON"},
            tracing_config={"mode": "Active"},
            dead_letter_config={"targetArn": operations.dead_letter_queue_arn},
            layers=list(layer_arns) or None,
            vpc_config=vpc_config(placement),
        )
        # The policy must exist before the first call; a role alone would let the deployment race it.
        self.function.add_resource_dependency(self.role.policy)
        self.name = self.function.ref
        self.arn = self.function.attr_arn
        self._acknowledge(interfaces(stack.account, stack.region) if placement else (), outside_vpc)

    def _acknowledge(self, patterns: Sequence[str], outside_vpc: str | None) -> None:
        acknowledge(
            self.role.policy,
            "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            reason="x-ray, EC2's describe actions, DynamoDB's list of streams and Step Functions' task callbacks accept no "
            "resource but * (Service Authorization Reference)",
            owner=OWNER,
            expires=NEXT_REVIEW,
        )
        for pattern in patterns:
            acknowledge(
                self.role.policy,
                f"AwsSolutions::AwsSolutions-IAM5[Resource::{pattern}]",
                reason="lambda names interfaces when it makes them, in these subnets and groups only (Lambda Developer Guide)",
                owner=OWNER,
                expires=NEXT_REVIEW,
            )
        if not patterns:
            acknowledge(
                self.function,
                "NIST.800.53.R5::NIST.800.53.R5-LambdaInsideVPC",
                reason=outside_vpc
                or "runs at deploy time only and calls control planes; accounts without a VPC need it too",
                owner=OWNER,
                expires=NEXT_REVIEW,
                also=["checkov:CKV_AWS_117"],
            )

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal invoke the unqualified function."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=["lambda:InvokeFunction"], resource_arns=[self.arn])

    def metric_errors(self) -> cloudwatch.Metric:
        """Failed invocations, summed over five minutes."""
        return cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name="Errors",
            dimensions_map={"FunctionName": self.name},
            statistic="Sum",
            period=cdk.Duration.minutes(5),
        )


def interfaces(account: str, region: str) -> tuple[str, str]:
    """ARN patterns of the interfaces that Lambda makes, and of what it deletes.

    Lambda names an interface when it makes it, and refuses a role that may not delete on ``*/*`` of its account and Region
    (AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC").
    """
    return f"arn:aws:ec2:{region}:{account}:network-interface/*", f"arn:aws:ec2:{region}:{account}:*/*"


def vpc_statements(placement: Placement, account: str, region: str) -> list[Statement]:
    """What Lambda needs to put a function's interfaces into these subnets and groups, and nowhere else."""
    made, deleted = interfaces(account, region)
    ec2 = f"arn:aws:ec2:{region}:{account}"
    places = [f"{ec2}:subnet/{each}" for each in placement.subnet_ids]
    places += [f"{ec2}:security-group/{each}" for each in placement.security_group_ids]
    return [
        allow("MakeInterfaces", ["ec2:CreateNetworkInterface"], [made, *places]),
        allow("AddressInterfaces", ["ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"], [made]),
        allow("DeleteInterfaces", ["ec2:DeleteNetworkInterface"], [deleted]),
        allow("DescribeInterfaces", VPC_DESCRIBE_ACTIONS, ["*"]),
    ]


def vpc_config(placement: Placement | None) -> dict[str, Any] | None:
    """The function's VpcConfig, None outside a VPC."""
    if placement is None:
        return None
    return {"subnetIds": list(placement.subnet_ids), "securityGroupIds": list(placement.security_group_ids)}
