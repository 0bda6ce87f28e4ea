"""The read-back over a cloud assembly: nested stages, missing stacks, selection, report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from foundation.local.errors import LocalTargetError
from foundation.local.readback import Report, run
from tests.unit.readback.answers import FakeTarget

TEMPLATE = {
    "Parameters": {"Days": {"Type": "Number", "Default": 30}},
    "Resources": {
        "Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": {"Fn::Sub": "${AWS::StackName}-logs"}, "RetentionInDays": {"Ref": "Days"}},
        },
        "Off": {"Type": "AWS::Logs::LogGroup", "Condition": "Never"},
        "Metadata": {"Type": "AWS::CDK::Metadata"},
    },
    "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
}  # fmt: skip
ANSWERS: dict[tuple[str, str], Any] = {
    ("cloudformation", "describe_stacks"): {
        "Stacks": [
            {"StackId": "arn", "StackName": "dev-App", "CreationTime": 0, "StackStatus": "CREATE_COMPLETE",
             "Parameters": [{"ParameterKey": "Days", "ParameterValue": "30"}]}
        ]
    },
    ("cloudformation", "list_stack_resources"): {
        "StackResourceSummaries": [
            {"LogicalResourceId": name, "PhysicalResourceId": physical, "ResourceType": "x", "LastUpdatedTimestamp": 0,
             "ResourceStatus": "CREATE_COMPLETE"}
            for name, physical in (("Logs", "dev-App-logs"), ("Metadata", "m"))
        ]
    },
    ("logs", "describe_log_groups"): {"logGroups": [{"logGroupName": "dev-App-logs", "retentionInDays": 30}]},
}  # fmt: skip


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    nested = tmp_path / "assembly-dev"
    nested.mkdir()
    (nested / "app.json").write_text(json.dumps(TEMPLATE))
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://222222222222/eu-west-1",
        "displayName": "dev/App (dev-App)",
        "properties": {"templateFile": "app.json", "stackName": "dev-App"},
    }
    write(nested, {"devApp1": stack})
    write(tmp_path, {"assembly-dev": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-dev"}}})
    return tmp_path


def write(folder: Path, artifacts: dict[str, Any]) -> None:
    (folder / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": artifacts}))


def test_reads_nested_stages(assembly: Path) -> None:
    report = run(assembly, FakeTarget(ANSWERS))
    assert report.ok
    assert report.counts == {"equal": 3, "differs": 0, "not-checked": 1}
    assert {(f.stack, f.account, f.region) for f in report.findings} == {("dev/App", "222222222222", "eu-west-1")}


def test_report_is_json(assembly: Path) -> None:
    report = run(assembly, FakeTarget(ANSWERS))
    assert Report.model_validate_json(report.model_dump_json()) == report
    assert json.loads(json.dumps(report.summary()))["resources"] == 2


def test_fails_for_a_difference(assembly: Path) -> None:
    shorter = {
        **ANSWERS,
        ("logs", "describe_log_groups"): {"logGroups": [{"logGroupName": "dev-App-logs", "retentionInDays": 1}]},
    }
    report = run(assembly, FakeTarget(shorter))
    assert not report.ok
    (difference,) = report.differences
    assert (difference.logical_id, difference.property, difference.expected, difference.actual) == (
        "Logs",
        "RetentionInDays",
        "30",
        1,
    )


def test_fails_for_a_stack_that_is_not_deployed(assembly: Path) -> None:
    report = run(assembly, FakeTarget({("cloudformation", "describe_stacks"): "ValidationError"}))
    assert [f.property for f in report.differences] == ["stack"]
    assert "isn't deployed" in report.differences[0].reason


def test_fails_for_a_resource_that_the_stack_lacks(assembly: Path) -> None:
    none: dict[str, Any] = {"StackResourceSummaries": []}
    report = run(assembly, FakeTarget({**ANSWERS, ("cloudformation", "list_stack_resources"): none}))
    assert [(f.logical_id, f.reason) for f in report.differences] == [("Logs", "the stack holds no such resource")]


def test_selection(assembly: Path) -> None:
    assert run(assembly, FakeTarget(ANSWERS), select=lambda stack: stack.stage == "prod").findings == ()


def test_fails_without_a_cloud_assembly(tmp_path: Path) -> None:
    with pytest.raises(LocalTargetError, match="GF-READBACK-001"):
        run(tmp_path, FakeTarget())


def test_fails_for_a_stack_without_account_and_region(assembly: Path) -> None:
    manifest = assembly / "assembly-dev" / "manifest.json"
    manifest.write_text(
        manifest.read_text().replace("aws://222222222222/eu-west-1", "aws://unknown-account/unknown-region")
    )
    with pytest.raises(LocalTargetError, match="GF-READBACK-002"):
        run(assembly, FakeTarget())
