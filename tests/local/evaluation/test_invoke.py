"""Plan and invoke as deployed, in their own processes, on the target's S3, DynamoDB and Bedrock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation.local.target import Target
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.calls.rate import KEY
from genai_runtime.evaluation.records import Batch, Response
from genai_runtime.evaluation.run import Candidate, PromptText, Quota, RunRequest
from genai_runtime.evaluation.store import Store
from tests.local.conftest import ACCOUNTS

pytestmark = pytest.mark.local
ROOT = Path(__file__).parents[3]
REGION, MODEL = "eu-west-1", "eu.amazon.nova-lite-v1:0"
CASES = 40
RUN = """
import importlib, json, sys, time
handler = importlib.import_module("genai_runtime.evaluation.handlers." + sys.argv[1]).handler
end = time.monotonic() + float(sys.argv[3])
class Context:
    function_name, memory_limit_in_mb, invoked_function_arn, aws_request_id = "f", "1024", "arn", "request-1"
    def get_remaining_time_in_millis(self): return int((end - time.monotonic()) * 1000)
print("RESULT" + json.dumps(handler(json.loads(sys.argv[2]), Context())), flush=True)
"""
SUITE = b"""
name: water
description: Water damage.
prompt: {name: answer, version: 1}
models: ["amazon.nova-lite-v1:0"]
metrics: [{name: token-f1, gating: true, threshold: 0.5}]
"""


class World:
    """Buckets, a table and a published suite; its functions run as processes of their own."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.name = f"evaluation-{uuid.uuid4().hex[:8]}"
        s3: Any = target.client("s3", ACCOUNTS["dev"], REGION)
        s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": REGION})
        target.client("dynamodb", ACCOUNTS["dev"], REGION).create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": KEY, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": KEY, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.store = Store(s3, self.name)

    def publish(self, quota: Quota) -> None:
        text = "The excess for water damage is 250 euros."
        cases = (
            {
                "id": f"c-{n}", "kind": "quality", "origin": "generated", "context": [{"id": "d-1", "text": text}],
                "variables": {"question": "What is the excess for water damage?"},
            }
            for n in range(CASES)
        )  # fmt: skip
        lines = "".join(json.dumps(case) + "\n" for case in cases).encode()
        files = {layout.SUITE_FILE: SUITE, layout.DATASET_FILE: lines}
        version = layout.content_hash(files)
        for name, body in files.items():
            self.store.write(layout.golden("golden", "water", version, name), body)
        prompt = PromptText(name="answer", version=1, template="{{context}}\n{{question}}", max_tokens=200)
        asked = Candidate(name="good", prompt=prompt, model="m", model_id=MODEL, quota=quota)
        self.store.write(
            layout.request("r-1"), RunRequest(run="r-1", suite="water", version=version, candidates=(asked,))
        )

    def start(self, step: str, event: dict[str, Any], seconds: float = 300) -> subprocess.Popen[str]:
        variables = self.target.environment(ACCOUNTS["dev"], REGION) | {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "lambda"), "ENVIRONMENT": "dev",
            "BUCKET_NAME": self.name, "DATASET_BUCKET": self.name, "DATASET_STAGE": "golden",
            "RATE_TABLE_NAME": self.name, "POWERTOOLS_SERVICE_NAME": "evaluation",
            "POWERTOOLS_METRICS_NAMESPACE": "GenAIFoundation", "LOG_LEVEL": "INFO",
        }  # fmt: skip
        command = [sys.executable, "-c", RUN, step, json.dumps(event), str(seconds)]
        return subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True)

    def result(self, process: subprocess.Popen[str]) -> tuple[dict[str, Any], Counter[str]]:
        """Result and metrics of a function that ended."""
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        lines = out.splitlines()
        (result,) = [json.loads(line.removeprefix("RESULT")) for line in lines if line.startswith("RESULT")]
        counted: Counter[str] = Counter()
        for line in (json.loads(each) for each in lines if each.startswith("{") and '"_aws"' in each):
            for name in ("Calls", "ThrottledCalls", "DuplicateAnswers"):
                counted[name] += int(line[name][0])
        return result, counted

    def planned(self, quota: Quota | None = None) -> list[dict[str, Any]]:
        """Batches of a planned run."""
        self.publish(quota or Quota())
        planned, _ = self.result(self.start("plan", {"run": "r-1"}))
        lines = (self.store.read(planned["batches"]) or b"").splitlines()
        return [Batch.model_validate_json(line).model_dump(mode="json") for line in lines]

    def responses(self) -> list[Response]:
        keys = self.store.keys(layout.responses("r-1", "good"))
        return [Response.model_validate_json(self.store.read(key) or b"") for key in keys]


