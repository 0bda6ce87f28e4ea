"""The gate's step: how far the judge and the reviewers agree, and what that decides."""

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.gate.gate import Gate
from genai_runtime.evaluation.judging.records import Calibration, Labelled
from genai_runtime.evaluation.records import Score, ScoredBatch, ScoredCase
from genai_runtime.evaluation.suite import JudgeSpec, Rubric
from genai_runtime.evaluation.verdict import GateResult
from tests.unit.evaluation.gate.runs import gating, suite_of
from tests.unit.evaluation.gate.scored_run import RUN, Runs
from tests.unit.evaluation.review.reviewed_run import filled, form_of, plan, reviewed, submit


def calibrated(runs: Runs, agreeing: int) -> None:
    """Labels of 40 items, of which the judge gave so many the level that people gave."""
    items = tuple(
        Labelled(id=f"item-{number}", people=(1 + number % 2,), judge=1 + (number + (number >= agreeing)) % 2)
        for number in range(40)
    )
    runs.store.write(layout.calibration(RUN), Calibration(run=RUN, model_id="judge", items=items))


@pytest.mark.parametrize(("agreeing", "gates"), [(40, True), (34, True), (24, False), (None, False)])
def test_a_judge_gates_by_its_calibration(agreeing: int | None, gates: bool) -> None:
    rubric = Rubric(question="good?", levels={1: "no", 2: "yes"})
    suite = suite_of(gating("judge"), judge=JudgeSpec(model="judge", rubric=rubric, minimum_kappa=0.6))
    runs = Runs(suite)
    runs.score(1)
    for batch in runs.batches(1, runs.cases):
        scores = (Score(metric="judge", value=1.0, passed=True),)
        cases = tuple(ScoredCase(case=case, candidate=batch.candidate, scores=scores) for case in batch.cases)
        key = layout.scores(RUN, "judgements", batch.candidate, 1, batch.batch)
        runs.store.write(key, ScoredBatch(run=RUN, candidate=batch.candidate, cases=cases))
    if agreeing is not None:
        calibrated(runs, agreeing)
    Gate(runs.store).decide(RUN, 1)
    assert runs.metric().gating is gates
    assert runs.verdict().decision == ("PROMOTE" if gates else "HOLD")


def test_the_verdict_holds_the_judges_agreement_in_full() -> None:
    suite = suite_of(gating(), judge=JudgeSpec(model="judge", rubric=Rubric(question="?", levels={1: "no", 2: "yes"})))
    runs = Runs(suite)
    runs.score(1)
    calibrated(runs, 36)
    Gate(runs.store).decide(RUN, 1)
    judge = runs.verdict().judge
    assert judge is not None
    assert (judge.items, judge.kappa.estimate, judge.confusion) == (
        40,
        runs.verdict().judge_kappa,
        ((18, 2, 0), (2, 18, 0)),
    )


@pytest.mark.parametrize(("second", "kappa"), [({"one": 1, "two": 1}, 1.0), ({}, 0.0)])
def test_the_verdict_holds_the_reviewers_agreement(second: dict[str, int], kappa: float) -> None:
    """Bob agrees with Ann on everything, or says the same of all."""
    store = reviewed({"good": dict.fromkeys(("one", "two", "three", "four"), "A")})
    for form in plan(store):
        graded = form_of(store, form.form)
        levels = {"one": 1, "two": 1} if form.reviewer == "ann" else second
        submit(store, filled(graded, {("good", source.case): levels.get(source.case, 3) for source in graded.sources}))
    Gate(store).decide("r1", 1)
    verdict = store.load(layout.gate("r1", 1), GateResult)
    assert verdict.reviewers is not None
    assert (verdict.reviewers.reviewers, verdict.reviewers.items) == (2, 4)
    assert verdict.reviewer_agreement == verdict.reviewers.kappa.estimate == kappa
