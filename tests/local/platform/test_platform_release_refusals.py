"""Ways around the gate, each refused by what is deployed: roles, policies, functions."""

import hashlib
import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from foundation.evaluation.access import LocalAccess
from foundation.release.context import Context
from foundation.release.walker.cloud import BUILD_SERVICE, Cloud, Credentials
from foundation.release.walker.runs import Runs
from tests.local.platform.conftest import PRIMARY, Platform

pytestmark = pytest.mark.local
ENVIRONMENTS = ("dev", "pre-prod", "prod")
TAGS = ("manifest", "environment", "execution")


@pytest.fixture(scope="module")
def context(platform: Platform) -> Context:
    return Context(platform.settings, LocalAccess(platform.settings, platform.target), local=True, variables={})


@pytest.fixture(scope="module")
def cloud(platform: Platform) -> Cloud:
    runs = Runs(platform.target, platform.out / "cdk.out")
    return Cloud(platform.target, runs.definition.pipeline)


def project(platform: Platform, name: str) -> Any:
    """A deployed CodeBuild project."""
    client = platform.target.client("codebuild", "shared", PRIMARY)
    (found,) = client.batch_get_projects(names=[f"genai-foundation-release-{name}"])["projects"]
    return found


def session_of(cloud: Cloud, found: Any, context: dict[str, str]) -> Credentials:
    """The session that CodeBuild gives a build of the project; without context it is the same role, used elsewhere."""
    return cloud.service_session(BUILD_SERVICE, found["serviceRole"], found["arn"], "AWSCodeBuild-test", context)


def redeem(platform: Platform, cloud: Cloud, name: str, session: Credentials, event: dict[str, str]) -> Any:
    """What the deploy project's function answers the session."""
    found = project(platform, name)
    variables = {each["name"]: each["value"] for each in found["environment"]["environmentVariables"]}
    client = cloud.client("lambda", session)
    return client.invoke(FunctionName=variables["REDEEM_FUNCTION"], Payload=json.dumps(event).encode())


def asked(manifest: str) -> dict[str, str]:
    return {"manifest": manifest, "execution": str(uuid.uuid4()), "warrant": "invented"}


def in_project(found: Any) -> dict[str, str]:
    build = found["arn"].replace(":project/", ":build/") + ":1"
    return {"codebuild:projectArn": found["arn"], "codebuild:buildArn": build}


def test_fails_a_deploy_by_hand_with_the_pipeline_s_role_from_elsewhere(platform: Platform, cloud: Cloud) -> None:
    good, _ = platform.summary.releases
    elsewhere = session_of(cloud, project(platform, "deploy-prod"), {})
    with pytest.raises(ClientError, match="not authorized to perform: lambda:InvokeFunction"):
        redeem(platform, cloud, "deploy-prod", elsewhere, asked(good["manifest"]))


def test_fails_a_build_of_one_stage_that_asks_for_another_s_session(platform: Platform, cloud: Cloud) -> None:
    good, _ = platform.summary.releases
    dev = project(platform, "deploy-dev")
    session = session_of(cloud, dev, in_project(dev))
    with pytest.raises(ClientError, match="not authorized to perform: lambda:InvokeFunction"):
        redeem(platform, cloud, "deploy-prod", session, asked(good["manifest"]))


@pytest.mark.parametrize("name", ["deploy-pre-prod", "deploy-prod"])
def test_fails_a_release_that_its_predecessor_did_not_promote(platform: Platform, cloud: Cloud, name: str) -> None:
    _, weakened = platform.summary.releases
    found = project(platform, name)
    answer = redeem(platform, cloud, name, session_of(cloud, found, in_project(found)), asked(weakened["manifest"]))
    assert answer["FunctionError"]
    assert "GF-REL-1" in answer["Payload"].read().decode()


def test_fails_a_warrant_that_nobody_issued_even_for_a_promoted_release(platform: Platform, cloud: Cloud) -> None:
    good, _ = platform.summary.releases
    found = project(platform, "deploy-prod")
    session = session_of(cloud, found, in_project(found))
    answer = redeem(platform, cloud, "deploy-prod", session, asked(good["manifest"]))
    assert answer["FunctionError"]
    said = answer["Payload"].read().decode()
    assert "AccessKeyId" not in said
    assert "GF-REL-1" in said


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_fails_to_become_the_deployer_otherwise_than_by_redeeming(platform: Platform, environment: str) -> None:
    """Not as the shared account's administrator, and not as the environment's own."""
    arn = f"arn:aws:iam::{platform.settings.account(environment).id}:role/genai-foundation-release-deployer"
    good, _ = platform.summary.releases
    tags = [{"Key": key, "Value": value} for key, value in zip(TAGS, (good["manifest"], environment, "1"), strict=True)]
    for account in ("shared", environment):
        sts = platform.target.client("sts", account, PRIMARY)
        with pytest.raises(ClientError, match="AccessDenied"):
            sts.assume_role(RoleArn=arn, RoleSessionName="by-hand", Tags=tags)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_fails_the_shared_account_s_administrator_to_deploy_through_the_cdk_roles(
    platform: Platform, environment: str
) -> None:
    account = platform.settings.account(environment).id
    sts = platform.target.client("sts", "shared", PRIMARY)
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/cdk-hnb659fds-deploy-role-{account}-{PRIMARY}",
            RoleSessionName="by-hand",
        )


def test_fails_to_replace_or_delete_what_was_approved(platform: Platform, context: Context) -> None:
    good, _ = platform.summary.releases
    s3 = context.client("s3")
    key = f"releases/{good['manifest']}/manifest.json"
    with pytest.raises(ClientError, match=r"PreconditionFailed|AccessDenied"):
        s3.put_object(Bucket=context.bucket, Key=key, Body=b"{}", IfNoneMatch="*")
    assert hashlib.sha256(s3.get_object(Bucket=context.bucket, Key=key)["Body"].read()).hexdigest() == good["manifest"]


def test_fails_a_build_that_replaces_a_release(platform: Platform, context: Context, cloud: Cloud) -> None:
    good, _ = platform.summary.releases
    found = project(platform, "build")
    s3 = cloud.client("s3", session_of(cloud, found, in_project(found)))
    with pytest.raises(ClientError, match=r"AccessDenied|PreconditionFailed"):
        s3.put_object(Bucket=context.bucket, Key=f"releases/{good['manifest']}/manifest.json", Body=b"{}")


def test_fails_an_approver_in_the_other_role_s_action(platform: Platform, cloud: Cloud) -> None:
    account = platform.settings.account("shared").id
    role = f"arn:aws:iam::{account}:role/genai-foundation-release-approver-qa"
    session = cloud.assume(cloud.person_session("quality@example.com"), role, "quality@example.com")
    with pytest.raises(ClientError, match="not authorized to perform: codepipeline:PutApprovalResult"):
        cloud.client("codepipeline", session).put_approval_result(
            pipelineName="genai-foundation-release",
            stageName="Approval",
            actionName="DomainExpert",
            token=str(uuid.uuid4()),
            result={"summary": "x", "status": "Approved"},
        )


def test_fails_a_person_under_another_s_name(platform: Platform, cloud: Cloud) -> None:
    account = platform.settings.account("shared").id
    role = f"arn:aws:iam::{account}:role/genai-foundation-release-approver-qa"
    with pytest.raises(Exception, match="GF-REL-334"):
        cloud.assume(cloud.person_session("developer@example.com"), role, "quality@example.com")
