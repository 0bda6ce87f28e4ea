from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aws_lambda_powertools import Metrics

from genai_runtime.model_access.access import ModelAccess
from genai_runtime.model_access.assembly import assemble
from genai_runtime.model_access.environment import Environment
from tests.unit.runtime import deployed_platform as deployed
from tests.unit.runtime.fake_aws import FakeAws, Reply, serving
from tests.unit.runtime.live_platform import NEWER


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without their pauses."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """A fake AWS that the process's SDK talks to."""
    with serving() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_REGION", "eu-west-1")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "222222222222")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        yield server


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    """Metrics of their own; Powertools shares one set in the process."""
    own = Metrics(namespace="GenAIFoundation", service="model-access")
    yield own
    own.clear_metrics()


@pytest.fixture
def access(aws: FakeAws, metrics: Metrics) -> ModelAccess:
    """ModelAccess with its real adapters against a deployed platform."""
    deployed.deploy(aws)
    return assemble(Environment.read(deployed.ENVIRONMENT), metrics)


@pytest.fixture
def ask(access: ModelAccess) -> Callable[..., dict[str, Any]]:
    """Send an event, by default a good one, with some keys changed."""

    def send(alias: str | None = "claims", seconds: float = 60, **changes: Any) -> dict[str, Any]:
        return access.answer(deployed.EVENT | changes, deployed.invocation(alias, seconds))

    return send


@pytest.fixture
def newer(aws: FakeAws, access: ModelAccess) -> FakeAws:
    """A platform that has newer versions than the contract's."""
    deployed.deploy(aws, deployed.PARAMETERS | NEWER)
    aws.always("sqs:SendMessage", Reply({"MessageId": "m", "MD5OfMessageBody": ""}))
    return aws
