"""AppConfig decides as on AWS: validators, sessions, permissions on every resource, and its two endpoints."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from foundation.local.target import Target
from tests.local.target.deployment import DEV, REGION, Resources, allow, assume, deploy, function, role

pytestmark = pytest.mark.local

SCHEMA = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "properties": {"share": {"type": "number", "minimum": 0, "exclusiveMinimum": True}},
    "required": ["share"],
}
# Refuses what a schema can't: it looks at two values together.
VALIDATE = """
import base64, json
def handler(event, context):
    document = json.loads(base64.b64decode(event["content"]))
    if document["share"] > document.get("limit", 1):
        raise ValueError("the share is above the limit")
"""


@dataclass(frozen=True)
class Live:
    """A deployed application and clients for it."""

    target: Target
    ids: dict[str, str]

    @property
    def control(self) -> Any:
        return self.target.client("appconfig", DEV, REGION)

    @property
    def data(self) -> Any:
        return self.target.client("appconfigdata", DEV, REGION)

    def store(self, document: Any, **more: Any) -> int:
        made = self.control.create_hosted_configuration_version(
            ApplicationId=self.ids["App"],
            ConfigurationProfileId=self.ids["Profile"],
            Content=document if isinstance(document, bytes) else json.dumps(document).encode(),
            ContentType="application/json",
            **more,
        )
        return int(made["VersionNumber"])

    def start(self, version: object, control: Any = None) -> Any:
        return (control or self.control).start_deployment(
            ApplicationId=self.ids["App"],
            EnvironmentId=self.ids["Env"],
            DeploymentStrategyId=self.ids["AtOnce"],
            ConfigurationProfileId=self.ids["Profile"],
            ConfigurationVersion=str(version),
        )

    def session(self, data: Any = None, **more: Any) -> str:
        made = (data or self.data).start_configuration_session(
            ApplicationIdentifier=self.ids["App"],
            EnvironmentIdentifier=self.ids["Env"],
            ConfigurationProfileIdentifier=self.ids["Profile"],
            **more,
        )
        return str(made["InitialConfigurationToken"])

    def latest(self) -> Any:
        answer = self.data.get_latest_configuration(ConfigurationToken=self.session())
        return json.loads(answer["Configuration"].read())


def template(*, permission: bool = True) -> Resources:
    application = {"Ref": "App"}
    profile = {"Fn::Sub": f"arn:aws:appconfig:{REGION}:{DEV}:application/${{App}}/configurationprofile/*"}
    resources: Resources = {
        "App": {"Type": "AWS::AppConfig::Application", "Properties": {"Name": f"live-{uuid.uuid4().hex[:6]}"}},
        "Env": {"Type": "AWS::AppConfig::Environment", "Properties": {"ApplicationId": application, "Name": "live"}},
        "AtOnce": {
            "Type": "AWS::AppConfig::DeploymentStrategy",
            "Properties": {
                "Name": f"at-once-{uuid.uuid4().hex[:6]}", "DeploymentDurationInMinutes": 0, "GrowthFactor": 100,
                "FinalBakeTimeInMinutes": 0, "ReplicateTo": "NONE",
            },
        },
        "Role": role(),
        "Validate": function(VALIDATE),
        "Profile": {
            "Type": "AWS::AppConfig::ConfigurationProfile",
            "Properties": {
                "ApplicationId": application, "Name": "claims", "LocationUri": "hosted",
                "Validators": [
                    {"Type": "JSON_SCHEMA", "Content": json.dumps(SCHEMA)},
                    {"Type": "LAMBDA", "Content": {"Fn::GetAtt": ["Validate", "Arn"]}},
                ],
            },
        },
    }  # fmt: skip
    if permission:
        resources["MayInvoke"] = {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": {"Ref": "Validate"}, "Action": "lambda:InvokeFunction",
                "Principal": "appconfig.amazonaws.com", "SourceAccount": DEV, "SourceArn": profile,
            },
        }  # fmt: skip
    return resources


def made(target: Target, name: str, **options: Any) -> Live:
    stack = deploy(target, name, template(**options))
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    return Live(target, stack.resources)


@pytest.fixture(scope="module")
def live(target: Target) -> Live:
    return made(target, "appconfig")


def invalid(error: pytest.ExceptionInfo[ClientError]) -> str:
    response: Any = error.value.response
    assert (response["Error"]["Code"], response["Reason"]) == ("BadRequestException", "InvalidConfiguration")
    return str(response["Details"]["InvalidConfiguration"][0]["Reason"])


def test_a_deployment_without_duration_reaches_readers_at_once(live: Live) -> None:
    for share in (0.1, 0.2):
        assert live.start(live.store({"share": share}))["State"] == "COMPLETE"
        assert live.latest() == {"share": share}


def test_a_version_is_deployed_by_its_label_and_a_later_one_replaces_it(live: Live) -> None:
    live.store({"share": 0.3}, VersionLabel="record-3")
    assert live.start("record-3")["VersionLabel"] == "record-3"
    assert live.latest() == {"share": 0.3}


def test_fails_to_store_what_the_schema_refuses(live: Live) -> None:
    for document in ({"share": 0}, {}, b"share: 1"):
        with pytest.raises(ClientError) as error:
            live.store(document)
        assert invalid(error)


def test_fails_to_deploy_or_validate_what_the_function_refuses(live: Live) -> None:
    version = live.store({"share": 0.9, "limit": 0.5})  # AppConfig asks functions later
    with pytest.raises(ClientError) as error:
        live.start(version)
    assert invalid(error) == "the share is above the limit"
    asked = {"ApplicationId": live.ids["App"], "ConfigurationProfileId": live.ids["Profile"]}
    with pytest.raises(ClientError) as error:
        live.control.validate_configuration(**asked, ConfigurationVersion=str(version))
    assert invalid(error) == "the share is above the limit"
    good = live.store({"share": 0.4, "limit": 0.5})
    live.control.validate_configuration(**asked, ConfigurationVersion=str(good))


def test_fails_to_deploy_when_appconfig_may_not_invoke_the_function(target: Target) -> None:
    live = made(target, "appconfig-without-permission", permission=False)
    with pytest.raises(ClientError) as error:
        live.start(live.store({"share": 0.1}))
    assert "appconfig.amazonaws.com is not authorized to perform: lambda:InvokeFunction" in invalid(error)


def test_fails_to_deploy_a_version_that_does_not_exist(live: Live) -> None:
    with pytest.raises(ClientError) as error:
        live.start(999)
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_fails_to_store_on_top_of_a_version_that_is_not_the_latest(live: Live) -> None:
    newest = live.store({"share": 0.5})
    assert live.store({"share": 0.6}, LatestVersionNumber=newest) == newest + 1
    with pytest.raises(ClientError) as error:
        live.store({"share": 0.7}, LatestVersionNumber=newest)
    assert error.value.response["Error"]["Code"] == "ConflictException"


def test_fails_to_create_a_profile_whose_schema_is_of_another_draft(target: Target) -> None:
    for schema in (
        {"properties": {"share": {"exclusiveMinimum": 0}}},
        {"$schema": "https://json-schema.org/draft/2020-12/schema"},
    ):
        resources = template()
        resources["Profile"]["Properties"]["Validators"] = [{"Type": "JSON_SCHEMA", "Content": json.dumps(schema)}]
        stack = deploy(target, f"appconfig-{uuid.uuid4().hex[:6]}", resources)
        assert stack.status == "ROLLBACK_COMPLETE"
        assert any("JSON schema" in reason for reason in stack.reasons)


def test_fails_to_read_where_nothing_is_deployed(target: Target) -> None:
    live = made(target, "appconfig-empty")
    with pytest.raises(ClientError) as error:
        live.latest()
    response: Any = error.value.response
    assert (response["Error"]["Code"], response["ResourceType"]) == ("ResourceNotFoundException", "Deployment")


def test_fails_to_ask_again_before_the_interval_that_the_session_asked_for(live: Live) -> None:
    live.start(live.store({"share": 0.8}))
    token = live.session(RequiredMinimumPollIntervalInSeconds=15)
    first = live.data.get_latest_configuration(ConfigurationToken=token)
    assert first["NextPollIntervalInSeconds"] == 15
    early = first["NextPollConfigurationToken"]
    for used, problem in ((early, "PollIntervalNotSatisfied"), (token, "Corrupted")):
        with pytest.raises(ClientError) as error:
            live.data.get_latest_configuration(ConfigurationToken=used)
        details: Any = error.value.response["Details"]  # type: ignore[typeddict-item]
        assert details["InvalidParameters"]["ConfigurationToken"]["Problem"] == problem


def test_a_session_gets_what_changed_and_nothing_where_nothing_did(live: Live) -> None:
    live.start(live.store({"share": 0.1}))
    first = live.data.get_latest_configuration(ConfigurationToken=live.session())
    assert json.loads(first["Configuration"].read()) == {"share": 0.1}
    second = live.data.get_latest_configuration(ConfigurationToken=first["NextPollConfigurationToken"])
    assert second["Configuration"].read() == b""
    live.start(live.store({"share": 0.2}))
    third = live.data.get_latest_configuration(ConfigurationToken=second["NextPollConfigurationToken"])
    assert json.loads(third["Configuration"].read()) == {"share": 0.2}


def test_a_completed_deployment_is_reverted_to_the_one_before(live: Live) -> None:
    live.start(live.store({"share": 0.1}))
    number = live.start(live.store({"share": 0.2}))["DeploymentNumber"]
    live.control.stop_deployment(
        ApplicationId=live.ids["App"], EnvironmentId=live.ids["Env"], DeploymentNumber=number, AllowRevert=True
    )
    assert live.latest() == {"share": 0.1}


def test_lists_go_on_page_by_page_with_the_newest_deployment_first(live: Live) -> None:
    newest = [live.start(live.store({"share": 0.1}))["DeploymentNumber"] for _ in range(52)][-1]
    environment = {"ApplicationId": live.ids["App"], "EnvironmentId": live.ids["Env"]}
    pages = list(live.control.get_paginator("list_deployments").paginate(**environment))
    numbers = [item["DeploymentNumber"] for page in pages for item in page["Items"]]
    assert (len(pages), numbers) == (2, list(range(newest, 0, -1)))
    profile = {"ApplicationId": live.ids["App"], "ConfigurationProfileId": live.ids["Profile"]}
    versions = live.control.get_paginator("list_hosted_configuration_versions").paginate(**profile)
    assert sum(len(page["Items"]) for page in versions) > 52


def test_readers_need_the_configuration_and_deployers_each_resource(target: Target, live: Live) -> None:
    own = f"arn:aws:appconfig:{REGION}:{DEV}:application/{live.ids['App']}"
    configuration = f"{own}/environment/{live.ids['Env']}/configuration/{live.ids['Profile']}"
    read = ["appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration"]
    profile, environment = f"{own}/configurationprofile/{live.ids['Profile']}", f"{own}/environment/{live.ids['Env']}"
    strategy = f"arn:aws:appconfig:{REGION}:{DEV}:deploymentstrategy/{live.ids['AtOnce']}"
    deployment = [own, environment, profile, strategy]
    roles = {
        "Reader": role(allow(read, configuration)),
        "Starter": role(allow(read[0], configuration)),
        "Elsewhere": role(allow(read, f"{own}/environment/{live.ids['Env']}/configuration/other")),
        "Deployer": role(allow("appconfig:StartDeployment", deployment)),
        **{f"Without{i}": role(allow("appconfig:StartDeployment", [each for each in deployment if each != left]))
           for i, left in enumerate(deployment)},
    }  # fmt: skip
    arns = deploy(
        target, "appconfig-roles", roles, outputs={name: {"Fn::GetAtt": [name, "Arn"]} for name in roles}
    ).outputs
    version = live.store({"share": 0.25})
    for index, left in enumerate(deployment):
        with pytest.raises(ClientError) as error:
            live.start(version, assume(target, arns[f"Without{index}"], "appconfig"))
        assert f"appconfig:StartDeployment on resource: {left}" in str(error.value)
    live.start(version, assume(target, arns["Deployer"], "appconfig"))
    reader = assume(target, arns["Reader"], "appconfigdata")
    answer = reader.get_latest_configuration(ConfigurationToken=live.session(reader))
    assert json.loads(answer["Configuration"].read()) == {"share": 0.25}
    with pytest.raises(ClientError) as error:
        live.session(assume(target, arns["Elsewhere"], "appconfigdata"))
    assert f"appconfig:StartConfigurationSession on resource: {configuration}" in str(error.value)
    starter = assume(target, arns["Starter"], "appconfigdata")
    with pytest.raises(ClientError) as error:
        starter.get_latest_configuration(ConfigurationToken=live.session(starter))
    assert f"appconfig:GetLatestConfiguration on resource: {configuration}" in str(error.value)
