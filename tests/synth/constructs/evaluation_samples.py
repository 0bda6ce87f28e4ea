"""The evaluation's constructs with arguments as a line of business would give them."""

from collections.abc import Callable, Mapping
from typing import Any

from constructs import Construct

from genai_foundation.evaluation.datasets import GoldenDatasets
from genai_foundation.evaluation.functions import Datasets, Layers, Models, Tracking
from genai_foundation.evaluation.machine import StateMachine
from genai_foundation.evaluation.parts import RateTable, SigningKey
from genai_foundation.evaluation.pipeline import EvaluationPipeline
from genai_foundation.evaluation.redaction import DatasetRedaction, PseudonymKey
from genai_foundation.evaluation.tracking import ExperimentTracking
from genai_foundation.function import Function
from genai_foundation.storage import SecureBucket
from tests.synth.constructs.values import ACCOUNT, KEY, MODEL, OPERATIONS, ORGANISATION, PLACEMENT, REGION, TOPIC


def evaluation(scope: Construct, construct_id: str, **changed: Any) -> EvaluationPipeline:
    """The pipeline over suites of another account."""
    layer = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer"
    return EvaluationPipeline(
        scope,
        construct_id,
        environment_name="dev",
        operations=OPERATIONS,
        placement=PLACEMENT,
        datasets=Datasets("golden-343434343434", f"arn:aws:kms:{REGION}:343434343434:key/*", "redacted"),
        models=Models(
            invocation_policy_arns=[f"arn:aws:iam::{ACCOUNT}:policy/invoke-guarded"],
            guardrail_policy_arns=[f"arn:aws:iam::{ACCOUNT}:policy/apply-guardrails"],
            judge_arns=[MODEL],
            embedding_arns=[f"arn:aws:bedrock:{REGION}::foundation-model/amazon.titan-embed-text-v2:0"],
            endpoint_arns=[f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:model-access:claims"],
        ),
        layers=Layers(f"{layer}:base:1", f"{layer}:scoring:1", f"{layer}:statistics:1", f"{layer}:publishing:1"),
        tracking=Tracking("arn:aws:iam::565656565656:role/tracking", "/lob/tracking-server"),
        access_log_bucket="access-logs",
        alarm_topic_arn=TOPIC,
        reviewers=["reviewer@example.com"],
        **changed,
    )


def state_machine(scope: Construct, construct_id: str) -> StateMachine:
    """A machine over one function."""
    function = Function(
        scope,
        f"{construct_id}Function",
        handler="genai_runtime.model_access.handler.handler",
        description="a step",
        operations=OPERATIONS,
        placement=PLACEMENT,
        reserved_concurrency=5,
    )
    step = {"Type": "Task", "Resource": "${Step}", "End": True}
    return StateMachine(
        scope,
        construct_id,
        definition={"StartAt": "Step", "States": {"Step": step}},
        functions={"Step": function},
        bucket=SecureBucket(scope, f"{construct_id}Bucket", key_arn=KEY, access_log_bucket="access-logs"),
        readable=["items/*"],
        operations=OPERATIONS,
    )


SAMPLES: Mapping[type[Construct], Callable[[Construct, str], Construct]] = {
    DatasetRedaction: lambda s, i: DatasetRedaction(
        s,
        i,
        bucket_name="golden-121212121212",
        key_arn=KEY,
        operations=OPERATIONS,
        placement=PLACEMENT,
        layer_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:redaction:1",
        alarm_topic_arn=TOPIC,
    ),
    EvaluationPipeline: evaluation,
    ExperimentTracking: lambda s, i: ExperimentTracking(
        s,
        i,
        key_arn=KEY,
        access_log_bucket="access-logs",
        organization_id=ORGANISATION,
        writer_accounts=[ACCOUNT],
    ),
    GoldenDatasets: lambda s, i: GoldenDatasets(
        s,
        i,
        readers={"232323232323": "redacted", "343434343434": "golden"},
        organization_id=ORGANISATION,
        access_log_bucket="access-logs",
    ),
    PseudonymKey: lambda s, i: PseudonymKey(s, i),
    RateTable: lambda s, i: RateTable(s, i, key_arn=KEY),
    SigningKey: lambda s, i: SigningKey(s, i),
    StateMachine: state_machine,
}  # fmt: skip
