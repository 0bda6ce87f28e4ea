"""What is live changes without a deployment, within what the log and the use case's contract allow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from genai_runtime.live.log import verify
from tests.local.platform.conftest import Platform
from tests.local.platform.live import Asking, LiveUseCase, until

pytestmark = pytest.mark.local
FIRST, SECOND = "a" * 64, "b" * 64
NEW_VERSION = 97


@pytest.fixture(scope="module")
def search(platform: Platform) -> LiveUseCase:
    """A use case of development that nothing else asks, with a release."""
    made = LiveUseCase(platform.target, "dev", "policy-search")
    assert made.release(FIRST)["state"] == "shown"
    return made


@pytest.fixture(scope="module")
def searching(search: LiveUseCase) -> Iterator[Asking]:
    with search.caller() as caller:
        yield caller


def release_prompt(search: LiveUseCase, version: int) -> None:
    """What the stack Prompts does for a new version of the prompt: the version, its parameter, its permission."""
    agent, ssm, iam = search.client("bedrock-agent"), search.client("ssm"), search.client("iam")
    name = "/genai-foundation/prompts/grounded-answer"
    contract = json.loads(search.value("prompts/grounded-answer/1"))
    text = agent.get_prompt(promptIdentifier=contract["id"], promptVersion=contract["version"])
    made = agent.create_prompt(
        name=f"grounded-answer-v{version}", defaultVariant=text["defaultVariant"], variants=text["variants"]
    )
    number = agent.create_prompt_version(promptIdentifier=made["id"])["version"]
    arn = f"{made['arn']}:{number}"
    ssm.put_parameter(
        Name=f"{name}/{version}",
        Type="String",
        Value=json.dumps({**contract, "id": made["id"], "arn": arn, "version": number}),
    )
    role = search.client("lambda").get_function_configuration(FunctionName=search.value("model-access/function-name"))
    statements = [
        {"Effect": "Allow", "Action": "bedrock:GetPrompt", "Resource": [made["arn"], arn]},
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": f"arn:aws:ssm:*:*:parameter{name}/{version}"},
    ]
    iam.put_role_policy(
        RoleName=role["Role"].rpartition("/")[2],
        PolicyName=f"prompt-{version}",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )


def deployments(search: LiveUseCase) -> dict[str, Any]:
    """When each stack was changed last."""
    pages = search.client("cloudformation").get_paginator("describe_stacks").paginate()
    return {s["StackName"]: s.get("LastUpdatedTime", s["CreationTime"]) for page in pages for s in page["Stacks"]}


def test_a_new_prompt_version_reaches_running_functions_without_a_deployment(
    search: LiveUseCase, searching: Asking
) -> None:
    assert searching.one()["release"]["manifest"] == FIRST
    before = deployments(search)
    release_prompt(search, NEW_VERSION)
    versions = {**search.contract["prompts"], "grounded-answer": NEW_VERSION}
    searching.settle(search.release(SECOND, prompts=versions))
    result = searching.one()
    assert (result["outcome"], result["prompt"]) == ("answered", {"name": "grounded-answer", "version": NEW_VERSION})
    assert result["release"]["manifest"] == SECOND
    assert deployments(search) == before


def test_fails_to_release_a_version_that_is_not_deployed(search: LiveUseCase) -> None:
    records = search.records()
    refused = search.release(FIRST, prompts={**search.contract["prompts"], "grounded-answer": 99})
    assert refused["state"] == "refused"
    assert "prompt grounded-answer version 99 not deployed" in refused["error"]["message"]
    assert search.records() == records


def test_fails_to_deploy_by_hand_what_the_log_does_not_say(search: LiveUseCase) -> None:
    appconfig, application = search.client("appconfig"), search.value("live/application-id")
    (profile,) = (
        each
        for each in appconfig.list_configuration_profiles(ApplicationId=application)["Items"]
        if each["Name"] == search.use_case
    )
    document = search.records()[-1].document.model_dump(mode="json")

    def deploy(content: dict[str, Any]) -> None:
        version = appconfig.create_hosted_configuration_version(
            ApplicationId=application,
            ConfigurationProfileId=profile["Id"],
            Content=json.dumps(content).encode(),
            ContentType="application/json",
        )["VersionNumber"]
        appconfig.start_deployment(
            ApplicationId=application,
            EnvironmentId=search.value("live/environment-id"),
            DeploymentStrategyId=search.value("live/deployment-strategy-id"),
            ConfigurationProfileId=profile["Id"],
            ConfigurationVersion=str(version),
        )

    undeployed = {**document["stable"], "prompts": {"grounded-answer": 99}}
    for content, said in (
        ({**document, "surprise": True}, "Additional properties"),  # the schema
        ({**document, "stable": undeployed}, "is not this document"),  # the function
        ({**document, "sequence": 1000}, "is not this document"),
    ):
        with pytest.raises(ClientError) as error:
            deploy(content)
        assert error.value.response["Error"]["Code"] == "BadRequestException"
        assert said in str(error.value)


def test_activations_at_the_same_time_leave_one_chain_and_appconfig_shows_its_end(search: LiveUseCase) -> None:
    before = len(search.records())
    manifests = [character * 64 for character in "cdef"]
    with ThreadPoolExecutor(len(manifests)) as pool:
        done = list(pool.map(search.release, manifests))
    records = search.records()
    verify(search.use_case, records)
    assert sorted(each.document.manifest or "" for each in records[before:]) == manifests
    for each in done:  # who isn't told that it is live is told what is
        assert each["state"] in ("shown", "deploying") or "took its place" in each["error"]["message"], each
    data = search.client("appconfigdata")
    session = data.start_configuration_session(
        ApplicationIdentifier=search.value("live/application-id"),
        EnvironmentIdentifier=search.value("live/environment-id"),
        ConfigurationProfileIdentifier=search.use_case,
    )

    def shown() -> dict[str, Any]:
        answer = data.get_latest_configuration(ConfigurationToken=session["InitialConfigurationToken"])
        session["InitialConfigurationToken"] = answer["NextPollConfigurationToken"]
        content = answer["Configuration"].read()
        return dict(json.loads(content)) if content else {}

    until(lambda: shown().get("sequence") == records[-1].document.sequence)
