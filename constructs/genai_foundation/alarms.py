"""Alarms on what stops a generative AI platform: throttled or failing models, failing functions, dead letters (OBS-1)."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

FIVE_MINUTES = 300


class Alarms(Construct):
    """Alarms that all go to one topic; a missing metric means that nothing happened.

    :param topic_arn: where alarms and recoveries go
    """

    def __init__(self, scope: Construct, construct_id: str, *, topic_arn: str) -> None:
        super().__init__(scope, construct_id)
        self._topic_arn = topic_arn

    def add_function(self, construct_id: str, function_name: str) -> None:
        """Failed and throttled invocations of a function."""
        for metric in ("Errors", "Throttles"):
            self._simple(
                f"{construct_id}{metric}",
                f"{metric.lower()} of a platform function: see its log group",
                ("AWS/Lambda", metric, {"FunctionName": function_name}),
            )

    def add_outcomes(self, namespace: str, service: str) -> None:
        """Requests that a service could not serve, and audit records that it could not write."""
        for metric in ("Failed", "AuditNotWritten"):
            self._simple(
                f"{metric}Requests",
                f"{metric} requests of {service}: each has a code in the audit table and the log",
                (namespace, metric, {"service": service}),
            )

    def add_count(self, construct_id: str, description: str, metric: tuple[str, str, str]) -> None:
        """Something that a service counts and that should not happen: its namespace, metric and service."""
        namespace, name, service = metric
        self._simple(construct_id, description, (namespace, name, {"service": service}))

    def add_state_machine(self, construct_id: str, state_machine_arn: str) -> None:
        """Executions that failed or ran out of time.

        Metrics: AWS Step Functions Developer Guide, "Monitoring Step Functions metrics using Amazon CloudWatch".
        """
        for metric in ("ExecutionsFailed", "ExecutionsTimedOut"):
            self._simple(
                f"{construct_id}{metric}",
                f"{metric} of a state machine: see the execution's events; a new execution goes on where it ended",
                ("AWS/States", metric, {"StateMachineArn": state_machine_arn}),
            )

    def add_dead_letters(self, construct_id: str, queue_name: str) -> None:
        """Any message in a dead-letter queue."""
        self._simple(
            construct_id,
            "events that failed every retry wait in the dead-letter queue",
            ("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue_name}),
            statistic="Maximum",
        )

    def add_backlog(self, construct_id: str, queue_name: str, *, messages: int) -> None:
        """More messages in a queue than its consumer works off."""
        self._simple(
            construct_id,
            f"{messages} messages wait in a queue: its function is too slow, or fails",
            ("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue_name}),
            statistic="Maximum",
            threshold=messages,
        )

    def add_stream(self, construct_id: str, function_name: str, *, seconds: int) -> None:
        """A function that is behind its stream by more than so many seconds."""
        self._simple(
            construct_id,
            f"a function is {seconds} seconds behind its stream: what it watches isn't watched",
            ("AWS/Lambda", "IteratorAge", {"FunctionName": function_name}),
            statistic="Maximum",
            threshold=seconds * 1000,
        )

    def add_models(self, model_ids: Sequence[str]) -> None:
        """Throttles and server errors of each Bedrock model: which model it is matters for what to do.

        Metrics: Amazon Bedrock User Guide, "Monitor Amazon Bedrock using CloudWatch".
        """
        for model_id in model_ids:
            for metric in ("InvocationThrottles", "InvocationServerErrors"):
                self._simple(
                    f"{metric}-{model_id.replace(':', '-')}",
                    f"Bedrock {metric} of {model_id}",
                    ("AWS/Bedrock", metric, {"ModelId": model_id}),
                )

    def _simple(
        self,
        construct_id: str,
        description: str,
        metric: tuple[str, str, dict[str, str]],
        statistic: str = "Sum",
        threshold: int = 1,
    ) -> None:
        namespace, name, dimensions = metric
        cloudwatch.CfnAlarm(
            self,
            construct_id,
            alarm_description=description,
            namespace=namespace,
            metric_name=name,
            dimensions=[{"name": key, "value": value} for key, value in dimensions.items()],
            statistic=statistic,
            period=FIVE_MINUTES,
            evaluation_periods=1,
            threshold=threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[self._topic_arn],
            ok_actions=[self._topic_arn],
        )
