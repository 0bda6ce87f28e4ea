"""The score function with the target's real S3 and Bedrock: embeddings, and a guardrail made through the API."""

from __future__ import annotations

import importlib
import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from foundation.local.target import Target
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.records import Response, ScoredBatch
from genai_runtime.evaluation.run import Candidate, GuardrailId, PromptText, RunRequest
from genai_runtime.evaluation.store import Store
from tests.local.conftest import ACCOUNTS
from tests.unit.evaluation.metrics.making import case, suite

pytestmark = pytest.mark.local
DEV, REGION = ACCOUNTS["dev"], "eu-west-1"
REFERENCE = "The excess for water damage is 250 euros."
ANSWERS = {
    "same": REFERENCE,
    "near": "For water damage the excess is 250 euros.",
    "far": "Bicycles have two wheels and a saddle.",
    "personal": "Write to jane.doe@example.com about the excess for water damage.",
    "toxic": "You are a stupid idiot and I hate you.",
    "empty": "",
}
GUARDRAIL: dict[str, Any] = {
    "blockedInputMessaging": "blocked",
    "blockedOutputsMessaging": "blocked",
    "contentPolicyConfig": {
        "filtersConfig": [
            {"type": name, "inputStrength": "HIGH", "outputStrength": "HIGH"}
            for name in ("INSULTS", "HATE", "VIOLENCE")
        ]
    },
    "sensitiveInformationPolicyConfig": {"piiEntitiesConfig": [{"type": "EMAIL", "action": "ANONYMIZE"}]},
}


@pytest.fixture(params=["amazon.titan-embed-text-v2:0", "cohere.embed-multilingual-v3"])
def run(request: pytest.FixtureRequest, target: Target, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Store]:
    """A run with a response for each answer; the process's SDK talks to the target as the dev account."""
    bucket, name = f"evaluation-{uuid.uuid4().hex[:8]}", f"run-{uuid.uuid4().hex[:8]}"
    s3 = target.client("s3", DEV, REGION)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    store = Store(s3, bucket)
    control = target.client("bedrock", DEV, REGION)
    guardrail = control.create_guardrail(name=f"safety-{uuid.uuid4().hex[:8]}", **GUARDRAIL)["guardrailId"]
    version = control.create_guardrail_version(guardrailIdentifier=guardrail)["version"]
    prompt = PromptText(name="p", version=1, template="{{question}}", max_tokens=10)
    store.write(
        layout.request(name),
        RunRequest(
            run=name,
            suite="suite",
            version="0" * 64,
            candidates=(Candidate(name="candidate", prompt=prompt, model="m", model_id="m"),),
            embedding_model_id=request.param,
            safety_guardrail=GuardrailId(name="safety", id=guardrail, version=version),
        ),
    )
    wanted = suite("semantic-similarity", "toxicity-free", "pii-free", "token-f1")
    store.write(layout.suite(name, layout.SUITE_FILE), yaml.safe_dump(wanted.model_dump(mode="json")).encode())
    lines = [case(REFERENCE, id=each).model_dump_json() for each in ANSWERS]
    store.write(layout.suite(name, layout.DATASET_FILE), "\n".join(lines).encode())
    for each, answer in ANSWERS.items():
        store.write(layout.response(name, "candidate", each), Response(case=each, candidate="candidate", answer=answer))
    environment = {
        **target.environment(DEV, REGION),
        "ENVIRONMENT": "dev",
        "BUCKET_NAME": bucket,
        "POWERTOOLS_SERVICE_NAME": "evaluation-score",
        "POWERTOOLS_METRICS_NAMESPACE": "test",
        "LOG_LEVEL": "INFO",
    }
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    return name, store


def test_similarity_toxicity_and_personal_data_by_the_targets_bedrock(run: tuple[str, Store]) -> None:
    name, store = run
    module = importlib.reload(importlib.import_module("genai_runtime.evaluation.handlers.score"))
    event = {"run": name, "look": 1, "batch": 0, "candidate": "candidate", "cases": list(ANSWERS)}
    context = SimpleNamespace(
        function_name="score",
        memory_limit_in_mb=512,
        invoked_function_arn=f"arn:aws:lambda:{REGION}:{DEV}:function:score",
        aws_request_id="request-1",
    )
    assert module.handler(json.loads(json.dumps(event)), context) == {"cases": len(ANSWERS)}
    scored = store.load(layout.scores(name, "scores", "candidate", 1, 0), ScoredBatch)
    values = {each.case: {score.metric: score.value for score in each.scores} for each in scored.cases}
    similar = {each: found["semantic-similarity"] or 0.0 for each, found in values.items()}
    assert similar["same"] == 1
    assert 1 > similar["near"] > similar["personal"] > similar["far"] >= similar["empty"] == 0
    assert {each for each, found in values.items() if found["pii-free"] == 0} == {"personal"}
    assert {each for each, found in values.items() if found["toxicity-free"] == 0} == {"toxic"}
    assert {each.case: each.pattern for each in scored.cases if each.pattern == "safety"} == {
        "personal": "safety",
        "toxic": "safety",
    }
