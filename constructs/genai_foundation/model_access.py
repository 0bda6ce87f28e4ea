"""The smallest real consumer: a function that answers a catalog prompt through a guardrail and leaves an audit record."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from genai_foundation import contract
from genai_foundation.acknowledge import acknowledge
from genai_foundation.alarms import Alarms
from genai_foundation.assets import lambda_layer
from genai_foundation.function import Function, Operations, Placement, Runtime
from genai_foundation.iam import Statement, allow
from genai_foundation.live.configuration import LiveAccess, acknowledge_configurations, read_configurations
from genai_foundation.reviews import NEXT_REVIEW, OWNER
from genai_foundation.tables import global_table

METRICS_NAMESPACE = "GenAIFoundation"
SERVICE = "model-access"


class AuditTable(Construct):
    """One record per request: who, what, which model, how long, what the guardrail did (SEC-4).

    :param key_arn: customer key
    """

    def __init__(self, scope: Construct, construct_id: str, *, key_arn: str) -> None:
        super().__init__(scope, construct_id)
        # Candidates are watched record by record; what Lambda reads of a stream costs nothing.
        self.table = global_table(
            self, hash_key="use_case", range_key="at", key_arn=key_arn, expires=True, stream="NEW_IMAGE"
        )
        self.name = self.table.ref
        self.arn = self.table.attr_arn
        self.stream_arn = self.table.attr_stream_arn

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal query the records; the key needs its own grant."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["dynamodb:GetItem", "dynamodb:Query"], resource_arns=[self.arn]
        )


class ModelAccess(Construct):
    """Answers a catalog prompt with an approved model, through the private endpoints, guarded and audited.

    Each use case calls its own alias (see `UseCase`), so that the function knows who calls without asking.

    :param environment_name: dev, pre-prod or prod
    :param operations: keys, retention and the dead-letter queue
    :param placement: isolated subnets and a group that reaches the endpoints
    :param policy_arns: what it may use of the catalog and of the models, see `catalog_access`
    :param audit_retention_days: days until a record expires
    :param alarm_topic_arn: where alarms go
    :param live: where it reads what is live. Default None: the versions of each use case's contract are, as in a Region
        without the stack Live
    :param reserved_concurrency: the most requests at once; more are throttled, which callers retry. Default 50
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment_name: str,
        operations: Operations,
        placement: Placement,
        policy_arns: Sequence[str],
        audit_retention_days: int,
        alarm_topic_arn: str,
        live: LiveAccess | None = None,
        runtime: Runtime | None = None,
        reserved_concurrency: int = 50,
    ) -> None:
        super().__init__(scope, construct_id)
        runtime = runtime or Runtime()
        stack = cdk.Stack.of(self)
        self.table = AuditTable(self, "Audit", key_arn=operations.data_key_arn)
        code = lambda_layer(self)
        layer = lambda_.CfnLayerVersion(
            self,
            "Layer",
            content={"s3Bucket": code.s3_bucket_name, "s3Key": code.s3_object_key},
            description="Dependencies of the platform's functions",
            compatible_runtimes=[runtime.identifier],
            compatible_architectures=[runtime.architecture],
        )
        parameters = f"arn:aws:ssm:{stack.region}:{stack.account}:parameter"
        use_cases = f"{parameters}{contract.parameter_name(contract.use_case('*'))}"
        self.function = Function(
            self,
            "Default",
            handler="genai_runtime.model_access.handler.handler",
            uses=("live",),
            description="Answers a catalog prompt through a guardrail and audits it",
            operations=operations,
            runtime=runtime,
            placement=placement,
            layer_arns=[layer.ref],
            policy_arns=policy_arns,
            timeout=cdk.Duration.minutes(2),
            memory_mib=1024,
            reserved_concurrency=reserved_concurrency,
            environment={
                "ENVIRONMENT": environment_name,
                "PARAMETER_PREFIX": contract.PREFIX,
                "AUDIT_TABLE_NAME": self.table.name,
                "AUDIT_RETENTION_DAYS": str(audit_retention_days),
                **live_variables(live),
                "POWERTOOLS_SERVICE_NAME": SERVICE,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                "LOG_LEVEL": "INFO",
            },
            statements=[
                allow("Audit", ["dynamodb:PutItem"], [self.table.arn]),
                allow("UseCases", ["ssm:GetParameter"], [use_cases]),
                *self._live_statements(live),
            ],
        )
        acknowledge(
            self.function.role.policy,
            f"AwsSolutions::AwsSolutions-IAM5[Resource::{use_cases}]",
            reason="contracts of use cases only; a new use case must not need a change of this function",
            owner=OWNER,
            expires=NEXT_REVIEW,
        )
        if live:
            acknowledge_configurations(self.function, live)
        alarms = Alarms(self, "Alarms", topic_arn=alarm_topic_arn)
        alarms.add_function("Function", self.function.name)
        alarms.add_outcomes(METRICS_NAMESPACE, SERVICE)

    def _live_statements(self, live: LiveAccess | None) -> list[Statement]:
        if live is None:
            return []
        shadow = allow("Shadow", ["sqs:SendMessage"], [live.shadow_queue_arn])
        return [read_configurations(self, live), shadow]

    def publish(self) -> None:
        """Publish the function for the use cases of this account and Region."""
        contract.publish(self, "Name", contract.MODEL_ACCESS_NAME, self.function.name)
        contract.publish(self, "Arn", contract.MODEL_ACCESS_ARN, self.function.arn)
        contract.publish(self, "AuditName", contract.MODEL_ACCESS_AUDIT_TABLE, self.table.name)
        contract.publish(self, "AuditStream", contract.MODEL_ACCESS_AUDIT_STREAM, self.table.stream_arn)


def live_variables(live: LiveAccess | None) -> dict[str, str]:
    """Environment variables about what is live; empty where nothing but the contract says that."""
    if live is None:
        return dict.fromkeys(("LIVE_APPLICATION", "LIVE_ENVIRONMENT", "LIVE_MAX_AGE_SECONDS", "SHADOW_QUEUE_URL"), "")
    return {**live.variables, "SHADOW_QUEUE_URL": live.shadow_queue_url}
