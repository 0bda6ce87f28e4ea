"""Requests and datasets of managed jobs: what botocore's model of the API takes, and each job once."""

from __future__ import annotations

import re

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.jobs.errors import JobFailed
from genai_runtime.evaluation.jobs.records import Jobs
from tests.unit.evaluation.jobs.planned_run import GOOD, LOOK, RUN, Bedrock, case_line, creator, dataset, planned

F1 = "{name: f1, metric: token-f1, gating: true, threshold: 0.6}"
CORRECT = "{name: correctness, metric: judge, gating: true, threshold: 0.6}"
HELPFUL = "{name: helpfulness, metric: judge, threshold: 0.5}"
FLOW = "arn:aws:sagemaker:eu-west-1:222222222222:flow-definition/reviewers"
HUMAN = (
    f"{{name: rated, metric: human-review, threshold: 0.5, gating: true, options: {{flow_definition_arn: '{FLOW}'}}}}"
)


def test_a_judge_job_gets_the_answers_that_there_are() -> None:
    bedrock, store = Bedrock(), planned(CORRECT, HELPFUL)
    assert creator(store, bedrock).create(RUN, LOOK) == {
        "run": RUN, "look": LOOK, "jobs": 1, "wait_seconds": 5, "waited_seconds": 5,
    }  # fmt: skip
    (request,) = bedrock.requests
    automated = request["evaluationConfig"]["automated"]
    assert automated["datasetMetricConfigs"][0]["metricNames"] == ["Builtin.Correctness", "Builtin.Helpfulness"]
    assert automated["evaluatorModelConfig"] == {
        "bedrockEvaluatorModels": [{"modelIdentifier": "eu.amazon.nova-pro-v1:0"}]
    }
    assert request["inferenceConfig"] == {
        "models": [{"precomputedInferenceSource": {"inferenceSourceIdentifier": GOOD}}]
    }
    assert request["applicationType"] == "ModelEvaluation"
    first = dataset(store, request)[0]
    assert first["referenceResponse"] == "Answer 1"
    assert first["modelResponses"] == [{"response": "Answer 1", "modelIdentifier": GOOD}]
    assert first["prompt"].startswith("Be brief.")
    assert "Question 1?" in first["prompt"]
    assert "[doc-1] Answer 1 stands here." in first["prompt"]


def test_a_programmatic_job_asks_the_model_itself() -> None:
    bedrock, store = Bedrock(), planned(F1)
    creator(store, bedrock).create(RUN, LOOK)
    (request,) = bedrock.requests
    (model,) = request["inferenceConfig"]["models"]
    assert model["bedrockModel"]["modelIdentifier"] == "eu.amazon.nova-lite-v1:0"
    assert model["bedrockModel"]["inferenceParams"] == '{"inferenceConfig": {"maxTokens": 100, "temperature": 0.0}}'
    (config,) = request["evaluationConfig"]["automated"]["datasetMetricConfigs"]
    assert (config["taskType"], config["metricNames"]) == ("QuestionAndAnswer", ["Builtin.Accuracy"])
    assert "modelResponses" not in dataset(store, request)[0]


def test_rag_jobs_get_passages_and_answers() -> None:
    retrieval = "{name: context-coverage, metric: judge, gating: true, threshold: 0.6}"
    generation = "{name: coherence, metric: judge, threshold: 0.6, options: {rag: true}}"
    bedrock, store = Bedrock(), planned(retrieval, generation)
    creator(store, bedrock).create(RUN, LOOK)
    by_metric = {
        request["evaluationConfig"]["automated"]["datasetMetricConfigs"][0]["metricNames"][0]: request
        for request in bedrock.requests
    }
    assert set(by_metric) == {"Builtin.ContextCoverage", "Builtin.LogicalCoherence"}
    assert {request["applicationType"] for request in bedrock.requests} == {"RagEvaluation"}
    (turn,) = dataset(store, by_metric["Builtin.ContextCoverage"])[0]["conversationTurns"]
    assert turn == {
        "prompt": {"content": [{"text": "Question 1?"}]},
        "referenceResponses": [{"content": [{"text": "Answer 1"}]}],
        "output": {
            "knowledgeBaseIdentifier": GOOD,
            "retrievedResults": {"retrievalResults": [{"name": "doc-1", "content": {"text": "Answer 1 stands here."}}]},
        },
    }
    (turn,) = dataset(store, by_metric["Builtin.LogicalCoherence"])[0]["conversationTurns"]
    assert (turn["output"]["text"], turn["output"]["modelIdentifier"]) == ("Answer 1", GOOD)


def test_a_human_job_names_its_work_team() -> None:
    bedrock, store = Bedrock(), planned(HUMAN)
    creator(store, bedrock).create(RUN, LOOK)
    (request,) = bedrock.requests
    human = request["evaluationConfig"]["human"]
    assert human["humanWorkflowConfig"]["flowDefinitionArn"] == FLOW
    assert human["customMetrics"] == [{"name": "rated", "ratingMethod": "IndividualLikertScale"}]
    assert human["datasetMetricConfigs"][0]["metricNames"] == ["rated"]


