"""The demo's own result, and what running it again does."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from tests.local.platform.conftest import Platform

pytestmark = pytest.mark.local
# Stacks with many functions, or with patterns that name what another stack made.
READING = {"Evaluation", "Live", "ModelAccess", "Online", "Pipeline", "ReleaseAccess"}
HASH = 8
"""Characters that CDK puts behind a stack's name in a file name."""


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


def test_a_second_run_changes_no_stack(platform: Platform) -> None:
    again = platform.run_demo()
    assert again.ok, again.error
    # The CLI deploys a stack with SSM parameters each time: their values may have changed behind an equal template.
    reading = parameterised(platform.out / "cdk.out")
    changed = {each["stage"]: each["stacks"] - each["unchanged"] for each in again.accounts}
    # The release that dev's gate stopped left its prompt there.
    changed["dev"] -= len({"Prompts"})
    assert all(changed[each["stage"]] <= len(reading[each["stage"]]) for each in again.accounts), changed
    assert set().union(*reading.values()) <= READING


def parameterised(assembly: Path) -> defaultdict[str, set[str]]:
    """Stacks by stage whose template has parameters that CloudFormation reads from the Parameter Store."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for file in assembly.glob("assembly-*/*.template.json"):
        parameters = json.loads(file.read_text()).get("Parameters", {})
        # The bootstrap's version is a check of its own, and the CLI leaves it out.
        types = [each["Type"] for name, each in parameters.items() if name != "BootstrapVersion"]
        if any(each.startswith("AWS::SSM::Parameter::") for each in types):
            stage = file.parent.name.removeprefix("assembly-")
            name = file.name.removeprefix(stage.replace("-", "")).removesuffix(".template.json")
            found[stage].add(name[:-HASH])
    return found
