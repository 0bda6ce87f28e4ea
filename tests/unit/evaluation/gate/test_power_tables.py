"""What `foundation eval power` prints."""

import json
from io import StringIO

import pytest
from rich.console import Console
from rich.table import Table
from typer.testing import CliRunner

from foundation.evaluation.cli import app
from foundation.evaluation.power import power_data, power_summary, power_table
from genai_runtime.evaluation.gate.sample_size import Question, answer

RUNNER = CliRunner()


def printed(table: Table) -> str:
    """As a person sees it."""
    out = StringIO()
    Console(file=out, width=140).print(table)
    return out.getvalue()


def test_power_is_told_in_a_sentence_and_a_table() -> None:
    question = Question(0.9, 0.95)
    assert "239 cases" in power_summary(answer(question))
    assert "PROMOTE" in power_summary(answer(question))
    shown = printed(power_table(question))
    assert "400" in shown
    assert "nothing below 1" not in shown
    assert "nothing below 1" in printed(power_table(Question(0.99, 0.995), [100]))


def test_power_is_data_too() -> None:
    data = power_data(Question(0.8, 0.85, deviation=0.2), [100, 200])
    assert json.loads(json.dumps(data)) == data
    assert data["by_size"][0]["power"] < 0.8 < data["by_size"][1]["power"]


def test_the_command_takes_thresholds_and_looks_from_a_suite() -> None:
    ran = RUNNER.invoke(app, ["power", "bedrock-api-reference", "--value", "0.97", "--json"])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert {each["metric"] for each in found} == {"refusal", "rouge-l"}
    assert all(each["decides"] == "PROMOTE" and each["cases"] > 1 for each in found)


def test_the_command_needs_no_suite() -> None:
    ran = RUNNER.invoke(app, ["power", "--threshold", "0.9", "--value", "0.95", "--cases", "239"])
    assert ran.exit_code == 0
    assert "239 cases; with early stopping (4 looks, obrien-fleming)" in ran.output
    assert "80%" in ran.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--value", "0.9"], "GF-EVAL-444: there is no threshold"),
        (["--value", "0.9", "--threshold", "0.9"], "GF-EVAL-256: value and threshold are both 0.9"),
        (
            ["bedrock-api-reference", "--value", "0.9", "--metric", "x"],
            "GF-EVAL-445: suite bedrock-api-reference has no",
        ),
        (["--value", "0.9", "--threshold", "0.8", "--metric", "x"], "GF-EVAL-446: --metric x is given without a suite"),
        (["nothing", "--value", "0.9"], "GF-EVAL-440: there is no suite 'nothing'"),
    ],
)
def test_fails_with_a_code_on_a_question_without_an_answer(arguments: list[str], said: str) -> None:
    ran = RUNNER.invoke(app, ["power", *arguments])
    assert ran.exit_code == 1
    assert said in " ".join(ran.output.split())
