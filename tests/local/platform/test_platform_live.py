"""What is live changes without a deployment, candidates are split, counted and rolled back, shadows stay in the dark."""

from __future__ import annotations

import json
import uuid
from collections import Counter
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
MICRO = "eu.amazon.nova-micro-v1:0"
LITE = "eu.amazon.nova-lite-v1:0"
USERS = [f"user-{number}" for number in range(60)]
SHARE = 0.4
NEW_VERSION = 97


def named(name: str) -> str:
    """An experiment's id: each is used once."""
    return f"{name}-{uuid.uuid4().hex[:6]}"


def canary(name: str, **changed: Any) -> dict[str, Any]:
    """A canary of the smaller model."""
    return {
        "id": name, "kind": "canary", "share": SHARE, "limits": [{"metric": "failed", "share": 0.3}],
        "candidate": {"prompts": {}, "models": {"grounded-answer": MICRO}, "guardrail": {"name": "baseline", "version": 1}},
        **changed,
    }  # fmt: skip


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


def test_a_canary_gets_its_share_and_every_request_is_counted_once(platform: Platform) -> None:
    live, name = LiveUseCase(platform.target, "pre-prod", "policy-search"), named("smaller-model")
    live.release(FIRST)
    with live.caller() as caller:
        caller.settle(live.start(canary(name)))
        results = caller.all(USERS)
        again = caller.all(USERS[:5])
    assert {each["outcome"] for each in results} == {"answered"}
    arms = [each["release"]["arm"] for each in results]
    assert [each["release"]["arm"] for each in again] == arms[:5]  # a user's requests aren't torn apart
    assert 0.2 < Counter(arms)["candidate"] / len(USERS) < 0.6
    models = {(each["release"]["arm"], each["model"]) for each in results}
    assert models == {("candidate", MICRO), ("stable", LITE)}
    asked = len(live.audited(name))
    assert asked >= len(results) + len(again)

    def counted() -> int:
        state = live.state(name)
        return sum(state.counts(arm).requests for arm in ("stable", "candidate")) if state else 0

    until(lambda: counted() == asked)
    assert live.records()[-1].document.experiment is not None  # within its limits it goes on
    live.stop(name)


def test_a_canary_that_breaks_its_limit_is_rolled_back_by_itself(platform: Platform) -> None:
    live, name = LiveUseCase(platform.target, "prod", "policy-search"), named("too-slow")
    live.release(FIRST)
    slow = [{"metric": "slow", "share": 0.1, "slow_ms": 0.001}]  # no model is that fast
    before = live.records()[-1].document
    with live.caller() as caller:
        caller.settle(live.start(canary(name, share=0.5, limits=slow)))
        caller.all(USERS)

        def ended() -> Any:
            newest = live.records()[-1]
            return newest if newest.action == "rollback" else None

        record = until(ended)
        assert (record.document.experiment, record.document.stable) == (None, before.stable)
        state = live.state(name)
        assert state
        assert state.breach
        assert state.breach.metric == "slow"
        # Each of the function's environments asks AppConfig by itself, every 15 seconds.
        until(lambda: {each["release"]["arm"] for each in caller.all(USERS[:10])} == {"stable"})


def test_a_shadow_is_asked_and_scored_and_never_returned(platform: Platform) -> None:
    live, name = LiveUseCase(platform.target, "dev", "pension-guidance"), named("in-the-dark")
    live.release(FIRST)
    stable = json.loads(live.value("prompts/grounded-answer/1"))["model"]
    (other,) = set(live.contract["models"]) - {stable}
    candidate = {"prompts": {}, "models": {"grounded-answer": other}, "guardrail": live.contract["guardrail"]}
    limits = [{"metric": "disagreeing", "share": 0.9}]
    shadow = {"id": name, "kind": "shadow", "share": 1, "candidate": candidate, "limits": limits}
    users = [f"user-{number}" for number in range(5)]
    with live.caller() as caller:
        caller.settle(live.start(shadow))
        results = caller.all(users)
    assert {(each["model"], each["release"]["arm"]) for each in results} == {(stable, "stable")}

    def shadows() -> list[str]:
        arms = [each for each in live.audited(name) if each["arm"]["S"] == "shadow"]
        return [each["model"]["S"] for each in arms if "model" in each]

    until(lambda: len(shadows()) >= len(users))
    assert set(shadows()) == {other}
    until(lambda: (state := live.state(name)) and state.counts("shadow").requests >= len(users))
    live.stop(name)


def test_a_rating_is_taken_from_the_use_case_s_own_users_and_counted_once(platform: Platform) -> None:
    live, name = LiveUseCase(platform.target, "pre-prod", "pension-guidance"), named("rated")
    live.release(FIRST)
    candidate = {"prompts": {}, "models": {"grounded-answer": LITE}, "guardrail": live.contract["guardrail"]}
    limits = [{"metric": "disliked", "share": 0.5}]
    done = live.start({"id": name, "kind": "ab", "share": 0.5, "candidate": candidate, "limits": limits})
    function = live.value("live/feedback-function-name")
    with live.caller() as caller:
        caller.settle(done)
        answers = caller.all(USERS[:6])

        def rate(record: str, rating: str) -> dict[str, Any]:
            payload = json.dumps({"record": record, "rating": rating}).encode()
            said = caller.client.invoke(FunctionName=function, Qualifier=live.use_case, Payload=payload)
            return dict(json.loads(said["Payload"].read()))

        for each in answers:
            assert rate(each["record"], "up") == {"outcome": "recorded", "given": "up"}
        assert rate(answers[0]["record"], "down") == {"outcome": "already-rated", "given": "up"}
        with pytest.raises(ClientError) as error:
            caller.client.invoke(FunctionName=function, Qualifier="policy-search", Payload=b"{}")
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"

    def liked() -> int:
        state = live.state(name)
        return state.counts("stable").liked + state.counts("candidate").liked if state else 0

    until(lambda: liked() == len(answers))
    live.stop(name)


def test_an_ab_test_keeps_users_in_their_arm_and_its_winner_goes_live(platform: Platform) -> None:
    """As good as what is live, within the allowed difference: promoted once enough users were seen, and not before."""
    live, name = LiveUseCase(platform.target, "pre-prod", "policy-search"), named("smaller-for-half")
    live.release(SECOND)
    users = [f"tester-{number}" for number in range(110)]
    with live.caller() as caller:
        caller.settle(live.start(canary(name, kind="ab", share=0.5, allowed_difference=0.2)))
        first = caller.all(users[:20])
        assert (
            "errorMessage" in live.change(action="promote", experiment=name) or live.records()[-1].action != "promote"
        )
        arms = {user: each["release"]["arm"] for user, each in zip(users, first, strict=False)}
        arms |= {user: each["release"]["arm"] for user, each in zip(users[20:], caller.all(users[20:]), strict=True)}
        assert [each["release"]["arm"] for each in caller.all(users[:10])] == [arms[user] for user in users[:10]]
        assert caller.one()["release"]["arm"] == "stable"  # nobody to be sticky with
        assert min(Counter(arms.values()).values()) >= 40

        def decided() -> Any:
            state = live.state(name)
            return state if state and state.looks and state.looks[-1].fraction == 1 else None

        state = until(decided)
        assert state.looks[-1].result == "PROMOTE"
        assert live.change(action="promote", experiment=name)["changed"]
        until(lambda: caller.one()["model"] == MICRO)
    live.release(FIRST)
