"""The functions of the pipeline: each may touch the objects, tables, keys and models of its own step, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import aws_cdk as cdk
from constructs import Construct, IConstruct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.evaluation.parts import RateTable, SigningKey
from genai_foundation.evaluation.steps import STEPS, Step
from genai_foundation.function import Function, Operations, Placement, Runtime
from genai_foundation.iam import Statement, allow
from genai_foundation.reviews import NEXT_REVIEW, OWNER
from genai_foundation.storage import SecureBucket

METRICS_NAMESPACE = "GenAIFoundation"
HANDLERS = "genai_runtime.evaluation.handlers"
# Runs of different suites at once for which functions are kept free; more of them wait their turn.
RUNS_AT_ONCE = 2
SINGLE = 5


@dataclass(frozen=True)
class Datasets:
    """Where published suites lie.

    :param bucket_name: bucket of golden datasets, in any account
    :param key_arn: its key, or a pattern of its account's keys: the key's policy decides, and S3 alone may use it here
    :param stage: ``golden``, or ``redacted`` where personal data must not go
    """

    bucket_name: str
    key_arn: str
    stage: Literal["golden", "redacted"] = "golden"


@dataclass(frozen=True)
class Models:
    """What a run may call; what isn't named here is refused, and such cases stay undecided.

    :param invocation_policy_arns: managed policies to invoke models behind a guardrail
    :param guardrail_policy_arns: managed policies to apply guardrails
    :param judge_arns: models that judge, without a guardrail: it would hide what is to be judged
    :param embedding_arns: models that embed, for semantic similarity
    :param endpoint_arns: functions of deployed use cases
    """

    invocation_policy_arns: Sequence[str]
    guardrail_policy_arns: Sequence[str] = ()
    judge_arns: Sequence[str] = ()
    embedding_arns: Sequence[str] = ()
    endpoint_arns: Sequence[str] = ()


@dataclass(frozen=True)
class Layers:
    """ARNs of the layers, with their versions.

    :param base: dependencies of every function
    :param scoring: metrics
    :param statistics: numerical libraries of the gate
    :param publishing: plots, pages and experiment tracking
    """

    base: str
    scoring: str
    statistics: str
    publishing: str


@dataclass(frozen=True)
class Tracking:
    """Where experiments are logged.

    :param role_arn: role to assume, in the account of the tracking server
    :param parameter: SSM parameter of that account that names the server
    """

    role_arn: str
    parameter: str


@dataclass(frozen=True)
class Context:
    """What all functions of one pipeline share."""

    environment_name: str
    operations: Operations
    placement: Placement
    runtime: Runtime
    layers: Layers
    bucket: SecureBucket
    max_concurrency: int


def step_function(
    scope: Construct,
    name: str,
    context: Context,
    *,
    statements: Sequence[Statement] = (),
    policy_arns: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    outside_vpc: str | None = None,
    plugin_layer_arns: Sequence[str] = (),
) -> Function:
    """The function of one step; `statements` and `environment` are what it has beside its objects and the common ones.

    :param outside_vpc: why it can't run in the VPC
    :param plugin_layer_arns: layers beside the step's own
    """
    step = STEPS[name]
    function = Function(
        scope,
        name,
        handler=f"{HANDLERS}.{step.handler}.handler",
        description=step.description,
        operations=context.operations,
        runtime=context.runtime,
        placement=None if outside_vpc else context.placement,
        outside_vpc=outside_vpc,
        layer_arns=[getattr(context.layers, step.layer), *plugin_layer_arns],
        # Assembles requests as model access does, so that what is evaluated is what is served.
        uses=("model_access",),
        timeout=cdk.Duration.minutes(step.minutes),
        memory_mib=step.memory_mib,
        reserved_concurrency=context.max_concurrency * RUNS_AT_ONCE if step.per_batch else SINGLE,
        policy_arns=policy_arns,
        environment={
            "ENVIRONMENT": context.environment_name,
            "BUCKET_NAME": context.bucket.name,
            "POWERTOOLS_SERVICE_NAME": f"evaluation-{step.handler.replace('_', '-')}",
            "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
            "LOG_LEVEL": "INFO",
            **(environment or {}),
        },
        statements=[*_objects(context.bucket, step), *statements],
    )
    _acknowledge_objects(function, step, context.bucket)
    return function


def _objects(bucket: SecureBucket, step: Step) -> list[Statement]:
    """The step's objects. Without the right to list, S3 says that a missing object is forbidden (S3 API, GetObject)."""
    return [
        allow("List", ["s3:ListBucket"], [bucket.arn]),
        allow("Read", ["s3:GetObject"], [f"{bucket.arn}/{each}" for each in step.reads]),
        *([allow("Write", ["s3:PutObject"], [f"{bucket.arn}/{each}" for each in step.writes])] if step.writes else []),
    ]


def _acknowledge_objects(function: Function, step: Step, bucket: SecureBucket) -> None:
    arn = f"<{cdk.Stack.of(function).get_logical_id(bucket.bucket)}.Arn>"
    for each in dict.fromkeys((*step.reads, *step.writes)):
        acknowledge_policy(
            function,
            f"{arn}/{each}",
            "objects of one kind in the pipeline's own bucket; runs are named when they start",
        )


def acknowledge_policy(function: Function, resource: str, reason: str) -> None:
    """Acknowledge a resource pattern in a function's policy."""
    acknowledge(
        function.role.policy,
        f"AwsSolutions::AwsSolutions-IAM5[Resource::{resource}]",
        reason=reason,
        owner=OWNER,
        expires=NEXT_REVIEW,
    )


def some(sid: str, actions: Sequence[str], resources: Sequence[str]) -> list[Statement]:
    """A statement, unless there is nothing to allow: IAM takes no empty list."""
    return [allow(sid, actions, resources)] if resources else []


def acknowledge_unguarded(policy: IConstruct, arns: Sequence[str], reason: str) -> None:
    """Acknowledge that a policy lets models be called without a guardrail."""
    if arns:
        acknowledge(policy, f"GF::GF-IAM-005[{', '.join(arns)}]", reason=reason, owner=OWNER, expires=NEXT_REVIEW)


def quota(table: RateTable) -> Statement:
    """Takes from the shared quota of a model."""
    return allow("Quota", ["dynamodb:GetItem", "dynamodb:UpdateItem"], [table.arn])


def read_datasets(datasets: Datasets, region: str) -> list[Statement]:
    """Reads published suites of one stage, and decrypts them through S3."""
    bucket = f"arn:aws:s3:::{datasets.bucket_name}"
    via = {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}
    return [
        allow("ListDatasets", ["s3:ListBucket"], [bucket]),
        allow("ReadDatasets", ["s3:GetObject"], [f"{bucket}/{datasets.stage}/*"]),
        allow("DecryptDatasets", ["kms:Decrypt"], [datasets.key_arn], via),
    ]


def sign(key: SigningKey, action: Literal["kms:GenerateMac", "kms:VerifyMac"]) -> Statement:
    """Signs or verifies forms."""
    return allow("Sign", [action], [key.arn])
