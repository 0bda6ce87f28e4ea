"""The functions that watch candidates: observe counts and rolls back, shadow asks a second time, feedback takes ratings."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from genai_foundation import contract
from genai_foundation.alarms import Alarms
from genai_foundation.function import Function
from genai_foundation.iam import Statement, allow
from genai_foundation.live.configuration import LiveAccess, acknowledge_configurations, read_configurations
from genai_foundation.live.functions import Setting, live_function
from genai_foundation.live.log import append_log, count
from genai_foundation.live.permissions import (
    LiveState,
    acknowledge_deployments,
    acknowledge_parameters,
    acknowledge_profiles,
    read_parameters,
    show_live,
)
from genai_foundation.live.shadow import VISIBILITY_SECONDS

FILTER: Final = {"dynamodb": {"NewImage": {"experiment": {"S": [{"exists": True}]}}}}
"""Audit records of requests that took part in an experiment; Lambda doesn't bill what it leaves out."""
BATCH: Final = 100
STREAM_ACTIONS: Final = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
QUEUE_ACTIONS: Final = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
)
SHADOWS_AT_ONCE: Final = 5
RETRIES: Final = 5
SCORING: Final = ("evaluation", "model_access")
"""Capabilities of functions that compare answers or users as evaluations do."""
BEHIND_SECONDS: Final = 60


@dataclass(frozen=True)
class Audited:
    """The audit table of model access.

    :param table_name: the table
    :param stream_arn: its stream of new records
    :param retention_days: days until a record expires
    """

    table_name: str
    stream_arn: str
    retention_days: int


class OnlineFunctions(Construct):
    """Observe on the audit records' stream, shadow on its queue, feedback for the callers of use cases.

    :param setting: what they share
    :param state: the log and the application
    :param audited: where requests are recorded
    :param access: what is live, and the queue of requests to be asked again
    :param statistics_layer_arn: numerical libraries of the gate, for looks at A/B tests
    :param policy_arns: what the shadow may use of the catalog and of the models, as model access does
    :param alarm_topic_arn: where alarms go
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        setting: Setting,
        state: LiveState,
        audited: Audited,
        access: LiveAccess,
        statistics_layer_arn: str,
        policy_arns: Sequence[str],
        alarm_topic_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        self._setting = setting
        self._audit_arn = f"arn:aws:dynamodb:{stack.region}:{stack.account}:table/{audited.table_name}"
        self._audit = {"AUDIT_TABLE_NAME": audited.table_name, "AUDIT_RETENTION_DAYS": str(audited.retention_days)}
        self.observe = self._observe(state, audited.stream_arn, statistics_layer_arn)
        self.shadow = self._shadow(access, policy_arns)
        self.feedback = self._feedback()
        alarms = Alarms(self, "Alarms", topic_arn=alarm_topic_arn)
        for name, function in (("Observe", self.observe), ("Shadow", self.shadow), ("Feedback", self.feedback)):
            alarms.add_function(name, function.name)
        alarms.add_stream("ObserveBehind", self.observe.name, seconds=BEHIND_SECONDS)

    def _observe(self, state: LiveState, stream_arn: str, layer_arn: str) -> Function:
        """One batch at a time in the order of the records: who looks after each request must see them in order."""
        function = live_function(
            self,
            "Observe",
            self._setting,
            description="Counts what candidates do, and rolls back the one that breaks its limits",
            statements=[
                *show_live(self, state),
                append_log(state.table_arn),
                count(state.table_arn),
                allow("ReadStream", STREAM_ACTIONS, [stream_arn]),
                # Lambda asks for it when a mapping is made; it accepts no resource.
                allow("FindStreams", ["dynamodb:ListStreams"], ["*"]),
            ],
            variables=state.variables,
            timeout=cdk.Duration.minutes(1),
            reserved_concurrency=5,
            memory_mib=1024,
            layer_arn=layer_arn,
            uses=SCORING,
        )
        acknowledge_profiles(function, state)
        acknowledge_deployments(function, state)
        self._source(
            "Requests",
            function,
            stream_arn,
            starting_position="TRIM_HORIZON",
            batch_size=BATCH,
            maximum_batching_window_in_seconds=0,
            parallelization_factor=1,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=RETRIES,
            filter_criteria={"filters": [{"pattern": json.dumps(FILTER, separators=(",", ":"))}]},
            function_response_types=["ReportBatchItemFailures"],
            destination_config={"onFailure": {"destination": self._setting.operations.dead_letter_queue_arn}},
        )
        return function

    def _shadow(self, access: LiveAccess, policy_arns: Sequence[str]) -> Function:
        function = live_function(
            self,
            "Shadow",
            self._setting,
            description="Asks a candidate what was asked already, and compares the answers",
            policy_arns=policy_arns,
            statements=[
                allow("Questions", QUEUE_ACTIONS, [access.shadow_queue_arn]),
                self._writes_audit(),
                read_configurations(self, access),
                read_parameters(self, ("use-cases",)),
            ],
            variables=self._audit | access.variables | {"PARAMETER_PREFIX": contract.PREFIX},
            timeout=cdk.Duration.seconds(VISIBILITY_SECONDS // 6),
            reserved_concurrency=2 * SHADOWS_AT_ONCE,
            memory_mib=1024,
            uses=SCORING,
        )
        acknowledge_parameters(function, ("use-cases",))
        acknowledge_configurations(function, access)
        self._source(
            "Questions",
            function,
            access.shadow_queue_arn,
            batch_size=1,
            scaling_config={"maximumConcurrency": SHADOWS_AT_ONCE},
            function_response_types=["ReportBatchItemFailures"],
        )
        return function

    def _feedback(self) -> Function:
        return live_function(
            self,
            "Feedback",
            self._setting,
            description="Takes a user's rating of an answer",
            statements=[allow("ReadAudit", ["dynamodb:GetItem"], [self._audit_arn]), self._writes_audit()],
            variables=self._audit,
            timeout=cdk.Duration.seconds(15),
            reserved_concurrency=10,
        )

    def _writes_audit(self) -> Statement:
        return allow("Audit", ["dynamodb:PutItem"], [self._audit_arn])

    def _source(self, name: str, function: Function, source_arn: str, **more: Any) -> None:
        mapping = lambda_.CfnEventSourceMapping(
            self, name, function_name=function.name, event_source_arn=source_arn, **more
        )
        # Lambda checks the role's permissions when it makes the mapping.
        mapping.add_resource_dependency(function.role.policy)

    def publish(self) -> None:
        """Publish the function that use cases give an alias of their own."""
        contract.publish(self, "FeedbackName", contract.LIVE_FEEDBACK, self.feedback.name)
