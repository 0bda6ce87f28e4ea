"""Results in Bedrock's documented shapes become scores."""

from __future__ import annotations

from typing import Any

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.jobs.errors import JobFailed
from genai_runtime.evaluation.records import Score, ScoredBatch
from tests.unit.evaluation.jobs.planned_run import (
    GOOD,
    LOOK,
    RUN,
    Bedrock,
    MemoryStore,
    answer_jobs,
    case_line,
    collector,
    creator,
    planned,
    poller,
)
from tests.unit.evaluation.jobs.test_create import CORRECT, F1, HUMAN

HARMLESS = "{name: harmlessness, metric: judge, threshold: 0.9}"


def scores(store: MemoryStore, step: str = "judgements") -> dict[tuple[str, str], Score]:
    """By case and metric."""
    batch = ScoredBatch.model_validate_json(store.objects[layout.scores(RUN, step, GOOD, LOOK, 0)])
    return {(case.case, score.metric): score for case in batch.cases for score in case.scores}


def judged(*metrics: str, **more: Any) -> tuple[MemoryStore, Bedrock]:
    """A run whose jobs were made."""
    store, bedrock = planned(*metrics, **more), Bedrock()
    creator(store, bedrock).create(RUN, LOOK)
    return store, bedrock


def automated(row: dict[str, Any], results: dict[str, Any]) -> dict[str, Any]:
    """User Guide, "Understand how the results of your model evaluation job are saved in Amazon S3"."""
    details = [{"modelIdentifier": "judge", "explanation": "because"}]
    listed = [{"metricName": name, "result": value, "evaluatorDetails": details} for name, value in results.items()]
    return {
        "automatedEvaluationResult": {"scores": listed},
        "inputRecord": {name: value for name, value in row.items() if name != "modelResponses"},
        "modelResponses": row.get("modelResponses", [{"response": "the model's", "modelIdentifier": "m"}]),
    }


def test_numbers_of_a_judge_become_scores_of_their_cases() -> None:
    store, bedrock = judged(CORRECT, HARMLESS)
    answer_jobs(
        store,
        bedrock,
        lambda row, number: automated(row, {"Builtin.Correctness": number / 2, "Builtin.Harmfulness": 0.25}),
    )
    assert collector(store, bedrock).collect(RUN, LOOK) == {"run": RUN, "look": LOOK, "cases": 3, "undecided": 0}
    found = scores(store)
    assert [found[f"case-{number}", "correctness"].value for number in (1, 2, 3)] == [0.0, 0.5, 1.0]
    assert found["case-1", "correctness"].detail == "because"
    assert found["case-3", "correctness"].passed is True
    # More is better: Bedrock counts harm.
    assert found["case-1", "harmlessness"].value == 0.75


def test_collecting_twice_writes_the_same_bytes() -> None:
    store, bedrock = judged(F1)
    answer_jobs(store, bedrock, lambda row, _: automated(row, {"Builtin.Accuracy": 1.0}))
    collector(store, bedrock).collect(RUN, LOOK)
    before = dict(store.objects)
    collector(store, bedrock).collect(RUN, LOOK)
    assert store.objects == before


def test_equal_prompts_keep_their_numbers_apart_in_each_file() -> None:
    same = {"question": "The same?"}
    store, bedrock = judged(CORRECT, lines=[case_line(1, variables=same), case_line(2, variables=same, context=[
        {"id": "doc-1", "text": "Answer 1 stands here."}], reference="Answer 1")])  # fmt: skip
    answer_jobs(store, bedrock, lambda row, number: automated(row, {"Builtin.Correctness": float(number)}))
    collector(store, bedrock).collect(RUN, LOOK)
    assert sorted(score.value or 0 for score in scores(store).values()) == [0.0, 1.0]


def test_rag_results_become_scores() -> None:
    store, bedrock = judged("{name: context-relevance, metric: judge, gating: true, threshold: 0.6}")

    def turn(row: dict[str, Any], number: int) -> dict[str, Any]:
        (asked,) = row["conversationTurns"]
        output = asked.pop("output")
        result = {"metricName": "Builtin.ContextRelevance", "result": number / 2, "evaluatorDetails": []}
        return {"conversationTurns": [{"inputRecord": asked, "output": output, "results": [result]}]}

    answer_jobs(store, bedrock, turn)
    collector(store, bedrock).collect(RUN, LOOK)
    assert [scores(store)[f"case-{number}", "context-relevance"].value for number in (1, 2, 3)] == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("as_list", [True, False])
