"""Batches are judged, resumed and scored: every vote is asked once."""

from itertools import pairwise

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.judging.ask import Inference, OutOfTime, Reply
from genai_runtime.evaluation.judging.batch import batch_judge
from genai_runtime.evaluation.judging.errors import JudgeFailed
from genai_runtime.evaluation.judging.records import Calibration
from genai_runtime.evaluation.judging.summary import judge_counts
from genai_runtime.evaluation.records import CallError, ScoredBatch
from tests.unit.evaluation.judging.judged_run import (
    RUBRIC,
    RUN,
    Model,
    always,
    item,
    judge_of,
    parts_of,
    planned,
    said_level,
    verdict,
)
from tests.unit.evaluation.planning.memory_store import MemoryStore

THROTTLED = CallError(error_class="throttled", code="ThrottlingException", message="slow down")
REFUSED = CallError(error_class="invalid-request", code="ValidationException", message="too long")


def scores(store: MemoryStore) -> dict[str, dict[str, float | None]]:
    judged = store.load(layout.scores(RUN, "judgements", "one", 1, 0), ScoredBatch)
    return {case.case: {score.metric: score.value for score in case.scores} for case in judged.cases}


def test_levels_and_preferences_become_scores() -> None:
    answers: dict[str, str | CallError] = {"a": "x 4", "b": "x 2", "c": "x 1", "d": THROTTLED, "e": REFUSED}
    store, batch = planned(answers, {"a": "y 1", "b": "y 2", "c": "y 3", "d": "y 1"})
    model = Model(said_level)
    assert judge_of(store, model).run(batch, always) == 0
    assert scores(store) == {
        "a": {"judge": 1.0, "judge-preference": 1.0},
        "b": {"judge": pytest.approx(1 / 3), "judge-preference": 0.5},
        "c": {"judge": 0.0, "judge-preference": 0.0},
        "d": {"judge": None, "judge-preference": None},
        "e": {"judge": 0.0},
    }
    assert len(model.calls) == 3 * (3 + 2)
    counts = judge_counts(store, RUN)
    assert (counts.answers, counts.split, counts.pairs, counts.inconsistent, counts.calls) == (3, 0, 3, 0, 15)
    assert counts.cost_usd == pytest.approx(0.015)


def test_a_case_that_was_not_asked_is_undecided() -> None:
    store, batch = planned({"a": "x 4"})
    store.objects.pop(layout.response(RUN, "one", "a"))
    assert judge_of(store, Model(said_level)).run(batch, always) == 0
    assert scores(store) == {"a": {"judge": None}}


def test_the_median_level_counts_and_a_split_is_told() -> None:
    levels = iter([4, 1, 3])
    store, batch = planned({"a": "x"}, judge={"model": "m", "rubric": RUBRIC, "votes": 3})
    judge_of(store, Model(lambda *_: verdict("level", next(levels)))).run(batch, always)
    judged = store.load(layout.scores(RUN, "judgements", "one", 1, 0), ScoredBatch)
    (score,) = judged.cases[0].scores
    assert score.value == pytest.approx(2 / 3)
    assert score.passed is True
    assert "level 3 (votes " in score.detail
    assert judge_counts(store, RUN).split == 1


def test_of_two_votes_the_lower_one_counts() -> None:
    levels = iter([4, 3])
    store, batch = planned({"a": "x"}, judge={"model": "m", "rubric": RUBRIC, "votes": 2})
    judge_of(store, Model(lambda *_: verdict("level", next(levels)))).run(batch, always)
    assert scores(store) == {"a": {"judge": pytest.approx(2 / 3)}}


def test_fails_undecided_when_the_judge_gives_no_verdict() -> None:
    store, batch = planned({"a": "x 1"}, {"a": "y 1"})
    judge_of(store, Model(lambda *_: "no idea")).run(batch, always)
    judged = store.load(layout.scores(RUN, "judgements", "one", 1, 0), ScoredBatch)
    assert [(score.value, score.passed) for score in judged.cases[0].scores] == [(None, None), (None, None)]
    assert judged.cases[0].scores[0].detail == "the judge gave no verdict: model-error (GF-EVAL-201)"
    assert judge_counts(store, RUN).failed == 5


def test_a_judge_that_prefers_the_first_answer_gives_half_a_point() -> None:
    store, batch = planned({"a": "x 4"}, {"a": "y 1"})

    def biased(system: str, user: str) -> str:
        return verdict("better", "first") if "first answer" in parts_of(user) else said_level(system, user)

    judge_of(store, Model(biased)).run(batch, always)
    assert scores(store) == {"a": {"judge": 1.0, "judge-preference": 0.5}}
    counts = judge_counts(store, RUN)
    assert (counts.pairs, counts.inconsistent) == (1, 1)


