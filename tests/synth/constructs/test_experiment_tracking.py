"""Who may log experiments, where to, and that what was logged stays."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from genai_foundation import contract
from genai_foundation.errors import FoundationError
from genai_foundation.evaluation.tracking import (
    WRITER_TAG,
    ExperimentTracking,
    app_parameter_arn,
    mark_writer,
    writer_role_arn,
)
from genai_foundation.removal import CONTEXT_KEY, DestructionKeys
from tests.synth.constructs.values import ACCOUNT, KEY, ORGANISATION, REGION

DEV, PROD = "222222222222", "444444444444"


def tracking(stack: cdk.Stack, **more: Any) -> ExperimentTracking:
    return ExperimentTracking(
        stack,
        "Experiments",
        key_arn=KEY,
        access_log_bucket="access-logs",
        organization_id=ORGANISATION,
        **{"writer_accounts": [DEV, PROD], **more},
    )


def new_stack(context: dict[str, Any] | None = None) -> cdk.Stack:
    app = cdk.App(context=context, analytics_reporting=False, builtin_cloud_formation_validation=False)
    return cdk.Stack(app, "Shared", env=cdk.Environment(account=ACCOUNT, region=REGION))


@pytest.fixture(scope="module")
def template() -> Template:
    stack = new_stack()
    tracking(stack).publish()
    return Template.from_stack(stack)


def test_the_app_keeps_its_artifacts_in_its_own_encrypted_bucket(template: Template) -> None:
    (bucket,) = template.find_resources("AWS::S3::Bucket")
    template.has_resource_properties(
        "AWS::SageMaker::MlflowApp",
        {
            "ArtifactStoreUri": {"Fn::Join": ["", ["s3://", {"Ref": bucket}, "/mlflow"]]},
            "ModelRegistrationMode": "AutoModelRegistrationDisabled",
            "Name": "genai-foundation",
        },
    )
    template.has_resource_properties(
        "AWS::S3::Bucket",
        {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {
                        "BucketKeyEnabled": True,
                        "ServerSideEncryptionByDefault": {"KMSMasterKeyID": KEY, "SSEAlgorithm": "aws:kms"},
                    }
                ]
            }
        },
    )


def test_only_marked_roles_of_these_accounts_become_the_writer(template: Template) -> None:
    tag, value = WRITER_TAG
    template.has_resource_properties(
        "AWS::IAM::Role",
        {
            "RoleName": "genai-foundation-experiments-writer",
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRole",
                        "Principal": {"AWS": [f"arn:aws:iam::{each}:root" for each in (DEV, PROD)]},
                        "Condition": {
                            "StringEquals": {
                                "aws:PrincipalOrgID": ORGANISATION,
                                f"aws:PrincipalTag/{tag}": value,
                            }
                        },
                    }
                ],
                "Version": "2012-10-17",
            },
        },
    )
    assert writer_role_arn(ACCOUNT) == f"arn:aws:iam::{ACCOUNT}:role/genai-foundation-experiments-writer"


def test_the_writer_logs_to_this_app_and_deletes_nothing(template: Template) -> None:
    app = next(iter(template.find_resources("AWS::SageMaker::MlflowApp")))
    policies = [
        each["Properties"]["PolicyDocument"]["Statement"]
        for name, each in template.find_resources("AWS::IAM::ManagedPolicy").items()
        if "Writer" in name
    ]
    (statements,) = policies
    by_sid = {each["Sid"]: each for each in statements}
    assert by_sid["Log"]["Resource"] == [{"Fn::GetAtt": [app, "Arn"]}]
    assert "sagemaker:CallMlflowAppApi" in by_sid["Log"]["Action"]
    actions = [action for each in statements for action in each["Action"]]
    assert not [action for action in actions if "Delete" in action or "*" in action]
    assert by_sid["Find"]["Resource"] == [
        f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{contract.parameter_name(contract.EXPERIMENTS_APP_ARN)}"
    ]
    assert app_parameter_arn(ACCOUNT, REGION) == by_sid["Find"]["Resource"][0]


def test_the_app_is_published_by_its_arn(template: Template) -> None:
    app = next(iter(template.find_resources("AWS::SageMaker::MlflowApp")))
    template.has_resource_properties(
        "AWS::SSM::Parameter",
        {
            "Name": contract.parameter_name(contract.EXPERIMENTS_APP_ARN),
            "Value": {"Fn::GetAtt": [app, "Arn"]},
        },
    )


def test_what_was_logged_outlives_the_stack(template: Template) -> None:
    for kind in ("AWS::SageMaker::MlflowApp", "AWS::S3::Bucket"):
        template.has_resource(
            kind, {"DeletionPolicy": Match.string_like_regexp("^Retain"), "UpdateReplacePolicy": "Retain"}
        )


def test_both_keys_let_it_go_with_the_stack() -> None:
    stack = new_stack({CONTEXT_KEY: "true"})
    tracking(stack, destruction=DestructionKeys(allow_destroy=True))
    Template.from_stack(stack).has_resource("AWS::SageMaker::MlflowApp", {"DeletionPolicy": "Delete"})


def test_a_marked_role_has_the_tag() -> None:
    stack = new_stack()
    role = cdk.aws_iam.CfnRole(stack, "Role", assume_role_policy_document={})
    mark_writer(role)
    tag, value = WRITER_TAG
    Template.from_stack(stack).has_resource_properties("AWS::IAM::Role", {"Tags": [{"Key": tag, "Value": value}]})


def test_fails_without_accounts() -> None:
    with pytest.raises(FoundationError, match=r"^GF-EVAL-380: writer_accounts is empty"):
        tracking(new_stack(), writer_accounts=[])