def test_people_s_ratings_become_reviews(as_list: bool) -> None:
    store, bedrock = judged(HUMAN)

    def loop(row: dict[str, Any], _: int) -> dict[str, Any]:
        given = [
            {"answerContent": {"evaluationResults": {"individualLikertScale": [
                {"metricName": "rated", "modelResponseId": "0", "result": rating}]}}, "workerId": worker}
            for worker, rating in (("a", 5), ("b", 3))
        ]  # fmt: skip
        human = {"flowDefinitionArn": "arn", "humanAnswers": given, "humanLoopName": "loop"}
        return {
            "humanEvaluationResult": [human] if as_list else human,
            "inputRecord": {"prompt": row["prompt"]},
            "modelResponses": row["modelResponses"],
        }

    answer_jobs(store, bedrock, loop)
    collector(store, bedrock).collect(RUN, LOOK)
    assert {score.value for score in scores(store, "reviews").values()} == {0.75}
    assert layout.scores(RUN, "judgements", GOOD, LOOK, 0) not in store.objects


def test_errors_of_the_model_count_and_those_of_the_infrastructure_do_not() -> None:
    store, bedrock = judged(CORRECT, errors={1: "throttled", 2: "model-error"})
    answer_jobs(store, bedrock, lambda row, _: automated(row, {"Builtin.Correctness": 1.0}))
    collected = collector(store, bedrock).collect(RUN, LOOK)
    found = scores(store)
    assert [found[f"case-{number}", "correctness"].value for number in (1, 2, 3)] == [None, 0.0, 1.0]
    assert collected["undecided"] == 1


@pytest.mark.parametrize("number", [None, "NaN", float("nan")])
def test_a_case_without_a_number_is_undecided(number: object) -> None:
    store, bedrock = judged(CORRECT)
    answer_jobs(store, bedrock, lambda row, _: automated(row, {"Builtin.Correctness": number}))
    collector(store, bedrock).collect(RUN, LOOK)
    assert {(score.value, score.detail) for score in scores(store).values()} == {(None, "because")}


def test_a_failed_job_leaves_its_cases_undecided_and_says_why() -> None:
    store, bedrock = judged(CORRECT)
    bedrock.status, bedrock.messages = "Failed", ["no access to the model"]
    polled = poller(store, bedrock).poll(RUN, LOOK, 5)
    assert (polled["pending"], polled["failed"]) == (0, 1)
    assert collector(store, bedrock).collect(RUN, LOOK)["undecided"] == 3
    assert all("is Failed: no access to the model" in score.detail for score in scores(store).values())


@pytest.mark.parametrize(("status", "pending"), [("InProgress", 1), ("Stopping", 1), ("Completed", 0), ("Stopped", 0)])
def test_polling_counts_the_jobs_under_way(status: str, pending: int) -> None:
    store, bedrock = judged(CORRECT)
    bedrock.status = status
    assert poller(store, bedrock).poll(RUN, LOOK, 5)["pending"] == pending


def test_fails_while_a_job_is_under_way() -> None:
    store, bedrock = judged(CORRECT)
    bedrock.status = "InProgress"
    with pytest.raises(JobFailed, match=r"^GF-EVAL-375: evaluation job .* is InProgress: poll until it has ended"):
        collector(store, bedrock).collect(RUN, LOOK)


def test_fails_without_results() -> None:
    store, bedrock = judged(CORRECT)
    with pytest.raises(JobFailed, match=r"^GF-EVAL-375: evaluation job .* is Completed and left nothing below s3://"):
        collector(store, bedrock).collect(RUN, LOOK)


def test_fails_for_results_of_another_form() -> None:
    store, bedrock = judged(CORRECT)
    answer_jobs(store, bedrock, lambda row, _: {"inputRecord": row})
    with pytest.raises(JobFailed, match=r"^GF-EVAL-376: line 1 of s3://.*_output\.jsonl is no result"):
        collector(store, bedrock).collect(RUN, LOOK)


def test_fails_before_the_jobs_were_made() -> None:
    with pytest.raises(JobFailed, match=r"^GF-EVAL-370: s3://evaluation/runs/jobs-0001/jobs/1\.json is not there"):
        poller(planned(CORRECT), Bedrock()).poll(RUN, LOOK, 5)
