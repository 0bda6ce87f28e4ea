"""Linter gates: what fails, what an acknowledgement covers, and acknowledgements that cover nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from foundation.checks.assembly import Assembly
from foundation.checks.checkov import EXECUTABLE, run_checkov
from foundation.checks.errors import GateError
from foundation.checks.lint import lint
from foundation.checks.tools import ToolFinding, ToolResult, judge, resource_of
from tests.unit.checks.breaking import Template, broken, named, properties

TEXT = "the reason why this is right here [owner: platform-team; expires: 2027-06-30]"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cfn-lint")


def _accept(template: Template, name: str, *ids: str) -> None:
    entries = [{"id": each, "reason": TEXT} for each in ids]
    named(template, name).setdefault("Metadata", {})["genai_foundation"] = {"acknowledged": entries}


def _accept_nag(template: Template, name: str, finding_id: str) -> None:
    rules = {"rules_to_suppress": [{"id": finding_id, "reason": TEXT}]}
    named(template, name).setdefault("Metadata", {})["cdk_nag"] = rules


def _wrong_zone_and_type(template: Template) -> None:
    properties(template, "Logs")["RetentionInDays"] = 11
    properties(template, "Logs")["LogGroupNam"] = "x"


def test_fails_on_warnings_of_cfn_lint(good: Assembly, cache: Path) -> None:
    result = lint(good, cache)
    assert {(finding.id, finding.where) for finding in result.open} == {
        ("cfn-lint:W3010", "dev/Workload/Subnet0"),
        ("cfn-lint:W3010", "dev/Workload/Subnet1"),
    }
    assert not result.passes


def test_fails_on_errors_once_for_both_tools(good: Assembly, cache: Path) -> None:
    result = lint(broken(good, _wrong_zone_and_type), cache)
    on_logs = [finding for finding in result.open if finding.where == "dev/Workload/Logs"]
    assert {finding.severity for finding in on_logs} == {"error"}
    assert len({finding.rule[1:] for finding in on_logs}) == len(on_logs) >= 2


def test_acknowledged_warnings_pass_and_unneeded_acknowledgements_fail(good: Assembly, cache: Path) -> None:
    def accept(template: Template) -> None:
        _accept(template, "Subnet0", "cfn-lint:W3010")
        _accept(template, "Subnet1", "cfn-lint:W3010")

    def accept_too_much(template: Template) -> None:
        accept(template)
        _accept(template, "Logs", "cfn-lint:W3005")

    accepted = lint(broken(good, accept), cache)
    assert accepted.passes
    assert [acknowledgement.owner for _, acknowledgement in accepted.acknowledged] == ["platform-team"] * 2
    stale = lint(broken(good, accept_too_much), cache)
    assert [(resource.logical_id, ack.id) for resource, ack in stale.stale] == [("Logs", "cfn-lint:W3005")]
    assert not stale.passes


def test_results_are_kept_by_template_content(good: Assembly, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    lint(good, tmp_path, lambda done, total: seen.append((done, total)))
    lint(good, tmp_path, lambda done, total: seen.append((done, total)))
    assert seen == [(0, 1), (1, 1), (1, 1)]


def _checkov_finding(assembly: Assembly, rule: str, name: str) -> ToolFinding:
    (stack,) = assembly.stacks
    return ToolFinding("checkov", rule, "error", "message", stack, resource_of(stack, name))


def _judged(good: Assembly, change: Any, rule: str = "CKV_AWS_117") -> ToolResult:
    assembly = broken(good, change)
    return judge(assembly, ("checkov",), [_checkov_finding(assembly, rule, "Function")])


def test_a_nag_acknowledgement_covers_the_same_subject_in_checkov(good: Assembly) -> None:
    rule = "NIST.800.53.R5::NIST.800.53.R5-LambdaInsideVPC"
    assert _judged(good, lambda template: _accept_nag(template, "Function", rule)).passes
    assert not _judged(good, lambda template: _accept_nag(template, "Failures", rule)).passes
    assert not _judged(good, lambda template: _accept_nag(template, "Function", rule), "CKV_AWS_116").passes


def test_exact_findings_cover_too(good: Assembly) -> None:
    rule = "AwsSolutions::AwsSolutions-IAM5[Resource::*]"
    assert _judged(good, lambda template: _accept_nag(template, "Function", rule), "CKV_AWS_111").passes


def _fake_checkov(folder: Path, output: str, code: int = 1) -> Path:
    """A program in checkov's place: the boundary is its standard output."""
    path = folder / "checkov"
    (folder / "out").write_text(output)
    path.write_text(f"#!/bin/sh\ncat '{folder}/out'\necho broken >&2\nexit {code}\n")
    path.chmod(0o755)
    return path


def test_failed_checks_are_given_to_every_stack_with_the_template(good: Assembly, tmp_path: Path) -> None:
    check = {
        "check_id": "CKV_AWS_117",
        "check_name": "Ensure that AWS Lambda function is configured inside a VPC",
        "file_path": "/0000.template.json",
        "resource": "AWS::Lambda::Function.Function",
    }
    report = {"results": {"failed_checks": [check]}, "summary": {"parsing_errors": 0}}
    result = run_checkov(good, _fake_checkov(tmp_path, json.dumps(report)))
    assert [(finding.id, finding.where) for finding in result.open] == [
        ("checkov:CKV_AWS_117", "dev/Workload/Function")
    ]


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("Traceback", "GF-CHECK-011"),
        ('{"passed": 0, "failed": 0}', "GF-CHECK-011"),
        ('{"results": {"failed_checks": []}, "summary": {"parsing_errors": 2}}', "GF-CHECK-012"),
    ],
)
def test_fails_when_checkov_did_not_look(good: Assembly, tmp_path: Path, output: str, code: str) -> None:
    with pytest.raises(GateError, match=code):
        run_checkov(good, _fake_checkov(tmp_path, output))


def test_fails_when_checkov_is_missing(good: Assembly, tmp_path: Path) -> None:
    with pytest.raises(GateError, match="GF-CHECK-010"):
        run_checkov(good, tmp_path / "checkov")


@pytest.mark.skipif(not EXECUTABLE.is_file(), reason="`make check` sets up checkov's environment")
def test_checkov_itself_is_asked_without_the_acknowledgements(good: Assembly) -> None:
    def accept(template: Template) -> None:
        named(template, "Function")["Metadata"] = {"checkov": {"skip": [{"id": "CKV_AWS_117", "comment": TEXT}]}}

    result = run_checkov(broken(good, accept))
    assert ("checkov:CKV_AWS_117", "Function") in {
        (finding.id, finding.resource.logical_id) for finding, _ in result.acknowledged if finding.resource
    }
    assert "checkov:CKV_AWS_117" not in {finding.id for finding in result.open}
