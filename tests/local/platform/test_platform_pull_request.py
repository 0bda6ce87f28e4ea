"""A pull request through its own pipeline: evaluated on dev without a deployment, told in a comment and a status."""

from typing import Any

import pytest

from foundation.demo.release import HOST, Releases
from foundation.local.layout import checkout
from foundation.release.walker.records import Execution
from foundation.release.walker.revisions import Given, revision
from foundation.release.walker.runs import Runs
from tests.local.platform.conftest import Platform

pytestmark = pytest.mark.local
NUMBER = 21
COMMIT = "a" * 40


@pytest.fixture(scope="module")
def evaluated(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Execution:
    """The weakened prompt of the demo as a pull request."""
    assembly = platform.out / "cdk.out"
    out = tmp_path_factory.mktemp("pull-request")
    _, weakened = Releases(platform.settings, platform.target, assembly, out).candidates()
    platform.target.call("POST", HOST, {"pull_request": NUMBER, "head": COMMIT})
    given = Given(
        commit=COMMIT, author="developer@example.com", date=weakened.given.date, subject="Shorter", branch="shorter",
        config=weakened.given.config,
    )  # fmt: skip
    return Runs(platform.target, assembly, "pull-request").start(revision(checkout(), given))


def told(platform: Platform) -> tuple[list[str], list[Any]]:
    """Comments on the pull request and statuses of its commit."""
    hosted = platform.target.call("GET", HOST)
    comments = [each["body"] for each in hosted["comments"] if each["pull_request"] == NUMBER]
    return comments, [each for each in hosted["statuses"] if each["commit"] == COMMIT]


def test_a_weakened_prompt_fails_the_pull_request_and_has_no_stage_that_deploys(
    platform: Platform, evaluated: Execution
) -> None:
    assert evaluated.status == "Failed"
    assert evaluated.actions["Gate/Evaluate"].status == "Failed"
    comments, statuses = told(platform)
    assert len(comments) == 1
    assert "REJECT" in comments[0]
    assert [each["state"] for each in statuses][-1] == "failure"
    assert {each["context"] for each in statuses} == {"genai-foundation/evaluation"}
    assert set(evaluated.stages) == {"Source", "Build", "Gate"}


def test_nothing_of_a_pull_request_is_sealed_or_promoted(platform: Platform, evaluated: Execution) -> None:
    dynamodb = platform.target.client("dynamodb", "shared", platform.settings.regions.primary.name)
    ssm = platform.target.client("ssm", "shared", platform.settings.regions.primary.name)
    table = ssm.get_parameter(Name="/genai-foundation/release/ledger-table-name")["Parameter"]["Value"]
    found = dynamodb.query(
        TableName=table,
        KeyConditionExpression="manifest = :manifest",
        ExpressionAttributeValues={":manifest": {"S": evaluated.actions["Build/Build"].outputs["MANIFEST"]}},
    )
    assert found["Items"] == []
