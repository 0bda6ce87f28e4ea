"""`foundation report` and `foundation check` as people and scripts call them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from foundation.checks.assembly import Assembly
from foundation.checks.cli import app as check_app
from foundation.report.cli import app as report_app

RUNNER = CliRunner()


def _report(assembly: Path, folder: Path, *more: str) -> tuple[int, str, str]:
    result = RUNNER.invoke(report_app, ["--cdk-out", str(assembly), "--out", str(folder), *more])
    return result.exit_code, result.stdout, result.stderr


def test_a_clean_report_ends_well(clean: Assembly, folder: Path) -> None:
    code, out, _ = _report(clean.folder, folder, "--date", "2027-01-15")
    assert code == 0
    assert f"all answered for: {folder / 'index.html'}" in out


def test_json_is_all_that_standard_output_gets(clean: Assembly, folder: Path) -> None:
    code, out, _ = _report(clean.folder, folder, "--date", "2027-01-15", "--json")
    assert code == 0
    assert json.loads(out)["failing"] == 0


def test_fails_and_names_what_to_answer_for(faulty: Assembly, folder: Path) -> None:
    code, out, _ = _report(faulty.folder, folder, "--date", "2027-01-15")
    assert code == 1
    assert "dev/Workload/Failures\n  AwsSolutions AwsSolutions-SQS4: GF-REPORT-010" in out
    assert (folder / "index.html").is_file()


def test_fails_after_the_expiry(clean: Assembly, folder: Path) -> None:
    assert _report(clean.folder, folder, "--date", "2027-07-01")[0] == 1


@pytest.mark.parametrize("day", ["tomorrow", "2027-13-01"])
def test_fails_on_a_date_that_is_none(clean: Assembly, folder: Path, day: str) -> None:
    assert _report(clean.folder, folder, "--date", day)[0] == 2


def test_fails_without_a_trace_of_a_pack(clean: Assembly, folder: Path) -> None:
    day = ("--date", "2027-01-15")
    code, _, err = _report(clean.folder, folder, *day, "--packs", "AwsSolutions,HIPAA.Security")
    assert code == 1
    assert err.startswith("GF-REPORT-004: no trace of HIPAA.Security")
    assert _report(clean.folder, folder, *day, "--packs", "AwsSolutions")[0] == 0


def test_fails_without_an_assembly(tmp_path: Path, folder: Path) -> None:
    code, _, err = _report(tmp_path, folder)
    assert code == 1
    assert err.startswith("GF-ASSEMBLY-001: ")
    assert not folder.exists()


def test_the_templates_gate_says_the_same(clean: Assembly) -> None:
    result = RUNNER.invoke(check_app, ["templates", "--cdk-out", str(clean.folder), "--json"])
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    assert data["passes"]
    assert {finding["id"] for finding in data["findings"]} == {"GF::GF-IAM-001[s3:Get*]"}


def test_fails_where_the_configuration_is_broken(clean: Assembly, tmp_path: Path) -> None:
    arguments = ["templates", "--cdk-out", str(clean.folder), "--config", str(tmp_path)]
    result = RUNNER.invoke(check_app, arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("GF-CHECK-002: ")


def test_fails_without_checkov(clean: Assembly, tmp_path: Path) -> None:
    arguments = ["checkov", "--cdk-out", str(clean.folder), "--checkov", str(tmp_path / "none")]
    result = RUNNER.invoke(check_app, arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("GF-CHECK-010: ")


def test_figures_count_before_acknowledgements(clean: Assembly, tmp_path: Path) -> None:
    fake = tmp_path / "checkov"
    fake.write_text('#!/bin/sh\necho \'{"results": {"failed_checks": []}, "summary": {"parsing_errors": 0}}\'\n')
    fake.chmod(0o755)
    out = tmp_path / "figures.json"
    arguments = ["--cdk-out", str(clean.folder), "--cache", str(tmp_path), "--checkov", str(fake), "--out", str(out)]
    result = RUNNER.invoke(check_app, ["figures", *arguments])
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    assert data == json.loads(out.read_text())
    assert data["resources"] == 8
    counts = {name: figure["count"] for name, figure in data["figures"].items()}
    assert counts == {"aws_solutions": 8, "checkov": 0, "iam": 2, "cfn_lint_errors": 0, "cfn_lint_warnings": 0}
    assert data["figures"]["aws_solutions"]["per_100_resources"] == 100.0
