"""The functions that change what is live: activate appends to the log, reconcile shows its newest record, validate refuses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from genai_foundation import contract
from genai_foundation.alarms import Alarms
from genai_foundation.function import Function, Operations, Placement, Runtime
from genai_foundation.iam import Statement
from genai_foundation.live.configuration import application_arn
from genai_foundation.live.log import append_log, read_log
from genai_foundation.live.permissions import (
    LiveState,
    acknowledge_catalog,
    acknowledge_deployments,
    acknowledge_parameters,
    acknowledge_profiles,
    identify_profiles,
    read_catalog,
    read_parameters,
    show_live,
)

METRICS_NAMESPACE: Final = "GenAIFoundation"
HANDLERS: Final = "genai_runtime.live.handlers"
VALIDATE_SECONDS: Final = 14
"""AppConfig waits 15 seconds for a validator, its start included (AWS AppConfig User Guide, "Understanding validators")."""


@dataclass(frozen=True)
class Setting:
    """What all functions of a stack share.

    :param environment_name: dev, pre-prod or prod
    :param operations: keys, retention and the dead-letter queue
    :param placement: isolated subnets and a group that reaches the endpoints
    :param layer_arn: the base layer
    """

    environment_name: str
    operations: Operations
    placement: Placement
    runtime: Runtime
    layer_arn: str


class LiveFunctions(Construct):
    """Activate, reconcile with its schedule, and validate with AppConfig's permission to ask it.

    :param setting: what they share
    :param state: the log and the application
    :param alarm_topic_arn: where alarms go
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, setting: Setting, state: LiveState, alarm_topic_arn: str
    ) -> None:
        super().__init__(scope, construct_id)
        self._setting = setting
        self._state = state
        contracts, catalog = read_parameters(self), read_catalog(self)
        show = show_live(self, state)
        self.activate = live_function(
            self,
            "Activate",
            setting,
            description="Appends a record of what is live, and shows it",
            statements=[*show, append_log(state.table_arn), contracts, *catalog],
            variables=state.variables | {"PARAMETER_PREFIX": contract.PREFIX},
            timeout=cdk.Duration.minutes(3),
            reserved_concurrency=5,
        )
        self.reconcile = live_function(
            self,
            "Reconcile",
            setting,
            description="Makes AppConfig show the newest records",
            statements=show,
            variables=state.variables,
            timeout=cdk.Duration.minutes(3),
            reserved_concurrency=2,
        )
        self.validate = live_function(
            self,
            "Validate",
            setting,
            description="Refuses what isn't deployed or isn't in the contract of its use case",
            statements=[read_log(state.table_arn), *identify_profiles(self, state), contracts, *catalog],
            variables={"LIVE_TABLE_NAME": state.table_name, "PARAMETER_PREFIX": contract.PREFIX},
            timeout=cdk.Duration.seconds(VALIDATE_SECONDS),
            reserved_concurrency=5,
            memory_mib=1024,
        )
        self._acknowledge()
        self._schedule()
        self._admit_appconfig()
        alarms = Alarms(self, "Alarms", topic_arn=alarm_topic_arn)
        for name, function in (("Activate", self.activate), ("Reconcile", self.reconcile), ("Validate", self.validate)):
            alarms.add_function(name, function.name)
        alarms.add_count(
            "NotShown",
            "what is live for a use case isn't shown: see the log group of the function Reconcile",
            (METRICS_NAMESPACE, "LiveNotShown", "live-reconcile"),
        )

    def _schedule(self) -> None:
        """Every minute: what a killed function left behind is shown by the next one."""
        rule = events.CfnRule(
            self,
            "Schedule",
            description="Shows what is live, in case that it isn't shown",
            schedule_expression="rate(1 minute)",
            targets=[{"id": "Reconcile", "arn": self.reconcile.arn, "input": "{}"}],
        )
        lambda_.CfnPermission(
            self,
            "FromSchedule",
            action="lambda:InvokeFunction",
            function_name=self.reconcile.name,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
            source_account=cdk.Stack.of(self).account,
        )
        # The next minute is the retry.
        lambda_.CfnEventInvokeConfig(
            self,
            "Once",
            function_name=self.reconcile.name,
            qualifier="$LATEST",
            maximum_retry_attempts=0,
            maximum_event_age_in_seconds=60,
        )

    def _admit_appconfig(self) -> None:
        lambda_.CfnPermission(
            self,
            "FromAppConfig",
            action="lambda:InvokeFunction",
            function_name=self.validate.name,
            principal="appconfig.amazonaws.com",
            source_arn=f"{application_arn(self, self._state.application_id)}/configurationprofile/*",
            source_account=cdk.Stack.of(self).account,
        )

    def _acknowledge(self) -> None:
        for function in (self.activate, self.reconcile):
            acknowledge_profiles(function, self._state)
            acknowledge_deployments(function, self._state)
        for function in (self.activate, self.validate):
            acknowledge_parameters(function)
            acknowledge_catalog(function)
        acknowledge_profiles(self.validate, self._state)

    def publish(self) -> None:
        """Publish the functions that others call."""
        contract.publish(self, "ActivateName", contract.LIVE_ACTIVATE, self.activate.name)
        contract.publish(self, "ValidateArn", contract.LIVE_VALIDATE, self.validate.arn)


def live_function(
    scope: Construct,
    name: str,
    setting: Setting,
    *,
    description: str,
    statements: Sequence[Statement],
    variables: Mapping[str, str],
    timeout: cdk.Duration,
    reserved_concurrency: int,
    policy_arns: Sequence[str] = (),
    memory_mib: int = 512,
    layer_arn: str | None = None,
    uses: Sequence[str] = ("model_access",),
) -> Function:
    """A function of what is live; its handler, service and construct have the same name.

    By default it has the base layer, and reads contracts as model access does, so that what is checked is what is served.
    """
    service = name.lower()
    return Function(
        scope,
        name,
        handler=f"{HANDLERS}.{service}.handler",
        description=description,
        operations=setting.operations,
        runtime=setting.runtime,
        placement=setting.placement,
        layer_arns=[layer_arn or setting.layer_arn],
        uses=uses,
        policy_arns=policy_arns,
        timeout=timeout,
        memory_mib=memory_mib,
        reserved_concurrency=reserved_concurrency,
        environment={
            "ENVIRONMENT": setting.environment_name,
            "POWERTOOLS_SERVICE_NAME": f"live-{service}",
            "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
            "LOG_LEVEL": "INFO",
            **variables,
        },
        statements=statements,
    )