@pytest.fixture
def world(target: Target) -> Iterator[World]:
    yield World(target)
    target.call("PUT", "/_foundation/model", {"rules": []})


def throttle(world: World, **rule: Any) -> None:
    world.target.call("PUT", "/_foundation/model", {"rules": [{"pattern": "amazon.*", **rule}]})


def test_all_cases_are_asked_and_answered(world: World) -> None:
    batches = world.planned()
    for process in [world.start("invoke", batch) for batch in batches]:
        assert world.result(process)[0] == {"unfinished": 0}
    found = world.responses()
    assert len(found) == CASES
    for each in found:
        assert each.answer
        assert "250 euros" in each.answer
        assert (each.attempts, each.throttled, each.stop_reason) == (1, 0, "end_turn")
        assert each.first_token_ms is not None
        assert each.last_token_ms is not None
        assert 0 < each.first_token_ms <= each.last_token_ms
        assert each.usage.output_tokens > 0
        assert each.trace_id


def test_a_batch_that_is_delivered_twice_gives_each_case_once(world: World) -> None:
    throttle(world, time_to_first_token_ms=500)
    batch = world.planned()[0]
    ended = [world.result(process) for process in [world.start("invoke", batch) for _ in range(2)]]
    assert [result for result, _ in ended] == [{"unfinished": 0}] * 2
    assert len(world.responses()) == len(batch["cases"])
    calls = sum((counted for _, counted in ended), Counter[str]())
    assert calls["Calls"] == len(batch["cases"]) + calls["DuplicateAnswers"]


def test_a_killed_worker_is_resumed_without_asking_again(world: World) -> None:
    quota = Quota(requests_per_minute=600)
    batch = world.planned(quota)[0]
    killed = world.start("invoke", batch)
    while not list(world.store.keys(layout.responses("r-1", "good"))):
        assert killed.poll() is None
    killed.kill()
    killed.communicate()
    before = {each.case: each.trace_id for each in world.responses()}
    result, counted = world.result(world.start("invoke", batch))
    after = {each.case: each.trace_id for each in world.responses()}
    assert result == {"unfinished": 0}
    assert set(after) == set(batch["cases"])
    assert counted["Calls"] <= len(after) - len(before)
    assert before.items() <= after.items()


def test_a_throttling_storm_ends_and_every_case_has_its_answer(world: World) -> None:
    """The service's quota is far below what the run was told: the shared clock is held until the service answers."""
    throttle(world, requests_per_minute=12)
    batch = {**world.planned(Quota(requests_per_minute=6000))[0]}
    batch["cases"] = batch["cases"][:14]
    result, counted = world.result(world.start("invoke", batch))
    found = world.responses()
    assert result == {"unfinished": 0}
    assert all(each.answer for each in found)
    assert len(found) == 14
    assert counted["ThrottledCalls"] == sum(each.throttled for each in found) > 0


def test_a_short_time_leaves_the_rest_for_the_next_call(world: World) -> None:
    batch = world.planned(Quota(requests_per_minute=60))[0]
    result, counted = world.result(world.start("invoke", batch, seconds=8))
    assert result["unfinished"] == len(batch["cases"]) - len(world.responses()) > 0
    assert counted["Calls"] == len(world.responses()) > 0
