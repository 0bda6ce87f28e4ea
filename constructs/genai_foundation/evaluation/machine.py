"""A Standard state machine over functions: own role, encrypted log group, tracing, customer key."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.function import TRACE_ACTIONS, Function, Operations
from genai_foundation.iam import ServiceRole, allow, confused_deputy, document
from genai_foundation.reviews import NEXT_REVIEW, OWNER
from genai_foundation.storage import SecureBucket

# Log delivery has no resources (Step Functions Developer Guide, "Logging in CloudWatch Logs").
LOG_ACTIONS = [
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
]
SAMPLING_ACTIONS = ["xray:GetSamplingRules", "xray:GetSamplingTargets"]


class StateMachine(Construct):
    """A Standard state machine that invokes functions, reads objects and may run Distributed Maps.

    The data key's policy must let `delivery.logs.amazonaws.com` decrypt (Step Functions Developer Guide, "Data at rest
    encryption").

    :param definition: in Amazon States Language; `${NAME}` stands for the ARN of a function
    :param functions: by NAME
    :param operations: keys and retention
    :param bucket: under the data key; its maps read their items there. Default None: it has no maps
    :param readable: patterns of the keys that they read
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definition: Mapping[str, Any],
        functions: Mapping[str, Function],
        operations: Operations,
        bucket: SecureBucket | None = None,
        readable: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        own = f"arn:aws:states:{stack.region}:{stack.account}"
        self.log_group = logs.CfnLogGroup(
            self, "Logs", kms_key_id=operations.logs_key_arn, retention_in_days=operations.log_retention_days
        )
        self.log_group.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        delivery = {"StringLike": {"kms:EncryptionContext:SourceArn": f"arn:aws:logs:{stack.region}:{stack.account}:*"}}
        self.role = ServiceRole(
            self,
            "Role",
            service="states.amazonaws.com",
            description="Runs a state machine over its own functions",
            condition=confused_deputy(stack.account, f"{own}:stateMachine:*"),
            statements=[
                allow("Invoke", ["lambda:InvokeFunction"], [each.arn for each in functions.values()]),
                *(
                    [allow("ReadItems", ["s3:GetObject"], [f"{bucket.arn}/{each}" for each in readable])]
                    if bucket
                    else []
                ),
                allow("LogDelivery", LOG_ACTIONS, ["*"]),
                allow("LogKey", ["kms:GenerateDataKey"], [operations.data_key_arn], delivery),
                allow("Traces", [*TRACE_ACTIONS, *SAMPLING_ACTIONS], ["*"]),
            ],
        )
        self.machine = stepfunctions.CfnStateMachine(
            self,
            "Default",
            state_machine_type="STANDARD",
            role_arn=self.role.arn,
            definition_string=json.dumps(definition),
            definition_substitutions={name: each.arn for name, each in functions.items()},
            logging_configuration={
                "level": "ALL",
                # Task tokens are in the data: whoever reads them could answer in a reviewer's place.
                "includeExecutionData": False,
                "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": self.log_group.attr_arn}}],
            },
            tracing_configuration={"enabled": True},
            encryption_configuration={
                "type": "CUSTOMER_MANAGED_KMS_KEY",
                "kmsKeyId": operations.data_key_arn,
                "kmsDataKeyReusePeriodSeconds": 300,
            },
        )
        # Step Functions checks the right to deliver logs when it makes the machine.
        self.machine.add_resource_dependency(self.role.policy)
        self.arn = self.machine.ref
        self.executions = f"{own}:execution:{self.machine.attr_name}"
        self._allow_itself(operations.data_key_arn, maps=bucket is not None)
        name = stack.get_logical_id(bucket.bucket) if bucket else ""
        self._acknowledge([f"<{name}.Arn>/{each}" for each in readable] if bucket else [], maps=bucket is not None)

    def _allow_itself(self, key_arn: str, *, maps: bool) -> None:
        """What can only be said of a machine that exists: its maps start children, its history is encrypted.

        Source: Step Functions Developer Guide, "IAM policies for Distributed Map state workflows" and "Data at rest
        encryption".
        """
        stack = cdk.Stack.of(self)
        history = {"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": self.arn}}
        objects = {"StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"}}
        children = [
            allow("StartChildren", ["states:StartExecution"], [self.arn]),
            allow(
                "FollowChildren",
                ["states:DescribeExecution", "states:RedriveExecution", "states:StopExecution"],
                [f"{self.executions}:*", f"{self.executions}/*"],
            ),
        ]
        items = [allow("DecryptItems", ["kms:Decrypt"], [key_arn], objects)]
        iam.CfnManagedPolicy(
            self,
            "Itself",
            description="Children of a state machine's maps, and its history",
            roles=[self.role.role.ref],
            policy_document=document(
                [
                    *(children if maps else []),
                    allow("History", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn], history),
                    *(items if maps else []),
                ]
            ),
        )

    def _acknowledge(self, readable: Sequence[str], *, maps: bool) -> None:
        stack = cdk.Stack.of(self)
        executions = (
            f"arn:aws:states:{stack.region}:{stack.account}:execution:<{stack.get_logical_id(self.machine)}.Name>"
        )
        children = {
            f"{executions}:*": "executions of this machine only; they are named when they start",
            f"{executions}/*": "executions of this machine's maps only; they are named when they start",
        }
        reasons = {
            "*": "log delivery and x-ray accept no resource but * (Service Authorization Reference)",
            **(children if maps else {}),
            **dict.fromkeys(readable, "objects of one kind, which are named when a run starts"),
        }
        for resource, reason in reasons.items():
            acknowledge(
                self,
                f"AwsSolutions::AwsSolutions-IAM5[Resource::{resource}]",
                reason=reason,
                owner=OWNER,
                expires=NEXT_REVIEW,
            )

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal start, follow and stop executions; the key of its history needs its own grant."""
        started = iam.Grant.add_to_principal(
            grantee=grantee, actions=["states:StartExecution", "states:ListExecutions"], resource_arns=[self.arn]
        )
        followed = iam.Grant.add_to_principal(
            grantee=grantee,
            actions=[
                "states:DescribeExecution",
                "states:GetExecutionHistory",
                "states:ListMapRuns",
                "states:StopExecution",
            ],
            resource_arns=[f"{self.executions}:*"],
        )
        return started.combine(followed)

    def metric(self, name: str, statistic: str) -> cloudwatch.Metric:
        """A metric of Step Functions about this machine's executions, over five minutes."""
        return cloudwatch.Metric(
            namespace="AWS/States",
            metric_name=name,
            dimensions_map={"StateMachineArn": self.arn},
            statistic=statistic,
            period=cdk.Duration.minutes(5),
        )
