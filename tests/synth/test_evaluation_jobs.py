"""Managed evaluation jobs: what their functions may do, and what Bedrock may do for them (EVAL-2, EVAL-3)."""

import pytest

from foundation.checks.assembly import Assembly, Resource, StackTemplate
from foundation.checks.intrinsics import text
from foundation.checks.policies import Statement
from genai_foundation.network.services import INTERFACE_SERVICES
from stacks.settings import Settings
from stacks.settings.platform import ENVIRONMENTS, Environment
from tests.synth.templates import attached, only, policy_statements, where
from tests.synth.test_evaluation import OWN, STAGES, evaluation, permissions, resources, step_function

DATA_KEY = "<SecurityDataKeyArn>"
OBJECTS = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
BUCKET = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
KEY = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")


def job_role(here: StackTemplate) -> Resource:
    """The role that Bedrock takes."""
    return only(
        role
        for role in here.of_type("AWS::IAM::Role")
        if [each.services for each in policy_statements(role)] == [["bedrock.amazonaws.com"]]
    )


def allowed(statements: list[Statement]) -> dict[str, set[str]]:
    """Resources by action."""
    return {action: resources(statements, action) for each in statements for action in each.actions}


def jobs(here: StackTemplate) -> str:
    """ARN pattern of all jobs."""
    return f"arn:aws:bedrock:{here.region}:{here.account}:evaluation-job/*"


@STAGES
def test_one_function_starts_jobs_and_passes_bedrock_their_role_only(
    assembly: Assembly, environment: Environment
) -> None:
    here = evaluation(assembly, environment)
    found = allowed(permissions(assembly, here, "JobCreate"))
    assert {action for action in found if action.startswith(("bedrock:", "iam:"))} == {
        "bedrock:CreateEvaluationJob", "bedrock:ListEvaluationJobs", "iam:PassRole",
    }  # fmt: skip
    assert found["iam:PassRole"] == {f"<{job_role(here).logical_id}.Arn>"}
    assert found["kms:DescribeKey"] == {DATA_KEY}
    (passing,) = (each for each in permissions(assembly, here, "JobCreate") if "iam:PassRole" in each.actions)
    assert passing.conditions == [("stringequals", "iam:passedtoservice", ["bedrock.amazonaws.com"])]
    for name in OWN.keys() - {"JobCreate"}:
        assert not {"bedrock:CreateEvaluationJob", "iam:PassRole"} & allowed(permissions(assembly, here, name)).keys()


@STAGES
@pytest.mark.parametrize("name", ["JobPoll", "JobCollect"])
def test_the_others_see_this_account_s_jobs(assembly: Assembly, environment: Environment, name: str) -> None:
    here = evaluation(assembly, environment)
    found = allowed(permissions(assembly, here, name))
    assert {action: found[action] for action in found if action.startswith("bedrock:")} == {
        "bedrock:GetEvaluationJob": {jobs(here)}
    }


@STAGES
def test_functions_know_the_role_and_the_key(assembly: Assembly, environment: Environment) -> None:
    here = evaluation(assembly, environment)
    given = step_function(here, "JobCreate").properties["Environment"]["Variables"]
    assert given["JOB_ROLE_ARN"] == {"Fn::GetAtt": [job_role(here).logical_id, "Arn"]}
    assert text(given["JOB_KEY_ARN"]) == DATA_KEY


@STAGES
def test_bedrock_takes_the_role_for_jobs_of_this_account_and_region(
    assembly: Assembly, environment: Environment
) -> None:
    here = evaluation(assembly, environment)
    role = job_role(here)
    (trust,) = policy_statements(role)
    assert sorted(trust.conditions) == [
        ("arnlike", "aws:sourcearn", [jobs(here)]),
        ("stringequals", "aws:sourceaccount", [here.account]),
    ], where(role)


@STAGES
def test_a_job_reads_and_writes_its_own_objects_with_the_data_key(assembly: Assembly, environment: Environment) -> None:
    here = evaluation(assembly, environment)
    bucket = f"<{only(here.of_type('AWS::S3::Bucket')).logical_id}.Arn>"
    found = allowed(attached(assembly, here, job_role(here).logical_id))
    expected = {f"{bucket}/runs/*/jobs/*": OBJECTS, bucket: BUCKET, DATA_KEY: KEY}
    assert {action: found[action] for action in found if not action.startswith("bedrock:")} == {
        action: {resource} for resource, actions in expected.items() for action in actions
    }


@STAGES
def test_a_job_calls_the_environment_s_evaluators_by_name(
    assembly: Assembly, settings: Settings, environment: Environment
) -> None:
    here = evaluation(assembly, environment)
    found = allowed(attached(assembly, here, job_role(here).logical_id))
    evaluators = [each for each in settings.models_for(environment) if each.id in settings.evaluation.judges]
    named = {name for each in evaluators for name in (each.id, each.invocation_id(here.region))}
    for action in ("bedrock:InvokeModel", "bedrock:CreateModelInvocationJob", "bedrock:StopModelInvocationJob"):
        assert {arn.rpartition("/")[2] for arn in found.get(action, ())} == named
        assert not any("*" in arn for arn in found.get(action, ()))
    profiles = {arn for arn in found.get("bedrock:InvokeModel", ()) if ":inference-profile/" in arn}
    assert found.get("bedrock:GetInferenceProfile", set()) == profiles
    assert {action for action in found if action.startswith("bedrock:")} <= {
        "bedrock:CreateModelInvocationJob", "bedrock:GetInferenceProfile", "bedrock:InvokeModel",
        "bedrock:StopModelInvocationJob",
    }  # fmt: skip


def test_some_environment_has_evaluators(settings: Settings) -> None:
    approved = {each.id for environment in ENVIRONMENTS for each in settings.models_for(environment)}
    assert approved & set(settings.evaluation.judges)


def test_the_endpoint_lets_the_functions_calls_through(assembly: Assembly) -> None:
    here = evaluation(assembly, "dev")
    called = {
        action
        for name in ("JobCreate", "JobPoll", "JobCollect")
        for action in allowed(permissions(assembly, here, name))
        if action.startswith("bedrock:")
    }
    assert called <= set(INTERFACE_SERVICES["bedrock"])
