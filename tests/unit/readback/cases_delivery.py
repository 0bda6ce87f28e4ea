"""AppConfig, CodeBuild, CodePipeline."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.readback.cases import Case

_KEY = "arn:aws:kms:eu-west-1:222222222222:key/11111111-2222-3333-4444-555555555555"
_OTHER = "arn:aws:kms:eu-west-1:222222222222:key/99999999-2222-3333-4444-555555555555"
_ROLE = "arn:aws:iam::222222222222:role/deploy"
_PROFILE = {
    "ApplicationId": "app", "Name": "claims", "LocationUri": "hosted", "KmsKeyIdentifier": _KEY,
    "Validators": [{"Type": "LAMBDA", "Content": "arn:aws:lambda:eu-west-1:222222222222:function:validate"}],
}  # fmt: skip
_STRATEGY = {
    "Name": "at-once", "DeploymentDurationInMinutes": 0, "GrowthFactor": 100, "ReplicateTo": "NONE",
}  # fmt: skip
_PROJECT: dict[str, Any] = {
    "Name": "deploy", "ServiceRole": _ROLE, "EncryptionKey": _KEY, "TimeoutInMinutes": 180,
    "Source": {"Type": "CODEPIPELINE", "BuildSpec": "{}"},
    "Environment": {
        "Type": "ARM_CONTAINER", "Image": "image", "ComputeType": "BUILD_GENERAL1_MEDIUM", "PrivilegedMode": False,
        "EnvironmentVariables": [{"Name": "BUCKET", "Value": "releases"}],
    },
}  # fmt: skip
_ENVIRONMENT: dict[str, Any] = {
    "type": "ARM_CONTAINER", "image": "image", "computeType": "BUILD_GENERAL1_MEDIUM", "privilegedMode": False,
    "environmentVariables": [{"name": "BUCKET", "value": "releases"}],
}  # fmt: skip
_PROJECTS = ("codebuild", "batch_get_projects", "projects")


def _found(**changed: Any) -> list[dict[str, Any]]:
    """What CodeBuild answers, with some of it changed."""
    return [
        {
            "serviceRole": _ROLE,
            "encryptionKey": _KEY,
            "timeoutInMinutes": 180,
            "source": {"type": "CODEPIPELINE", "buildspec": "{}"},
            "environment": _ENVIRONMENT,
            **changed,
        }
    ]


_PIPELINE = {"RoleArn": _ROLE, "PipelineType": "V2", "ExecutionMode": "QUEUED", "Stages": [{"Name": "Source"}]}
_STORED = ("cloudcontrol", "get_resource", "ResourceDescription", "Properties")

DELIVERY = (
    Case(
        "AWS::AppConfig::Application", "app", {"Name": "platform"},
        {("appconfig", "get_application"): {"Name": "platform"}},
        ((("appconfig", "get_application", "Name"), "other", "Name"),),
    ),
    Case(
        "AWS::AppConfig::Environment", "env", {"ApplicationId": "app", "Name": "live"},
        {("appconfig", "get_environment"): {"Name": "live", "Monitors": []}},
        ((("appconfig", "get_environment", "Name"), "dark", "Name"),),
    ),
    Case(
        "AWS::AppConfig::DeploymentStrategy", "strategy", _STRATEGY,
        {("appconfig", "get_deployment_strategy"): {**_STRATEGY, "FinalBakeTimeInMinutes": 0, "GrowthType": "LINEAR"}},
        ((("appconfig", "get_deployment_strategy", "FinalBakeTimeInMinutes"), 10, "FinalBakeTimeInMinutes"),),
    ),
    Case(
        "AWS::AppConfig::ConfigurationProfile", "profile", _PROFILE,
        {("appconfig", "get_configuration_profile"): dict(_PROFILE)},
        (
            (("appconfig", "get_configuration_profile", "Validators"), [], "Validators"),
            (("appconfig", "get_configuration_profile", "KmsKeyIdentifier"), _OTHER, "KmsKeyIdentifier"),
        ),
    ),
    Case(
        "AWS::CodeBuild::Project", "deploy", _PROJECT,
        {("codebuild", "batch_get_projects"): {"projects": _found()}},
        (
            (_PROJECTS, _found(serviceRole="arn:aws:iam::222222222222:role/admin"), "ServiceRole"),
            (_PROJECTS, _found(encryptionKey=_OTHER), "EncryptionKey"),
            (_PROJECTS, _found(source={"type": "CODEPIPELINE", "buildspec": "{other}"}), "Source.BuildSpec"),
            (_PROJECTS, _found(timeoutInMinutes=60), "TimeoutInMinutes"),
            (_PROJECTS, _found(environment={**_ENVIRONMENT, "privilegedMode": True}), "Environment.PrivilegedMode"),
            (
                _PROJECTS, _found(environment={**_ENVIRONMENT, "environmentVariables": []}),
                "Environment.EnvironmentVariables.BUCKET",
            ),
        ),
    ),
    Case(
        "AWS::CodePipeline::Pipeline", "delivery", _PIPELINE,
        {("cloudcontrol", "get_resource"): {"ResourceDescription": {"Properties": json.dumps(_PIPELINE)}}},
        (
            (_STORED, json.dumps({**_PIPELINE, "Stages": []}), "Stages"),
            (_STORED, json.dumps({**_PIPELINE, "ExecutionMode": "PARALLEL"}), "ExecutionMode"),
        ),
    ),
)  # fmt: skip
