"""The demo's own result, and what running it again does."""

import json

import pytest

from foundation.cdk import deployed_again
from foundation.checks.assembly import StackTemplate, load_assembly
from tests.local.platform.conftest import Platform

pytestmark = pytest.mark.local
# Stacks with many functions, or with patterns that name what another stack made.
READING = {"Evaluation", "Live", "ModelAccess", "Online", "Pipeline", "ReleaseAccess"}
DEPLOYED_AGAIN = {"Evaluation", "ModelAccess", "Online"}
# The release that dev's gate stopped had brought its prompt there, into both Regions.
LEFT_BY_STOPPED_RELEASE = {"dev/Prompts", "dev/RecoveryPrompts"}


def test_deploys_every_account_and_answers_as_it_should(platform: Platform) -> None:
    summary = platform.summary
    assert [each["stage"] for each in summary.accounts] == [each.stage for each in platform.settings.accounts]
    assert all(each["unchanged"] == 0 for each in summary.accounts)
    assert {each["environment"] for each in summary.requests} == {"dev", "prod"}
    assert [each["outcome"] for each in summary.requests if each["environment"] == "prod"] == [
        "answered",
        "masked",
        "blocked",
        "blocked",
        "rejected",
        "rejected",
    ]
    assert summary.read_back["differs"] == 0
    assert summary.read_back["equal"] > 5000


def test_leaves_the_summary_and_the_report(platform: Platform) -> None:
    written = json.loads((platform.out / "summary.json").read_text())
    assert written["ok"] is True
    assert written["report"].endswith("index.html")
    assert (platform.out / "report" / "index.html").stat().st_size > 10_000


def test_a_second_run_changes_what_may_have_changed_behind_equal_templates(platform: Platform) -> None:
    again = platform.run_demo()
    assert again.ok, again.error
    stacks = load_assembly(platform.out / "cdk.out").stacks
    expected = {stack.path for stack in stacks if deployed_again(stack.template)}
    assert {name(stack) for stack in stacks if stack.path in expected} == DEPLOYED_AGAIN
    changed = [stack for account in again.accounts for stack in account["changed"]]
    assert sorted(changed) == sorted(expected | LEFT_BY_STOPPED_RELEASE)
    assert {name(stack) for stack in stacks if reads_parameters(stack)} <= READING


def reads_parameters(stack: StackTemplate) -> bool:
    """Whether parameters of it are read from the Parameter Store, the bootstrap's version apart."""
    parameters = stack.template.get("Parameters", {})
    types = [each["Type"] for key, each in parameters.items() if key != "BootstrapVersion"]
    return any(each.startswith("AWS::SSM::Parameter::") for each in types)


def name(stack: StackTemplate) -> str:
    return stack.path.partition("/")[2]
