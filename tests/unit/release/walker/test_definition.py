"""The pipeline comes from the synthesized template; what the walker doesn't know is refused, never left out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from foundation.local.readback.checkers.base import Resource
from foundation.local.readback.values import Unknown
from foundation.release.errors import ReleaseError
from foundation.release.walker.definition import Definition, load
from foundation.release.walker.model import Stage, parse
from foundation.release.walker.revisions import Given, revision
from foundation.release.walker.show import as_json, summary
from tests.local.target.assembly import write_assembly
from tests.local.target.release_pipeline import SHARED, resources
from tests.unit.release.walker.fakes import REVISION, World, action, pipeline, release, walker


class Stack:
    """CloudFormation and IAM, as a deployed stack answers."""

    def __init__(self, made: dict[str, Any]) -> None:
        self._made = made

    def client(self, service: str, account_id: str, region: str) -> Stack:  # noqa: ARG002
        return self

    def describe_stacks(self, **_: object) -> dict[str, Any]:
        return {"Stacks": [{"StackId": "arn:stack", "Parameters": []}]}

    def get_paginator(self, _: str) -> Stack:
        return self

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        names = {"Project": "walk", "Release": "walk"}
        summaries = [
            {"LogicalResourceId": each, "PhysicalResourceId": names.get(each, f"walk-{each}")} for each in self._made
        ]
        return [{"StackResourceSummaries": summaries}]

    def get_role(self, RoleName: str) -> dict[str, Any]:  # noqa: N803
        return {"Role": {"Arn": f"arn:aws:iam::{SHARED}:role/{RoleName}"}}


@pytest.fixture
def definition(tmp_path: Path) -> Definition:
    return loaded(tmp_path, resources("walk"))


def loaded(folder: Path, made: dict[str, Any], wanted: str = "") -> Definition:
    return load(write_assembly(folder, "walk", made, account=SHARED, region="eu-west-1"), Stack(made), wanted)


def test_the_template_is_the_only_description(definition: Definition) -> None:
    found = definition.pipeline
    assert (found.name, found.mode, [stage.name for stage in found.stages]) == (
        "walk", "QUEUED", ["Source", "Build", "Dev", "Approval"])  # fmt: skip
    authorize, evaluate = found.stage("Dev").actions
    assert authorize.role_arn == f"arn:aws:iam::{SHARED}:role/walk-InvokeRole"
    assert (authorize.namespace, evaluate.run_order) == ("Warrant", 2)
    assert definition.project("walk").minutes == 5
    assert definition.approver_role("Approval", "QA") == f"arn:aws:iam::{SHARED}:role/walk-ApproverQa"


def test_a_pipeline_is_chosen_by_name_or_logical_id(tmp_path: Path) -> None:
    made = resources("walk")
    for wanted in ("walk", "release", "Rel"):
        assert loaded(tmp_path, made, wanted).pipeline.name == "walk"
    with pytest.raises(ReleaseError) as error:
        loaded(tmp_path, made, "PullRequest")
    assert error.value.code == "GF-REL-324"
    assert "walk" in str(error.value)


def test_fails_for_values_that_are_not_known_before_anything_runs(tmp_path: Path, definition: Definition) -> None:
    made = resources("walk")
    made["Release"]["Properties"]["RoleArn"] = {"Fn::ImportValue": "elsewhere"}
    with pytest.raises(ReleaseError) as error:
        loaded(tmp_path, made)
    assert error.value.code == "GF-REL-324"
    unknown = Resource("P", "AWS::CodeBuild::Project", "p", SHARED, "eu-west-1", {"ServiceRole": Unknown("why")})
    for name in ("p", "absent"):
        with pytest.raises(ReleaseError) as error:
            Definition(definition.pipeline, (unknown,)).project(name)
        assert error.value.code == "GF-REL-324"


def test_fails_when_no_role_or_two_may_approve(tmp_path: Path, definition: Definition) -> None:
    with pytest.raises(ReleaseError) as error:
        definition.approver_role("Approval", "Nobody")
    assert error.value.code == "GF-REL-329"
    made = resources("walk")
    made["Another"] = made["ApproverQa"]
    with pytest.raises(ReleaseError):
        loaded(tmp_path, made).approver_role("Approval", "QA")


@pytest.mark.parametrize(
    "change",
    [
        {"ExecutionMode": "SUPERSEDED"},
        {"Stages": [{"Name": "S", "Actions": [], "BeforeEntry": {}}]},
        {"Stages": [{"Name": "S", "Actions": [], "OnFailure": {"Result": "RETRY"}}]},
        {"Stages": [{"Name": "S", "Actions": [], "OnFailure": {"Result": "FAIL", "Conditions": []}}]},
        {"Stages": [{"Name": "S", "Actions": [{"Name": "A", "ActionTypeId": {}, "Commands": ["make"]}]}]},
        {"Stages": [{"Name": "S", "Actions": [{"Name": "A", "ActionTypeId": {}, "Region": "us-east-1"}]}]},
        {"DisableInboundStageTransitions": [{"StageName": "Prod", "Reason": "frozen"}]},
    ],
)
def test_fails_for_what_the_walker_would_leave_out(change: dict[str, Any]) -> None:
    with pytest.raises(ReleaseError) as error:
        parse("p", SHARED, "eu-west-1", {"RoleArn": "r", "ExecutionMode": "QUEUED", "Stages": [], **change})
    assert error.value.code == "GF-REL-320"


def test_a_revision_is_the_last_commit_unless_it_is_said_otherwise(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError) as error:
        revision(tmp_path, Given(author="a@example.com"))
    assert error.value.code == "GF-REL-344"
    for command in (
        ["init", "-q", "-b", "topic"],
        ["-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", "first\n\nmore"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    found = revision(tmp_path, Given(author="b@example.com", config=tmp_path))
    assert (found.author, found.subject, found.branch, found.config) == (
        "b@example.com",
        "first",
        "topic",
        str(tmp_path),
    )
    said = Given("c" * 40, "c@example.com", "2026", "said")
    assert revision(tmp_path / "absent", said).commit == "c" * 40
    with pytest.raises(ReleaseError):
        revision(tmp_path, Given("main", "c@example.com", "2026", "said"))


def test_the_summary_says_loudly_what_did_not_run_and_what_was_rolled_back(tmp_path: Path) -> None:
    made = pipeline(Stage("Build", (action("Test"),)), Stage("Prod", (action("Deploy"),), rolls_back=True))
    world = World(fails=frozenset({"two:Prod/Deploy#1"}))
    release(made, tmp_path, world, "one")
    walk = walker(made, tmp_path, world)
    ended = walk.walk(walk.new(REVISION, skip=("Test",), id="two"))
    rollback = walk._journal.load(ended.rollback)
    console = Console(record=True, width=160)
    summary(console, made, ended, rollback)
    said = console.export_text()
    for expected in (
        "SKIPPED BY FLAG",
        "Build/Test did not run: --skip",
        "GF-TEST: told to fail",
        "rolled back to execution one",
    ):
        assert expected in said
    assert json.loads(as_json(ended, rollback))["rolled_back_by"]["target"] == "one"
