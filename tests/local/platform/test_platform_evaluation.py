"""Suites evaluated through the deployed pipeline: verdicts, exit codes, poisoned cases, other targets, redaction."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError

from foundation.demo.evaluate import FEW, SUITE, WEAKENED
from foundation.evaluation.access import parameter
from foundation.evaluation.publish import BUCKET, GOLDEN, STAGE
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.redaction.report import FILE, RedactionReport
from tests.local.platform.conftest import PRIMARY, USE_CASE, Platform
from tests.local.platform.evaluations import EXIT_CODES, Evaluations
from tests.local.platform.identities import person
from tests.local.platform.suites import BLANK, TOO_LONG

pytestmark = pytest.mark.local
OPTIONS = {"PROMOTE": [], "REJECT": ["--prompt", str(WEAKENED)], "HOLD": ["--cases", str(FEW)]}


def test_the_demo_promotes_rejects_and_holds(platform: Platform) -> None:
    rows = {each["decision"]: each for each in platform.summary.evaluations}
    assert rows.keys() == EXIT_CODES.keys()
    assert all(each["as_expected"] for each in rows.values())
    assert rows["HOLD"]["cases_needed"] > 0
    assert rows["HOLD"]["cases"] == FEW
    for each in rows.values():
        folder = Path(each["report"]).parent
        assert each["decision"] in (folder / "result.html").read_text(encoding="utf-8")
        comment = (folder / "comment.md").read_text(encoding="utf-8")
        assert each["decision"] in comment
        assert len(comment.splitlines()) <= 60
    rejected = Path(rows["REJECT"]["report"]).parent
    junit = ElementTree.parse(rejected / "junit.xml")  # noqa: S314 - our own file
    named = {case.get("name") for case in junit.iter("testcase") if case.find("failure") is not None}
    comment = (rejected / "comment.md").read_text(encoding="utf-8")
    assert len(named) >= rows["REJECT"]["failed_cases"]
    for case in rows["REJECT"]["first_failed"]:
        assert any(case in str(name) for name in named)
    assert sum(f"`{name}`" in comment for name in named) >= 10
    held = (Path(rows["HOLD"]["report"]).parent / "comment.md").read_text(encoding="utf-8")
    assert str(rows["HOLD"]["cases_needed"]) in held


@pytest.mark.parametrize("decision", OPTIONS)
def test_the_same_command_finds_the_finished_run_and_its_exit_code_is_the_verdict(
    platform: Platform, evaluations: Evaluations, decision: str
) -> None:
    calls = evaluations.calls()
    row = next(each for each in platform.summary.evaluations if each["decision"] == decision)
    result = evaluations.command(SUITE, *OPTIONS[decision], config=platform.settings.config)
    assert (result.run, result.decision) == (row["run"], decision)
    assert evaluations.calls() == calls


def test_a_poisoned_case_is_an_error_with_its_class_and_stops_nothing(evaluations: Evaluations) -> None:
    result = evaluations.run("poisoned")
    responses = {each.case: each for each in evaluations.responses(result.run)}
    errors = {case: each.error for case, each in responses.items() if each.error}
    assert {case: error.error_class for case, error in errors.items()} == dict.fromkeys(
        (BLANK, TOO_LONG), "invalid-request"
    )
    assert "too long" in errors[TOO_LONG].message
    (candidate,) = result.gate.candidates
    assert candidate.cases == len(responses) == 32
    assert {BLANK, TOO_LONG} <= set(candidate.failed_cases)
    assert next(each for each in candidate.metrics if each.gating).undecided == 0


def test_a_sequential_run_that_is_sure_early_spends_fewer_calls(evaluations: Evaluations) -> None:
    calls = evaluations.calls()
    result = evaluations.run("sequential")
    assert result.decision == "PROMOTE"
    assert result.gate.final
    assert result.gate.look < result.gate.looks == 4
    asked = sum(len(batch.cases) for batch in evaluations.runs.batches(result.run) if batch.look <= result.gate.look)
    assert evaluations.calls() - calls == len(evaluations.responses(result.run)) == result.calls == asked < 80


def test_own_responses_are_scored_and_nothing_is_asked(evaluations: Evaluations, tmp_path: Path) -> None:
    asked = evaluations.run("plain")
    lines = [json.dumps({"id": each.case, "answer": each.answer}) for each in evaluations.responses(asked.run)]
    file = tmp_path / "responses.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    calls = evaluations.calls()
    own = evaluations.command("plain", "--responses", str(file))
    assert own.run != asked.run
    assert evaluations.calls() == calls
    found, expected = own.gate.candidates[0], asked.gate.candidates[0]
    assert [(each.name, each.cases, each.estimate, each.interval) for each in found.metrics] == [
        (each.name, each.cases, each.estimate, each.interval) for each in expected.metrics
    ]
    assert found.failed_cases == expected.failed_cases


def test_a_deployed_use_case_is_asked_through_its_own_endpoint(evaluations: Evaluations) -> None:
    evaluations.suite("served")
    result = evaluations.command("served", "--use-case", USE_CASE, "--cases", "6")
    responses = evaluations.responses(result.run)
    assert len(responses) == 6
    assert not [each.error for each in responses if each.error]
    assert all(each.guardrail_action == "none" and each.trace_id and each.last_token_ms for each in responses)
    assert all(each.first_token_ms is None for each in responses)


def test_fails_to_read_golden_data_as_dev_s_planner_or_any_other_role_of_dev(
    platform: Platform, evaluations: Evaluations
) -> None:
    suite = evaluations.suite("plain")
    bucket = parameter(evaluations.access, STAGE, BUCKET)
    golden = layout.golden(GOLDEN, "plain", suite.version, layout.DATASET_FILE)
    redacted = layout.golden("redacted", "plain", suite.version, FILE)
    role = evaluations.access.client("lambda", "dev").get_function(FunctionName=evaluations.function("Plan"))
    name = role["Configuration"]["Role"].rsplit("/", 1)[-1]
    attached = evaluations.access.client("iam", "dev").list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    planner = {"policy_arns": [each["PolicyArn"] for each in attached]}
    anybody = {"statements": [{"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}]}
    for rights in (planner, anybody):
        with person(platform.target, "dev", PRIMARY, **rights) as reader:
            s3 = reader.client("s3", endpoint_url=platform.target.url)
            body = s3.get_object(Bucket=bucket, Key=redacted)["Body"].read()
            assert RedactionReport.model_validate_json(body).cases == len(suite.cases)
            with pytest.raises(ClientError) as refused:
                s3.get_object(Bucket=bucket, Key=golden)
            assert refused.value.response["Error"]["Code"] == "AccessDenied"
