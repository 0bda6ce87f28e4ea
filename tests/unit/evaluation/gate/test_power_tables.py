"""What `foundation eval power` and `foundation eval compare` print."""

import json
from io import StringIO

from rich.console import Console
from rich.table import Table

from foundation.evaluation.power import compare_runs, compare_table, power_data, power_summary, power_table
from genai_runtime.evaluation.gate.sample_size import Question, answer
from tests.unit.evaluation.gate.runs import gating, suite_of
from tests.unit.evaluation.gate.test_gate import BASE, RUN, Runs


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


def test_two_runs_are_compared_from_their_scores() -> None:
    runs = Runs()
    runs.score(1, run=BASE)
    runs.score(1, lambda number: number % 10 > 0)
    metrics = compare_runs(runs.store, suite_of(gating()), (BASE, "candidate-0"), (RUN, "candidate-0"))
    shown = printed(compare_table(metrics))
    assert "-0.100" in shown
    assert "worse by more than 0" in shown
