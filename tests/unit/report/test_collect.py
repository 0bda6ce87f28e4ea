"""States of findings and acknowledgements, as of a date that is given."""

import os
import shutil
from datetime import date
from pathlib import Path

import pytest

from foundation.checks.assembly import Assembly, load_assembly
from foundation.checks.errors import GateError
from foundation.report.collect import Report, collect, for_account
from foundation.report.validation import FILE
from tests.unit.report.sample import synthesize

TODAY = date(2027, 1, 15)


def _states(report: Report, account: str = "dev") -> dict[str, str]:
    return {f"{row.pack} {row.rule}": row.state for row in report.rows if row.account == account}


def _problems(report: Report) -> list[tuple[str, str, str]]:
    return sorted((row.path, row.rule, row.problem.partition(":")[0]) for row in report.failures)


def test_every_finding_is_a_row_with_who_answers_for_it(clean: Assembly) -> None:
    report = collect(clean, TODAY)
    assert report.failures == ()
    expected = {
        "AwsSolutions AwsSolutions-SQS3": "acknowledged",
        "AwsSolutions AwsSolutions-SQS4": "acknowledged",
        "AwsSolutions AwsSolutions-IAM5[Action::s3:Get*]": "acknowledged",
        "AwsSolutions AwsSolutions-KMS5": "acknowledged",
        "NIST.800.53.R5 NIST.800.53.R5-KMSBackingKeyRotationEnabled": "acknowledged",
        "GF GF-IAM-001[s3:Get*]": "acknowledged",
        "checkov CKV_AWS_27": "acknowledged",
    }
    assert _states(report) == _states(report, "prod") == expected
    row = next(row for row in report.rows if row.rule == "AwsSolutions-SQS3" and row.account == "dev")
    assert row.path == "dev/Workload/Failures"
    assert (row.logical_id, row.type) == ("Failures", "AWS::SQS::Queue")
    assert row.template.endswith(".template.json")
    assert (row.account_id, row.region) == ("222222222222", "eu-west-1")
    assert row.reason == "this queue is itself the dead-letter queue of the function"
    assert (row.owner, row.expires, row.when) == ("platform-team", "2027-06-30", "2027-01-15")


def test_an_acknowledgement_around_several_resources_is_not_stale(clean: Assembly) -> None:
    """It covers the policy; the role beside it has no such finding, and that is no left-over."""
    assert [row for row in collect(clean, TODAY).rows if row.state == "stale"] == []


def test_fails_on_open_incomplete_and_stale(faulty: Assembly) -> None:
    report = collect(faulty, TODAY)
    assert _problems(report) == [
        ("dev/Workload/Failures", "AwsSolutions-S1", "GF-REPORT-013"),
        ("dev/Workload/Failures", "AwsSolutions-SQS3", "GF-REPORT-011"),
        ("dev/Workload/Failures", "AwsSolutions-SQS4", "GF-REPORT-010"),
    ]
    assert (report.count("open"), report.count("stale")) == (2, 1)
    incomplete = next(row for row in report.failures if row.rule == "AwsSolutions-SQS3")
    assert "no owner" in incomplete.problem
    assert "no expiry date" in incomplete.problem


def test_fails_from_the_day_after_the_expiry(clean: Assembly) -> None:
    assert collect(clean, date(2027, 6, 30)).failures == ()
    expired = collect(clean, date(2027, 7, 1)).failures
    assert len(expired) == len(collect(clean, TODAY).rows)
    assert {row.problem.partition(":")[0] for row in expired} == {"GF-REPORT-012"}
    assert {row.state for row in expired} == {"open"}


def test_fails_when_the_template_lacks_the_acknowledgement(hostile: Assembly) -> None:
    problems = {row.problem.partition(":")[0] for row in collect(hostile, TODAY).failures}
    assert "GF-REPORT-014" in problems


def test_an_account_has_its_own_rows_and_proofs(faulty: Assembly) -> None:
    report = collect(faulty, TODAY)
    prod = for_account(report, faulty, "prod")
    assert {row.account for row in prod.rows} == {"prod"}
    assert prod.failures == ()
    assert [(account.name, account.id, account.stacks) for account in prod.accounts] == [("prod", "444444444444", 1)]


@pytest.fixture
def copied(clean: Assembly, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clean.folder, tmp_path / "cdk.out"))


def test_fails_without_a_validation_report(copied: Path) -> None:
    (copied / FILE).unlink()
    with pytest.raises(GateError, match="GF-REPORT-001"):
        collect(load_assembly(copied), TODAY)


def test_fails_on_the_report_of_an_earlier_synthesis(copied: Path) -> None:
    manifest = copied / "assembly-dev" / "manifest.json"
    later = (copied / FILE).stat().st_mtime + 10
    os.utime(manifest, (later, later))
    with pytest.raises(GateError, match="GF-REPORT-002"):
        collect(load_assembly(copied), TODAY)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pluginReports": [{}]}'])
def test_fails_on_an_unreadable_report(copied: Path, text: str) -> None:
    (copied / FILE).write_text(text)
    with pytest.raises(GateError, match="GF-REPORT-003"):
        collect(load_assembly(copied), TODAY)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"pluginReports": []}', "GF-REPORT-004"),
        ('{"pluginReports": [{"pluginName": "AwsSolutions", "conclusion": "success"}]}', "GF-REPORT-004"),
        (
            '{"pluginReports": [{"pluginName": "AwsSolutions", "conclusion": "failure", "violations": []},'
            '{"pluginName": "NIST.800.53.R5", "conclusion": "success", "violations": []}]}',
            "GF-REPORT-005",
        ),
    ],
)
def test_fails_when_a_pack_did_not_look(copied: Path, text: str, code: str) -> None:
    (copied / FILE).write_text(text)
    with pytest.raises(GateError, match=code):
        collect(load_assembly(copied), TODAY)


def test_fails_when_the_packs_are_not_registered(tmp_path: Path) -> None:
    with pytest.raises(GateError, match=r"GF-REPORT-00[14]"):
        collect(load_assembly(synthesize(tmp_path / "cdk.out", packs=False)), TODAY)
