"""What is live beside a deployed platform: newer versions, experiments, and what requests leave."""

from typing import Any

from aws_lambda_powertools import Metrics
from boto3.dynamodb.types import TypeDeserializer

from genai_runtime.live.online.observation import observation
from genai_runtime.live.online.records import Observation
from tests.unit.runtime.deployed_platform import OTHER_MODEL, PROMPT
from tests.unit.runtime.fake_aws import FakeAws

OTHER_MANIFEST = "cd" * 32
NEWER = {
    "/genai-foundation/prompts/grounded-answer/4": PROMPT | {"version": "2"},
    "/genai-foundation/guardrails/baseline/3": {"id": "newer", "arn": "arn:aws:bedrock:newer", "version": "5"},
}
CANDIDATE = {
    "prompts": {"grounded-answer": 4},
    "models": {"grounded-answer": OTHER_MODEL},
    "guardrail": {"name": "baseline", "version": 3},
}


def experiment(kind: str = "canary", share: float = 1.0, **changes: Any) -> dict[str, Any]:
    """An experiment that all requests belong to."""
    return {
        "id": "exp-1",
        "kind": kind,
        "candidate": CANDIDATE,
        "manifest": OTHER_MANIFEST,
        "share": share,
        "limits": [{"metric": "failed", "share": 0.05}],
        "started_at": "2026-07-30T10:00:00+00:00",
        **changes,
    }


def records(aws: FakeAws) -> list[dict[str, Any]]:
    """All audit records, as plain values."""
    return [
        {name: next(iter(value.values())) for name, value in call.body["Item"].items()}
        for call in aws.calls_of("dynamodb:PutItem")
    ]


def observed(aws: FakeAws) -> list[Observation | None]:
    """What Observe reads from the table's stream after all records."""
    read = TypeDeserializer().deserialize
    return [
        observation({name: read(value) for name, value in call.body["Item"].items()})
        for call in aws.calls_of("dynamodb:PutItem")
    ]


def counted(metrics: Metrics) -> set[str]:
    """Names of the metrics of the last request."""
    names = {each["Name"] for each in metrics.serialize_metric_set()["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    metrics.clear_metrics()
    return names
