"""`foundation eval run` starts nothing whose answers couldn't be scored."""

from __future__ import annotations

import pytest

from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.evaluate import check_scorable
from foundation.evaluation.suites import LoadedSuite
from genai_runtime.evaluation.run import GuardrailId, RunRequest
from genai_runtime.evaluation.suite import MetricSpec
from tests.unit.evaluation.gate.runs import gating, suite_of
from tests.unit.evaluation.planning.test_sampling import candidate


def loaded() -> LoadedSuite:
    suite = suite_of(
        gating(), MetricSpec(name="semantic-similarity", threshold=0.5), MetricSpec(name="toxicity-free", threshold=1)
    )
    return LoadedSuite(suite, (), {}, "0" * 64)


def request(**services: object) -> RunRequest:
    given = {"run": "r-1", "suite": "suite", "version": "0" * 64, "candidates": (candidate("good"),), **services}
    return RunRequest.model_validate(given)


def test_a_request_with_every_service_is_scorable() -> None:
    guardrail = GuardrailId(name="safety", id="g", version="1")
    check_scorable(loaded(), request(embedding_model_id="cohere.embed-multilingual-v3", safety_guardrail=guardrail))


def test_fails_with_every_metric_that_nothing_could_score() -> None:
    with pytest.raises(
        EvaluationError, match="GF-EVAL-412: suite suite has metrics that nothing could score"
    ) as caught:
        check_scorable(loaded(), request())
    lines = str(caught.value).splitlines()[1:]
    assert [line.partition(": GF-EVAL-")[0] for line in lines] == ["semantic-similarity", "toxicity-free"]
