"""The functions of managed evaluation jobs, and the role that Bedrock takes to run a job.

Decision: docs/adr/0014-managed-evaluation-jobs.md.
"""

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.evaluation.functions import (
    Context,
    acknowledge_policy,
    acknowledge_unguarded,
    some,
    step_function,
)
from genai_foundation.function import Function
from genai_foundation.iam import ServiceRole, allow, confused_deputy
from genai_foundation.reviews import NEXT_REVIEW, OWNER

BEDROCK = "bedrock.amazonaws.com"
OBJECTS = "runs/*/jobs/*"
# What AWS asks for (Amazon Bedrock User Guide, "Required service role permissions for creating a model evaluation job that
# uses a judge model"): the bucket's actions and the objects', the models', and those on the key of a job's data.
BUCKET_ACTIONS = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
OBJECT_ACTIONS = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
MODEL_ACTIONS = ["bedrock:InvokeModel", "bedrock:CreateModelInvocationJob", "bedrock:StopModelInvocationJob"]
KEY_ACTIONS = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]


def job_functions(scope: Construct, context: Context, *, evaluator_arns: Sequence[str]) -> dict[str, Function]:
    """JobCreate, JobPoll and JobCollect by name.

    :param evaluator_arns: the only models that a job may call
    """
    jobs = f"{_bedrock(scope)}:evaluation-job/*"
    role = job_role(scope, context, evaluator_arns, jobs)
    follow = [allow("Follow", ["bedrock:GetEvaluationJob"], [jobs])]
    followers = {name: step_function(scope, name, context, statements=follow) for name in ("JobPoll", "JobCollect")}
    for function in followers.values():
        acknowledge_policy(function, jobs, "evaluation jobs of this account and Region only; Bedrock names them")
    return {"JobCreate": _create(scope, context, role), **followers}


def job_role(scope: Construct, context: Context, evaluator_arns: Sequence[str], jobs: str) -> ServiceRole:
    """Reads datasets, writes results, calls evaluators.

    :param jobs: ARN pattern of the jobs that may use it
    """
    bucket = context.bucket
    profiles = [arn for arn in evaluator_arns if ":inference-profile/" in arn]
    role = ServiceRole(
        scope,
        "JobRole",
        service=BEDROCK,
        description="Bedrock runs managed evaluation jobs with it",
        condition=confused_deputy(cdk.Stack.of(scope).account, jobs),
        statements=[
            allow("Bucket", BUCKET_ACTIONS, [bucket.arn]),
            allow("Objects", OBJECT_ACTIONS, [f"{bucket.arn}/{OBJECTS}"]),
            allow("Key", KEY_ACTIONS, [context.operations.data_key_arn]),
            *some("Evaluate", MODEL_ACTIONS, evaluator_arns),
            *some("Route", ["bedrock:GetInferenceProfile"], profiles),
        ],
    )
    acknowledge(
        role.policy,
        f"AwsSolutions::AwsSolutions-IAM5[Resource::<{cdk.Stack.of(scope).get_logical_id(bucket.bucket)}.Arn>/{OBJECTS}]",
        reason="datasets and results of evaluation jobs in the pipeline's own bucket; runs are named when they start",
        owner=OWNER,
        expires=NEXT_REVIEW,
    )
    reason = (
        "an evaluation job can't carry a guardrail (CreateEvaluationJob), and an evaluator must see what one would hide"
    )
    acknowledge_unguarded(role.policy, evaluator_arns, reason)
    return role


def _create(scope: Construct, context: Context, role: ServiceRole) -> Function:
    key = context.operations.data_key_arn
    function = step_function(
        scope,
        "JobCreate",
        context,
        statements=[
            allow("Create", ["bedrock:CreateEvaluationJob", "bedrock:ListEvaluationJobs"], ["*"]),
            allow("PassJobRole", ["iam:PassRole"], [role.arn], {"StringEquals": {"iam:PassedToService": BEDROCK}}),
            # Bedrock looks at the key as the caller (User Guide, "KMS support in model evaluation jobs").
            allow("DescribeKey", ["kms:DescribeKey"], [key]),
        ],
        environment={"JOB_ROLE_ARN": role.arn, "JOB_KEY_ARN": key},
    )
    acknowledge(
        function.role.policy,
        "GF::GF-IAM-002[bedrock:CreateEvaluationJob]",
        reason="the action's resources are models, but the job itself and answers that are given have none of them; what a "
        "job may call and read is its role's, and this function can pass one role only",
        owner=OWNER,
        expires=NEXT_REVIEW,
    )
    return function


def _bedrock(scope: Construct) -> str:
    stack = cdk.Stack.of(scope)
    return f"arn:aws:bedrock:{stack.region}:{stack.account}"
