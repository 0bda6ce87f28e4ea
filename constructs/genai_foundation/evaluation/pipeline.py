"""The evaluation pipeline: runs of test suites against models and prompts, judged by statistics (EVAL-1 to EVAL-4)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation import contract
from genai_foundation.alarms import Alarms
from genai_foundation.errors import FoundationError
from genai_foundation.evaluation import functions
from genai_foundation.evaluation.functions import Context, Datasets, Layers, Models, Tracking, step_function
from genai_foundation.evaluation.jobs import job_functions
from genai_foundation.evaluation.machine import StateMachine
from genai_foundation.evaluation.parts import RateTable, SigningKey
from genai_foundation.evaluation.state_machine import STEPS, definition
from genai_foundation.evaluation.tracking import mark_writer
from genai_foundation.function import Function, Operations, Placement, Runtime
from genai_foundation.iam import allow
from genai_foundation.messaging import NotificationTopic
from genai_foundation.storage import SecureBucket

YEAR_SECONDS = 365 * 24 * 3600
MOST_BATCHES = 50
MOST_PLUGIN_LAYERS = 4


class EvaluationPipeline(Construct):
    """Evaluates candidates with published suites: asks, scores, judges, has people review, decides, reports.

    A run is an object `runs/RUN/run.json` in the bucket and an execution with the input {"run": RUN}. Everything it needs
    and leaves lies below `runs/RUN/`; a new execution of the same run goes on where another one ended.

    :param environment_name: dev, pre-prod or prod
    :param operations: keys, retention and the dead-letter queue
    :param placement: isolated subnets and a group that reaches the endpoints
    :param datasets: where published suites lie
    :param models: what runs may call
    :param layers: dependencies of the functions
    :param tracking: where experiments are logged
    :param access_log_bucket: receives the bucket's server access log
    :param alarm_topic_arn: where alarms go
    :param reviewers: e-mail addresses that are told of forms to fill in. Default none
    :param retention_days: days until a run's objects are deleted. Default 365
    :param max_concurrency: batches of a run at once. Default 4: all share the model's quota, so that more of them finish no
        sooner once it is used up
    :param timeout: longest execution, waiting for reviewers included. Default 14 days
    :param plugin_layer_arns: layers with further metrics (docs/evaluation/metrics.md), ARN with version. Default none
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment_name: str,
        operations: Operations,
        placement: Placement,
        datasets: Datasets,
        models: Models,
        layers: Layers,
        tracking: Tracking,
        access_log_bucket: str,
        alarm_topic_arn: str,
        reviewers: Sequence[str] = (),
        runtime: Runtime | None = None,
        retention_days: int = 365,
        max_concurrency: int = 4,
        timeout: cdk.Duration | None = None,
        plugin_layer_arns: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        seconds = int((timeout or cdk.Duration.days(14)).to_seconds())
        _check(retention_days, max_concurrency, seconds, plugin_layer_arns)
        self.bucket = SecureBucket(
            self,
            "Bucket",
            key_arn=operations.data_key_arn,
            access_log_bucket=access_log_bucket,
            noncurrent_days=30,
            expire_days=retention_days,
        )
        self._plugins = plugin_layer_arns
        self._table = RateTable(self, "Rates", key_arn=operations.data_key_arn)
        self._signing_key = SigningKey(self, "SigningKey")
        self._topic = NotificationTopic(
            self,
            "Reviews",
            key_arn=operations.data_key_arn,
            subscribers=reviewers,
            display_name="Answers to review",
            publishers=(),
        )
        self._context = Context(
            environment_name, operations, placement, runtime or Runtime(), layers, self.bucket, max_concurrency
        )
        self.functions = {
            **self._plan(datasets),
            **self._calls(models),
            **job_functions(self, self._context, evaluator_arns=models.judge_arns),
            **self._reviews(),
            **self._decisions(tracking),
        }
        self.state_machine = StateMachine(
            self,
            "StateMachine",
            definition=definition(max_concurrency=max_concurrency, timeout_seconds=seconds),
            functions={name: self.functions[name] for name in STEPS},
            bucket=self.bucket,
            readable=["runs/*/looks/*"],
            operations=operations,
        )
        alarms = Alarms(self, "Alarms", topic_arn=alarm_topic_arn)
        alarms.add_state_machine("Run", self.state_machine.arn)
        for name, function in self.functions.items():
            alarms.add_function(name, function.name)

    def _plan(self, datasets: Datasets) -> dict[str, Function]:
        plan = step_function(
            self,
            "Plan",
            self._context,
            statements=functions.read_datasets(datasets, cdk.Stack.of(self).region),
            environment={"DATASET_BUCKET": datasets.bucket_name, "DATASET_STAGE": datasets.stage},
        )
        reason = "published suites of one stage; their versions are content hashes and need no change here"
        functions.acknowledge_policy(plan, f"arn:aws:s3:::{datasets.bucket_name}/{datasets.stage}/*", reason)
        if "*" in datasets.key_arn:
            reason = "the key's id is known in its own account only, whose key policy decides; S3 alone may use it"
            functions.acknowledge_policy(plan, datasets.key_arn, reason)
        return {"Plan": plan}

    def _calls(self, models: Models) -> dict[str, Function]:
        """The steps that call models, within one quota."""
        shared = {"RATE_TABLE_NAME": self._table.name}
        quota = functions.quota(self._table)
        invoke = step_function(
            self,
            "Invoke",
            self._context,
            statements=[quota, *functions.some("Endpoints", ["lambda:InvokeFunction"], models.endpoint_arns)],
            policy_arns=[*models.invocation_policy_arns, *models.guardrail_policy_arns],
            environment=shared,
        )
        score = step_function(
            self,
            "Score",
            self._context,
            statements=functions.some("Embed", ["bedrock:InvokeModel"], models.embedding_arns),
            policy_arns=models.guardrail_policy_arns,
            plugin_layer_arns=self._plugins,
        )
        judge = step_function(
            self,
            "Judge",
            self._context,
            statements=[quota, *functions.some("Judge", ["bedrock:InvokeModel"], models.judge_arns)],
            environment=shared,
        )
        functions.acknowledge_unguarded(
            score.role.policy,
            models.embedding_arns,
            "a guardrail doesn't apply to embeddings, which return numbers only",
        )
        functions.acknowledge_unguarded(
            judge.role.policy, models.judge_arns, "a judge must see what a guardrail would hide; its answer is a number"
        )
        return {"Invoke": invoke, "Score": score, "Judge": judge}

    def _reviews(self) -> dict[str, Function]:
        shared = {"SIGNING_KEY_ID": self._signing_key.id, "REVIEW_TOPIC_ARN": self._topic.arn}
        # A task token is all that names the execution: the action has no resource.
        resume = allow("Resume", ["states:SendTaskSuccess"], ["*"])
        statements = {
            "ReviewPlan": [functions.sign(self._signing_key, "kms:GenerateMac")],
            "ReviewRequest": [allow("Tell", ["sns:Publish"], [self._topic.arn]), resume],
            "ReviewSubmit": [functions.sign(self._signing_key, "kms:VerifyMac"), resume],
        }
        return {
            name: step_function(self, name, self._context, statements=each, environment=shared)
            for name, each in statements.items()
        }

    def _decisions(self, tracking: Tracking) -> dict[str, Function]:
        assume = allow("Assume", ["sts:AssumeRole"], [tracking.role_arn])
        variables = {"TRACKING_ROLE_ARN": tracking.role_arn, "TRACKING_PARAMETER": tracking.parameter}
        track = step_function(
            self,
            "Track",
            self._context,
            statements=[assume],
            environment=variables,
            outside_vpc="an MLflow App has no VPC endpoint service (docs/adr/0013-experiments-in-mlflow.md)",
        )
        mark_writer(track.role.role)
        return {
            "Gate": step_function(self, "Gate", self._context, plugin_layer_arns=self._plugins),
            "Publish": step_function(self, "Publish", self._context),
            "Track": track,
        }

    def publish(self) -> None:
        """Publish state machine, bucket and the function that takes reviews, for this account and Region."""
        contract.publish(self, "StateMachineArn", contract.EVALUATION_STATE_MACHINE, self.state_machine.arn)
        contract.publish(self, "BucketName", contract.EVALUATION_BUCKET, self.bucket.name)
        contract.publish(self, "ReviewSubmitName", contract.REVIEW_SUBMIT, self.functions["ReviewSubmit"].name)

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal request runs, start and follow their executions, and read what they leave; the data key needs
        its own grant."""
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["s3:PutObject"],
            resource_arns=[f"{self.bucket.arn}/runs/*/run.json", f"{self.bucket.arn}/own-responses/*"],
        )
        return self.state_machine.grant_start(grantee).combine(self.bucket.grant_read(grantee))

    def metric_failed(self) -> cloudwatch.Metric:
        """Failed executions, summed over five minutes."""
        return self.state_machine.metric("ExecutionsFailed", "Sum")

    def metric_duration(self) -> cloudwatch.Metric:
        """Milliseconds from an execution's start to its end, on average over five minutes."""
        return self.state_machine.metric("ExecutionTime", "Average")


def _check(retention_days: int, max_concurrency: int, seconds: int, plugin_layer_arns: Sequence[str]) -> None:
    if retention_days < 1:
        raise FoundationError("GF-EVAL-300", f"retention_days is {retention_days}: give at least 1 day")
    if not 1 <= max_concurrency <= MOST_BATCHES:
        raise FoundationError(
            "GF-EVAL-301",
            f"max_concurrency is {max_concurrency}: give 1 to {MOST_BATCHES}; a model's quota is used up by fewer",
        )
    if seconds > YEAR_SECONDS:
        raise FoundationError(
            "GF-EVAL-302",
            f"timeout is {seconds} seconds: an execution runs for at most a year (Step Functions quotas), give less",
        )
    if len(plugin_layer_arns) > MOST_PLUGIN_LAYERS:
        raise FoundationError(
            "GF-EVAL-303",
            f"plugin_layer_arns has {len(plugin_layer_arns)} layers: a function takes {MOST_PLUGIN_LAYERS} beside its own "
            "(Lambda quotas), put several plug-ins into one layer",
        )
