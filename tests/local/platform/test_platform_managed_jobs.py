"""A suite with managed evaluation jobs through the deployed pipeline: made, polled, collected, decided."""

from __future__ import annotations

import json

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.jobs.records import Jobs
from genai_runtime.evaluation.records import ScoredBatch
from tests.local.platform import suites
from tests.local.platform.evaluations import ENVIRONMENT, Evaluations

pytestmark = pytest.mark.local
CASES = 20
METRICS = [
    suites.metric("correctness", 0.1, metric="judge", pass_at=0.3),
    suites.metric("context-coverage", 0.1, metric="judge", gating=False, pass_at=0.3),
    # Asks the candidate itself, which the jobs' role doesn't let it.
    suites.metric("token-f1", 0.1, gating=False, pass_at=0.3),
]


def states_entered(evaluations: Evaluations, execution: str) -> list[str]:
    """The states of an execution, in order."""
    pages = evaluations.access.client("stepfunctions", ENVIRONMENT).get_paginator("get_execution_history")
    events = [event for page in pages.paginate(executionArn=execution) for event in page["events"]]
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def test_managed_jobs_score_a_run_before_its_gate(evaluations: Evaluations) -> None:
    folder = evaluations.folder / "catalog" / "evaluations" / "managed"
    suites.write(folder, suites.documented(CASES), engine="bedrock-job", metrics=METRICS)
    result = evaluations.run("managed")
    (candidate,) = result.gate.candidates
    metrics = {each.name: each for each in candidate.metrics}
    assert result.decision == "PROMOTE", json.dumps(result.model_dump(mode="json"), indent=1)
    assert (metrics["correctness"].cases, metrics["context-coverage"].cases) == (CASES, CASES)
    assert (metrics["token-f1"].cases, metrics["token-f1"].undecided) == (0, CASES)
    jobs = evaluations.store.load(layout.jobs(result.run, 1), Jobs).jobs
    assert {each.kind for each in jobs} == {"judge", "rag-retrieve", "programmatic"}
    batch = evaluations.store.load(layout.scores(result.run, "judgements", candidate.candidate, 1, 0), ScoredBatch)
    refused = {score.detail for case in batch.cases for score in case.scores if score.metric == "token-f1"}
    assert all("AccessDenied" in each for each in refused)
    (execution,) = evaluations.executions(result.run)
    entered = states_entered(evaluations, execution)
    managed = entered[entered.index("Managed?") : entered.index("Gate")]
    assert managed[:4] == ["Managed?", "JobCreate", "JobWait", "JobPoll"]
    assert managed[-3:] == ["JobsPending?", "JobCollect", "Reviewed?"]
