"""Rule packs run on every synthesis; a finding that nobody answers for fails it."""

import json
import re
import shlex
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from foundation.checks.assembly import Assembly
from stacks.settings import Settings
from tests.synth.app import CHECKOUT, Run, cli_synth

PACKS = {"AwsSolutions", "NIST.800.53.R5"}
ANSWERED = re.compile(r".{20,} \[owner: [^;\[\]]+; expires: (\d{4}-\d{2}-\d{2})\]", re.DOTALL)


def report(run: Run) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Reports of the rule packs, by pack."""
    content = json.loads((run.outdir / "validation-report.json").read_text())
    return {each["pluginName"]: each for each in content["pluginReports"]}


def test_the_shipped_configuration_synthesizes_through_the_cli(synthesis: Run) -> None:
    assert synthesis.code == 0, synthesis.output


def test_both_packs_ran_and_left_nothing_open(synthesis: Run) -> None:
    packs = report(synthesis)
    assert packs.keys() >= PACKS
    for name, pack in packs.items():
        assert [violation["ruleName"] for violation in pack["violations"]] == [], name


def test_every_acknowledgement_in_the_report_has_a_reason_an_owner_and_an_expiry(synthesis: Run) -> None:
    texts = [each["reason"] for pack in report(synthesis).values() for each in pack["suppressedViolations"]]
    assert texts
    assert [text for text in texts if not ANSWERED.fullmatch(text)] == []


def test_templates_carry_every_acknowledgement_for_reviewers_who_have_nothing_else(
    assembly: Assembly, synthesis: Run
) -> None:
    written = 0
    for each in assembly.stacks:
        for resource in each.resources:
            for rule in resource.metadata.get("cdk_nag", {}).get("rules_to_suppress", []):
                match = ANSWERED.fullmatch(rule["reason"])
                assert match, f"{each.path} {resource.logical_id}: {rule}"
                assert date.fromisoformat(match[1]) > date(2026, 1, 1)
                assert rule["id"].partition("::")[0] in {*PACKS, "GF"}
                written += 1
    reported = sum(
        len(each["violatingConstructs"]) for pack in report(synthesis).values() for each in pack["suppressedViolations"]
    )
    assert written >= reported > 0


def test_linters_find_their_acknowledgements_beside_ours(assembly: Assembly) -> None:
    """What checkov and cfn-lint are told to skip is answered for in the same words."""
    for each in assembly.stacks:
        for resource in each.resources:
            skipped = {f"checkov:{skip['id']}" for skip in resource.metadata.get("checkov", {}).get("skip", [])}
            own = resource.metadata.get("genai_foundation", {}).get("acknowledged", [])
            assert skipped <= {item["id"] for item in own}, f"{each.path} {resource.logical_id}"
            assert all(ANSWERED.fullmatch(item["reason"]) for item in own)


# A rule of each pack that different constructs answer for, in the smallest account that has them.
@pytest.mark.parametrize(
    ("finding", "rule"),
    [
        ("NIST.800.53.R5::NIST.800.53.R5-LambdaInsideVPC", "LambdaInsideVPC"),
        ("AwsSolutions::AwsSolutions-S1", "AwsSolutions-S1"),
    ],
)
def test_fails_through_the_cli_when_one_acknowledgement_is_removed(
    tmp_path: Path, settings: Settings, finding: str, rule: str
) -> None:
    program = Path(__file__).with_name("without_acknowledgement.py")
    run = cli_synth(
        tmp_path,
        context={"account": "data-producer-crm"},
        app=f"{shlex.quote(sys.executable)} -O {shlex.quote(str(program))}",
        variables={"LEFT_OUT": finding, "PYTHONPATH": str(CHECKOUT)},
    )
    assert run.code != 0
    assert rule in run.output
    open_rules = {violation["ruleName"] for pack in report(run).values() for violation in pack["violations"]}
    assert open_rules == {finding.partition("::")[2]}
