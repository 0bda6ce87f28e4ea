"""What the steps left comes back as one run, and a run that isn't finished is told apart."""

import dataclasses
import json

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.records import ScoredBatch
from genai_runtime.evaluation.reporting.data import CandidateData, RunData
from genai_runtime.evaluation.reporting.errors import ReportFailed
from genai_runtime.evaluation.reporting.load import load_run
from tests.unit.evaluation.reporting.bucket import JUDGED, stored


def comparable(data: RunData) -> RunData:
    """Without times, and with scores in one order: the steps that wrote them are merged in theirs."""

    def ordered(candidate: CandidateData) -> CandidateData:
        outcomes = tuple(
            dataclasses.replace(each, scores=tuple(sorted(each.scores, key=lambda score: score.metric == JUDGED)))
            for each in candidate.outcomes
        )
        return dataclasses.replace(candidate, outcomes=outcomes)

    return dataclasses.replace(
        data,
        candidates=tuple(ordered(each) for each in data.candidates),
        baseline=ordered(data.baseline) if data.baseline else None,
        dataset_cases=0,
        started_at="",
        ended_at="",
    )


@pytest.mark.parametrize("name", ["one", "five", "lost"])
def test_a_run_comes_back_as_it_was(name: str, request: pytest.FixtureRequest) -> None:
    data: RunData = request.getfixturevalue(name)
    store, _ = stored(data)
    assert comparable(load_run(store, data.request.run)) == comparable(data)


def test_times_are_of_the_first_object_and_of_the_final_verdict(one: RunData) -> None:
    store, s3 = stored(one)
    data = load_run(store, one.request.run)
    assert data.started_at == "2026-09-01T09:12:04Z"
    assert data.ended_at == s3.written[layout.gate(one.request.run, 1)].strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_rewritten_request_does_not_move_the_start(one: RunData) -> None:
    """A resumed run writes its request and its plan again; answers are written once."""
    store, s3 = stored(one)
    store.write(layout.request(one.request.run), one.request)
    first = min(s3.written[key] for key in s3.written if "/responses/" in key or "/suite/" in key)
    assert load_run(store, one.request.run).started_at == first.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_planned_cases_without_any_object_are_undecided(one: RunData) -> None:
    store, s3 = stored(one)
    run, name = one.request.run, one.candidates[0].name
    case = one.candidates[0].outcomes[3].case.id
    del s3.objects[layout.response(run, name, case)]
    key = layout.scores(run, "scores", name, 1, 0)
    batch = ScoredBatch.model_validate_json(s3.objects[key])
    kept = tuple(each for each in batch.cases if each.case != case)
    store.write(key, batch.model_copy(update={"cases": kept}))
    outcome = load_run(store, run).candidates[0].by_case[case]
    assert outcome.response is None
    assert outcome.unanswered


def test_a_candidate_that_an_early_look_decided_was_asked_nothing_after_it(one: RunData) -> None:
    """Later looks are planned for all candidates before the first decision."""
    store, _ = stored(one)
    run, name = one.request.run, one.candidates[0].name
    decided = one.gate.candidates[0].model_copy(update={"decision": "REJECT"})
    for look in (1, 2):
        gate = one.gate.model_copy(update={"look": look, "looks": 2, "final": look == 2, "candidates": (decided,)})
        store.write(layout.gate(run, look), gate)
    body = {"run": run, "look": 2, "batch": 0, "candidate": name, "cases": ["never-asked"]}
    store.write(layout.batches(run, 2), json.dumps(body).encode())
    data = load_run(store, run)
    assert len(data.gates) == 2
    assert "never-asked" not in data.candidates[0].by_case


def test_a_baseline_whose_objects_expired_is_left_out(one: RunData) -> None:
    store, s3 = stored(one)
    for key in [key for key in s3.objects if key.startswith(f"runs/{one.request.baseline}/")]:
        del s3.objects[key]
    assert load_run(store, one.request.run).baseline is None


def test_fails_for_a_run_that_nobody_asked_for(one: RunData) -> None:
    store, _ = stored(one)
    with pytest.raises(ReportFailed, match=r"GF-EVAL-330: run other lacks s3://evaluation/runs/other/run\.json: check"):
        load_run(store, "other")


def test_fails_without_a_final_verdict(one: RunData) -> None:
    store, s3 = stored(one)
    store.write(layout.gate(one.request.run, 1), one.gate.model_copy(update={"final": False}))
    with pytest.raises(ReportFailed, match=r"GF-EVAL-331: .*no final verdict yet \(1 looks decided\)"):
        load_run(store, one.request.run)
    del s3.objects[layout.gate(one.request.run, 1)]
    with pytest.raises(ReportFailed, match="GF-EVAL-331"):
        load_run(store, one.request.run)


def test_fails_on_an_object_of_another_shape(one: RunData) -> None:
    store, _ = stored(one)
    key = layout.response(one.request.run, one.candidates[0].name, one.candidates[0].outcomes[0].case.id)
    store.write(key, b'{"case": "x"}')
    with pytest.raises(ReportFailed, match=r"GF-EVAL-332: .*is not a Response \(candidate: Field required\)"):
        load_run(store, one.request.run)


def test_fails_on_records_of_an_unknown_case(one: RunData) -> None:
    store, _ = stored(one)
    candidate = one.candidates[0]
    response = candidate.responses[0].model_copy(update={"case": "stranger"})
    store.write(layout.response(one.request.run, candidate.name, "stranger"), response)
    with pytest.raises(ReportFailed, match=r"GF-EVAL-333: .*1 cases that its dataset doesn't hold, stranger first"):
        load_run(store, one.request.run)