def test_a_batch_is_taken_up_where_time_ran_out_and_no_vote_is_asked_twice() -> None:
    answers = {f"c{number:02}": f"x {number % 4 + 1}" for number in range(30)}
    whole, batch = planned(answers)
    judge_of(whole, Model(said_level)).run(batch, always)
    store, _ = planned(answers)
    model = Model(said_level)
    left: list[int] = []
    while not left or left[-1]:
        enough = len(model.calls) + 20
        left.append(judge_of(store, model).run(batch, lambda enough=enough: len(model.calls) < enough))  # type: ignore[misc]
        assert layout.scores(RUN, "judgements", "one", 1, 0) in store.objects or left[-1]
    assert all(later < earlier for earlier, later in pairwise(left))
    assert len(model.calls) == 90
    assert store.objects == whole.objects
    assert judge_of(store, model).run(batch, always) == 0
    assert len(model.calls) == 90


def test_a_call_that_was_not_begun_leaves_its_case() -> None:
    store, batch = planned({"a": "x 4"})

    def ask(system: str, user: str, inference: Inference) -> Reply:
        raise OutOfTime

    assert batch_judge(store, RUN, lambda _: ask).run(batch, always) == 1
    assert not [key for key in store.objects if "/votes/" in key]


def test_the_first_vote_counts_when_two_functions_vote_at_once() -> None:
    store, batch = planned({"a": "x"}, judge={"model": "m", "rubric": RUBRIC, "votes": 1})

    def raced(system: str, user: str) -> str:
        if not any("/votes/" in key for key in store.objects):
            judge_of(store, Model(lambda *_: verdict("level", 2, "first"))).run(batch, always)
        return verdict("level", 4, "second")

    judge_of(store, Model(raced)).run(batch, always)
    assert scores(store) == {"a": {"judge": pytest.approx(1 / 3)}}


def test_the_first_judged_batch_calibrates_once() -> None:
    items = [item(f"i{number}", number % 4 + 1, number % 4 + 1) for number in range(8)]
    store, batch = planned({"a": "x 4"}, calibration=items)
    model = Model(said_level)
    later = batch.model_copy(update={"batch": 1, "cases": ()})
    judge_of(store, model).run(later, always)
    assert not model.calls
    assert judge_of(store, model).run(batch, always) == 0
    assert len(model.calls) == 8 * 3 + 3
    made = store.load(layout.calibration(RUN), Calibration)
    assert made.model_id == "judge-model"
    assert [(each.id, each.people, each.judge) for each in made.items] == [
        (f"i{number}", (number % 4 + 1,), number % 4 + 1) for number in range(8)
    ]
    judge_of(store, model).run(batch, always)
    assert len(model.calls) == 27
    assert judge_counts(store, RUN).calls == 27


def test_the_calibration_is_taken_up_where_time_ran_out() -> None:
    items = [item(f"i{number}", 1, 2) for number in range(20)]
    store, batch = planned({"a": "x 4"}, calibration=items)
    model = Model(said_level)
    assert judge_of(store, model).run(batch, lambda: len(model.calls) < 10) > 0
    assert layout.calibration(RUN) not in store.objects
    assert judge_of(store, model).run(batch, always) == 0
    assert len(model.calls) == 63
    assert len(store.load(layout.calibration(RUN), Calibration).items) == 20


def test_fails_for_a_calibration_with_faults_and_names_each() -> None:
    items = [item("i1", 1, 1), item("i1", 9, 1), {"id": "i3"}]
    store, batch = planned({"a": "x 4"}, calibration=items)
    with pytest.raises(JudgeFailed, match="GF-EVAL-202") as caught:
        judge_of(store, Model(said_level)).run(batch, always)
    said = str(caught.value)
    assert "calibration.jsonl:2: id: i1 is on line 1 already" in said
    assert "calibration.jsonl:2: labels: [9] are no levels" in said
    assert "calibration.jsonl:3: question: Field required" in said


def test_fails_for_a_run_without_judge() -> None:
    store, _ = planned({"a": "x 4"}, judge=None)
    with pytest.raises(JudgeFailed, match=r"GF-EVAL-200.*its suite names no judge"):
        judge_of(store, Model(said_level))


def test_fails_for_a_case_that_the_suite_does_not_have() -> None:
    store, batch = planned({"a": "x 4"})
    with pytest.raises(JudgeFailed, match=r"GF-EVAL-203.*asks for case b"):
        judge_of(store, Model(said_level)).run(batch.model_copy(update={"cases": ("b",)}), always)


def test_metrics_look_at_their_kinds_only() -> None:
    metrics = [{"name": "grade", "metric": "judge", "gating": True, "threshold": 0.5, "kinds": ["safety"]}]
    store, batch = planned({"a": "x 4"}, metrics=metrics)
    model = Model(said_level)
    judge_of(store, model).run(batch, always)
    assert not model.calls
    assert scores(store) == {"a": {}}
