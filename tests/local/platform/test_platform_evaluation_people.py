"""What people and judges say of a run's answers, and where the run is logged; all through the deployed pipeline."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from foundation.evaluation.review import ListedForm, list_forms, submit_answers
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.review.records import Form
from genai_runtime.evaluation.review.tokens import latest_token
from genai_runtime.evaluation.tracking.experiments import CANDIDATE_TAG, RUN_TAG, WHOLE
from tests.local.evaluation.loopback_judge import LoopbackJudge, serving
from tests.local.platform.evaluations import EXIT_CODES, Evaluations
from tests.unit.evaluation.review.reviewed_run import filled

pytestmark = pytest.mark.local
GRADES = (4, 3, 2, 4, 3, 1)


def test_people_answer_late_or_never_and_the_run_goes_on(evaluations: Evaluations, tmp_path: Path) -> None:
    evaluations.suite("reviewed")
    running = evaluations.begin("run", "reviewed", "--json")
    run, forms = waiting_forms(evaluations, running)
    ann, bob, cleo = (forms[name] for name in ("ann", "bob", "cleo"))
    file = answers(evaluations, run, ann, lambda item: GRADES[item - 1], tmp_path)
    code, said = evaluations.said("review", "submit", str(file), "--json")
    assert (code, json.loads(said)["outcome"]) == (0, "accepted")
    evaluations.until(lambda: reminders(evaluations, run, bob) == 1, running)
    # One level off once.
    file = answers(evaluations, run, bob, lambda item: GRADES[item - 1] - (item == 1), tmp_path)
    functions = evaluations.access.client("lambda", "dev")
    assert submit_answers(functions, evaluations.function("ReviewSubmit"), file)["outcome"] == "accepted"
    out, errors = running.communicate(timeout=120)
    assert running.returncode in EXIT_CODES.values(), errors
    gate = json.loads(out)["gate"]
    assert 0 < gate["reviewer_agreement"] < 1
    (reviewed,) = [each for each in gate["candidates"][0]["metrics"] if each["name"] == "human-review"]
    assert (reviewed["cases"], reviewed["gating"]) == (6, False)
    code, said = evaluations.said("review", "list", run, "--json")
    states = {each["reviewer"]: each["state"] for each in json.loads(said)}
    assert states == {"ann": "answered", "bob": "answered", "cleo": "expired"}
    assert reminders(evaluations, run, cleo) == 1


def waiting_forms(evaluations: Evaluations, running: subprocess.Popen[str]) -> tuple[str, dict[str, str]]:
    """The run, and its forms by reviewer, once all are waited for."""
    found: dict[str, list[ListedForm]] = {}

    def all_wait() -> bool:
        for key in evaluations.store.keys("runs/reviewed-"):
            run = key.split("/")[1]
            found[run] = list_forms(evaluations.store, run)
            return Counter(each.state for each in found[run]) == {"waiting": 3}
        return False

    evaluations.until(all_wait, running)
    ((run, forms),) = found.items()
    return run, {each.reviewer: each.form for each in forms}


def reminders(evaluations: Evaluations, run: str, form: str) -> int:
    """How often a form's reviewer was reminded."""
    token = latest_token(evaluations.store, run, form)
    assert token is not None
    return token.reminder


def answers(evaluations: Evaluations, run: str, name: str, level: Callable[[int], int], folder: Path) -> Path:
    """The file that a form saves when its reviewer gave these levels to its items."""
    form = evaluations.store.load(layout.form(run, name, "form.json"), Form)
    levels = {(each.candidate, each.case): level(place(evaluations, run, each.case)) for each in form.sources}
    file = folder / f"{name}.json"
    file.write_text(json.dumps(filled(form, levels)), encoding="utf-8")
    return file


def place(evaluations: Evaluations, run: str, case: str) -> int:
    """Number of a reviewed case: the same on each reviewer's form, whatever the order there."""
    forms = list_forms(evaluations.store, run)
    first = evaluations.store.load(layout.form(run, forms[0].form, "form.json"), Form)
    return sorted(each.case for each in first.sources).index(case) + 1


def test_an_honest_judge_gates_and_one_that_guesses_can_not(evaluations: Evaluations) -> None:
    with serving(LoopbackJudge()) as judge:
        rule = {"pattern": "anthropic.*", "model": f"openai:{judge.url}#judge"}
        evaluations.target.call("PUT", "/_foundation/model", {"rules": [rule]})
        try:
            honest = evaluations.run("judged")
            asked, judge.skill = judge.calls, 0.3
            guessing = evaluations.run("judged", again=2)
        finally:
            evaluations.target.call("DELETE", "/_foundation/model")
    assert asked == 24 + 16
    (metric,) = honest.gate.candidates[0].metrics
    assert (honest.gate.judge_kappa, metric.gating, metric.cases) == (1.0, True, 16)
    assert metric.estimate == pytest.approx(0.5)
    (metric,) = guessing.gate.candidates[0].metrics
    assert guessing.gate.judge_kappa is not None
    assert guessing.gate.judge_kappa < 0.6
    assert not metric.gating
    assert guessing.decision == "HOLD"
    assert any("kappa" in reason for reason in (metric.reason, *guessing.gate.candidates[0].reasons))


def test_a_run_is_one_entry_of_its_experiment_however_often_it_is_executed(evaluations: Evaluations) -> None:
    result = evaluations.run("plain")
    executions = evaluations.executions(result.run)
    assert evaluations.output(executions[0])["tracked"] is True
    before = entries(evaluations, result.run)
    (candidate,) = result.gate.candidates
    assert before.keys() == {WHOLE, candidate.candidate}
    figures = {each["key"]: each["value"] for each in before[candidate.candidate]["data"]["metrics"]}
    for metric in candidate.metrics:
        assert metric.estimate in figures.values(), f"{metric.name} is not among {figures}"
    evaluations.execute(result.run)
    repeated = evaluations.executions(result.run)
    assert len(repeated) == len(executions) + 1
    assert all(evaluations.output(each)["tracked"] for each in repeated)
    after = entries(evaluations, result.run)
    assert {name: each["info"]["run_id"] for name, each in after.items()} == {
        name: each["info"]["run_id"] for name, each in before.items()
    }
    assert {each["key"]: each["value"] for each in after[candidate.candidate]["data"]["metrics"]} == figures


def entries(evaluations: Evaluations, run: str) -> dict[str, Any]:
    """Entries of a run in MLflow, by candidate, by the server's own address."""
    (server,) = evaluations.target.call("POST", "/_foundation/mlflow", patience=240.0)

    def ask(path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{server['url']}/api/2.0/mlflow/{path}", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read())

    experiments = [each["experiment_id"] for each in ask("experiments/search", {"max_results": 100})["experiments"]]
    query = {"experiment_ids": experiments, "filter": f"tags.{RUN_TAG} = '{run}'", "max_results": 100}
    found = ask("runs/search", query).get("runs", [])
    by_name = {tag["value"]: each for each in found for tag in each["data"]["tags"] if tag["key"] == CANDIDATE_TAG}
    assert len(by_name) == len(found), "an entry is there twice"
    return by_name
