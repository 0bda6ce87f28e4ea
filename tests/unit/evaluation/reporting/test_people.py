"""What a report says of judge and reviewers."""

import dataclasses

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.judging.agreement import judge_agreement, reviewer_agreement
from genai_runtime.evaluation.judging.records import Calibration, Counts, Kappa, Labelled
from genai_runtime.evaluation.records import Usage
from genai_runtime.evaluation.reporting.data import RunData
from genai_runtime.evaluation.reporting.load import load_run
from genai_runtime.evaluation.reporting.page import render_report
from genai_runtime.evaluation.reporting.people import kappa, people
from genai_runtime.evaluation.reporting.result import run_result
from genai_runtime.evaluation.run import JudgeModel
from genai_runtime.evaluation.suite import JudgeSpec, ReviewSpec, Rubric
from genai_runtime.evaluation.verdict import RunResult
from tests.unit.evaluation.reporting.bucket import stored

RUBRIC = Rubric(question="Right?", levels={1: "<b>wrong</b>", 2: "partly", 3: "right"})
JUDGE = JudgeSpec(model="judge", rubric=RUBRIC, pairwise=True)
COUNTS = (
    Counts(answers=100, split=10, pairs=40, inconsistent=4, failed=1, calls=400, throttled=3, cost_usd=0.2),
    Counts(answers=100, split=2, calls=300, usage=Usage(input_tokens=9, output_tokens=1), cost_usd=0.1),
)


@pytest.fixture
def judged(one: RunData) -> RunData:
    """A run of which 30 calibration items, 27 of them alike, and two reviewers are known."""
    items = tuple(
        Labelled(id=f"item-{n}", people=(1 + n % 3, 1 + n % 3), judge=None if n == 29 else 1 + (n + (n > 26)) % 3)
        for n in range(30)
    )
    gate = one.gate.model_copy(
        update={
            "judge": judge_agreement(Calibration(run=one.request.run, model_id="eu.judge", items=items), JUDGE),
            "reviewers": reviewer_agreement([(1, 1), (2, 2), (3, 3), (1, 2)], (1, 2, 3)),
        }
    )
    review = ReviewSpec(rubric=RUBRIC, reviewers=("ann", "bob"), cases=4)
    return dataclasses.replace(
        one,
        gates=(gate,),
        suite=one.suite.model_copy(update={"judge": JUDGE, "review": review}),
        request=one.request.model_copy(update={"judge": JudgeModel(model_id="eu.judge")}),
    )


def load(data: RunData) -> RunData:
    store, _ = stored(data)
    for number, counts in enumerate(COUNTS):
        store.write(f"{layout.judge_counts(data.request.run)}candidate/1-{number}.json", counts)
    return load_run(store, data.request.run)


def test_the_page_tells_agreement_votes_and_costs(judged: RunData) -> None:
    data = load(judged)
    found = people(data)
    assert found is not None
    facts = dict(found.judge)
    assert facts["May it gate?"].startswith("yes: kappa 0.8")
    assert facts["Labelled by people"] == "30 items, 1 without a verdict"
    assert facts["People with each other"] == "1.00"
    assert facts["Answers judged"] == "200, 12 (6.0 %) with split votes"
    assert facts["Pairs judged"] == "40, 4 (10.0 %) with another winner in the other order"
    assert facts["Judge's calls"] == "700, 3 of them throttled"
    assert facts["Judge's cost"] == "$0.30"
    assert dict(found.reviewers)["Reviewers"] == "2, 4 answers graded by all of them"
    assert found.confusion is not None
    assert sum(sum(counts) for _, _, counts in found.confusion.rows) == 30
    page = render_report(data)
    assert 'id="people"' in page
    assert "Cohen&#39;s kappa" in page
    assert "<b>wrong</b>" not in page


def test_the_result_holds_all_of_it_as_data(judged: RunData) -> None:
    result = RunResult.model_validate_json(run_result(load(judged)).model_dump_json())
    assert result.judging is not None
    assert (result.judging.calls, result.judging.cost_usd) == (700, 0.30000000000000004)
    assert result.gate.judge == judged.gate.judge
    assert result.gate.reviewers == judged.gate.reviewers


def test_a_run_without_judge_and_reviewers_has_no_such_section(one: RunData, page: str) -> None:
    assert people(one) is None
    assert 'id="people"' not in page


def test_an_unknown_kappa_says_so_and_a_negative_one_has_its_sign() -> None:
    assert kappa(Kappa(estimate=None)) == "unknown: all used one and the same level"
    assert kappa(Kappa(estimate=-0.2, low=-0.4, high=0.01)) == "−0.20 (−0.40 to 0.01)"


def test_a_judge_without_calibration_is_told_about(judged: RunData) -> None:
    gate = judged.gate.model_copy(update={"judge": judge_agreement(None, JUDGE), "reviewers": None})
    found = people(dataclasses.replace(judged, gates=(gate,)))
    assert found is not None
    assert dict(found.judge)["May it gate?"].startswith("no: the judge wasn't calibrated")
    assert found.confusion is None
    assert found.reviewers == (("Agreement", "unknown: fewer than two reviewers answered"),)
