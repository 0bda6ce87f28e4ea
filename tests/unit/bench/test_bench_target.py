"""Figures of deployment and requests from given times; what counts as neither ends the section."""

from typing import Any

import pytest

from foundation.bench import requests, target
from foundation.bench.errors import BenchError
from foundation.bench.figures import Figure
from foundation.cdk import Deployment
from foundation.demo.requests import requests as demo_requests


class Stack:
    """A stack of an assembly, as far as the figures look. One that `reads` is deployed each time."""

    def __init__(self, path: str, resources: int, *, reads: bool = False) -> None:
        self.path, self.stage = path, path.partition("/")[0]
        self.resources = (None,) * resources
        self.template = READING if reads else {}


READING = {
    "Parameters": {"A": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"}},
    "Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"Key": "{{resolve:ssm:/key}}"}}},
}
STACKS: Any = (Stack("shared/A", 5), Stack("dev/A", 7), Stack("dev/B", 3, reads=True))


def named(made: list[Figure]) -> dict[str, Figure]:
    return {figure.key: figure for figure in made}


def test_deployment_is_told_per_account_and_together() -> None:
    first = {"shared": [3.0, 5.0], "dev": [10.0, 12.0]}
    again = {"shared": [1.0, 1.0], "dev": [2.0, 2.0]}
    boots = {"shared": [4.0, 4.0], "dev": [4.0, 4.0]}
    found = named(target.figures(STACKS, [1.5, 1.7], boots, first, again))
    assert found["deploy.start"].samples == (1.5, 1.7)
    assert found["deploy.first"].n == 4
    assert found["deploy.first.all"].samples == (13.0, 17.0)
    assert found["deploy.again.all"].samples == (3.0, 3.0)
    assert found["deploy.bootstrap.all"].samples == (8.0, 8.0)
    assert found["deploy.first.dev"].samples == (10.0, 12.0)
    assert "10 resources" in found["deploy.first.dev"].name


def test_a_whole_deployment_counts() -> None:
    target.check(STACKS, Deployment("dev", 2, ("dev/A", "dev/B"), 9.0), repeated=False)
    target.check(STACKS, Deployment("dev", 2, ("dev/B",), 2.0), repeated=True)
    target.check(STACKS, Deployment("shared", 1, (), 2.0), repeated=True)


@pytest.mark.parametrize(
    ("done", "repeated"),
    [
        (Deployment("dev", 1, ("dev/A",), 9.0), False),
        (Deployment("dev", 2, ("dev/B",), 9.0), False),
        (Deployment("dev", 2, ("dev/A",), 9.0), True),
        (Deployment("dev", 2, ("dev/A", "dev/B"), 9.0), True),
        (Deployment("dev", 2, (), 9.0), True),
        (Deployment("dev", 3, ("dev/B",), 9.0), True),
    ],
)
def test_fails_on_a_deployment_that_did_something_else(done: Deployment, repeated: bool) -> None:
    with pytest.raises(BenchError, match="GF-BENCH-015: dev"):
        target.check(STACKS, done, repeated=repeated)


def test_requests_are_told_in_milliseconds_with_percentiles() -> None:
    warm = [(0.020 + each / 100_000, 5.0) for each in range(100)]
    found = named(requests.figures([1.2, 1.4], warm))
    data = found["requests.warm"].as_json()
    assert data["n"] == 100
    assert (data["p50"], data["p95"], data["p99"]) == pytest.approx((20.49, 20.94, 20.98))
    assert found["requests.model"].median == 5.0
    assert found["requests.cold"].median == pytest.approx(1300)


def test_an_answered_request_counts() -> None:
    answered = demo_requests("claims-assistant")[0]
    result = {"outcome": "answered", "answer": "The excess is 75 euros.", "latency_ms": 12}
    assert requests.model_milliseconds(answered, result) == 12.0


@pytest.mark.parametrize(
    "result",
    [
        {"outcome": "failed", "error": {"code": "Unhandled", "message": "x"}},
        {"outcome": "answered", "answer": "I can't say.", "latency_ms": 1},
    ],
)
def test_fails_on_a_request_that_is_not_answered(result: dict[str, Any]) -> None:
    with pytest.raises(BenchError, match="GF-BENCH-017"):
        requests.model_milliseconds(demo_requests("claims-assistant")[0], result)