def test_creating_twice_starts_nothing_twice() -> None:
    bedrock, store = Bedrock(), planned(F1, CORRECT)
    first = creator(store, bedrock).create(RUN, LOOK)
    before = dict(store.objects)
    assert creator(store, bedrock).create(RUN, LOOK) == first
    assert (len(bedrock.requests), store.objects) == (2, before)


def test_a_killed_creation_finds_the_jobs_that_it_started() -> None:
    """Killed before the list of jobs was written, and repeated when the idempotency tokens have expired."""
    bedrock, store = Bedrock(), planned(F1, CORRECT)
    creator(store, bedrock).create(RUN, LOOK)
    kept = store.objects.pop(layout.jobs(RUN, LOOK))
    creator(store, bedrock).create(RUN, LOOK)
    assert len(bedrock.requests) == 2
    assert store.objects[layout.jobs(RUN, LOOK)] == kept


def test_names_are_tokens_and_fit_the_api() -> None:
    bedrock, store = Bedrock(), planned(F1, CORRECT, HUMAN)
    creator(store, bedrock).create(RUN, LOOK)
    for request in bedrock.requests:
        assert re.fullmatch(r"[a-z0-9](-*[a-z0-9]){0,62}", request["jobName"])
        assert request["clientRequestToken"] == request["jobName"]
    assert len({request["jobName"] for request in bedrock.requests}) == 3


def test_a_large_dataset_becomes_several_jobs() -> None:
    bedrock, store = Bedrock(), planned(CORRECT, cases=2300)
    creator(store, bedrock).create(RUN, LOOK)
    assert [len(dataset(store, request)) for request in bedrock.requests] == [1000, 1000, 300]
    jobs = Jobs.model_validate_json(store.objects[layout.jobs(RUN, LOOK)]).jobs
    assert len({case for job in jobs for case in job.cases}) == 2300


def test_cases_without_answer_reference_or_context_are_left_out() -> None:
    lines = [
        case_line(1),
        case_line(2, reference=None),
        case_line(3, context=[], variables={"question": "Question 3?", "context": "none"}),
        case_line(4, kind="safety"),
        case_line(5),
    ]
    metrics = (
        F1,
        "{name: correctness, metric: judge, threshold: 0.6, kinds: [quality]}",
        "{name: context-relevance, metric: judge, threshold: 0.6}",
    )
    bedrock, store = Bedrock(), planned(*metrics, lines=lines, errors={5: "throttled"})
    creator(store, bedrock).create(RUN, LOOK)
    cases = {job.metrics: job.cases for job in Jobs.model_validate_json(store.objects[layout.jobs(RUN, LOOK)]).jobs}
    assert cases == {
        ("f1",): ("case-1", "case-3", "case-4", "case-5"),
        ("correctness",): ("case-1", "case-2", "case-3"),
        ("context-relevance",): ("case-1", "case-2", "case-4"),
    }


def test_fails_when_nothing_is_a_job_s_metric() -> None:
    with pytest.raises(
        JobFailed, match=r"^GF-EVAL-372: suite service-docs has engine bedrock-job and no metric for it"
    ):
        creator(planned("{name: bleu, gating: true, threshold: 0.5}"), Bedrock()).create(RUN, LOOK)


def test_fails_for_an_unknown_metric_of_the_judge() -> None:
    with pytest.raises(JobFailed, match=r"^GF-EVAL-372: metric taste is no metric of Bedrock's judge: name it one of"):
        creator(planned("{name: taste, metric: judge, gating: true, threshold: 0.5}"), Bedrock()).create(RUN, LOOK)


def test_fails_when_our_judge_would_score_too() -> None:
    extra = "judge: {model: nova-pro, rubric: {question: 'Right?', levels: {1: wrong, 2: right}}}\n"
    with pytest.raises(JobFailed, match=r"^GF-EVAL-372: suite service-docs has judge and engine bedrock-job"):
        creator(planned(CORRECT, extra=extra), Bedrock()).create(RUN, LOOK)


def test_fails_without_an_evaluator() -> None:
    with pytest.raises(JobFailed, match=r"^GF-EVAL-373: run jobs-0001 names no judge, which correctness need"):
        creator(planned(CORRECT, judge=None), Bedrock()).create(RUN, LOOK)


def test_fails_without_a_work_team() -> None:
    with pytest.raises(JobFailed, match=r"^GF-EVAL-372: metric rated has no option flow_definition_arn"):
        creator(planned("{name: rated, metric: human-review, gating: true, threshold: 0.5}"), Bedrock()).create(
            RUN, LOOK
        )


def test_fails_when_bedrock_refuses() -> None:
    bedrock = Bedrock()
    bedrock.refusal = ("ValidationException", "model not supported")
    with pytest.raises(JobFailed, match=r"^GF-EVAL-374: Bedrock refused .*ValidationException: model not supported"):
        creator(planned(CORRECT), bedrock).create(RUN, LOOK)


def test_fails_for_a_run_that_was_not_planned() -> None:
    store = planned(CORRECT)
    del store.objects[layout.batches(RUN, LOOK)]
    with pytest.raises(JobFailed, match=r"^GF-EVAL-370: s3://evaluation/.*batches\.jsonl is not there"):
        creator(store, Bedrock()).create(RUN, LOOK)
