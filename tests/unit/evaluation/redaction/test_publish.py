"""Publishing a suite: the wire to AWS is doubled, redaction is the function's own code."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.publish import publish
from foundation.evaluation.suites import load_suite
from genai_foundation.catalog import ConfigErrors
from genai_foundation.evaluation.datasets import golden_bucket_name
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.redaction.errors import RedactionFailed
from genai_runtime.evaluation.redaction.redactor import Redactor
from genai_runtime.evaluation.redaction.report import FILE
from stacks.settings import Settings
from tests.synth.app import CHECKOUT
from tests.unit.evaluation.redaction.doubles import MemoryS3, detector, store

SAFETY = CHECKOUT / "catalog" / "evaluations" / "safety-baseline"
BROKEN = CHECKOUT / "tests" / "data" / "evaluation" / "broken-suite"


class Ssm:
    """Contract values of the governance account."""

    def __init__(self, settings: Settings) -> None:
        account, region = settings.account("data-governance").id, settings.regions.primary.name
        self._values = {
            "/genai-foundation/data/goldendatasets-bucket": golden_bucket_name(account, region),
            "/genai-foundation/evaluation/redact-function-name": "redact",
        }

    def get_parameter(self, *, Name: str) -> dict[str, Any]:  # noqa: N803
        return {"Parameter": {"Value": self._values[Name]}}


class Function:
    """The redaction function behind Lambda's Invoke."""

    def __init__(self, s3: MemoryS3, fails: bool = False) -> None:
        self._redactor = Redactor(store(s3), detector(), bytes(32))
        self._fails = fails

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "redact"
        event = json.loads(Payload)
        try:
            if self._fails:
                raise RedactionFailed("GF-EVAL-053", "never settles")
            answer: Any = self._redactor.redact(event["suite"], event["version"]).model_dump(mode="json")
        except RedactionFailed as error:
            body = {"errorMessage": str(error), "errorType": "RedactionFailed"}
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(body).encode())}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


class MemoryAccess:
    """Clients of the governance account and of dev, over one bucket."""

    def __init__(self, settings: Settings, fails: bool = False) -> None:
        self.s3 = MemoryS3()
        self._clients = {"s3": self.s3, "ssm": Ssm(settings), "lambda": Function(self.s3, fails)}

    def client(self, service: str, stage: str) -> Any:
        assert stage in ("data-governance", "dev")
        return self._clients[service]


def test_publishing_twice_writes_once_and_tells_the_same(settings: Settings) -> None:
    access = MemoryAccess(settings)
    first = publish(SAFETY, settings, access)
    assert first.written == ("dataset.jsonl", "suite.yaml")
    kept = dict(access.s3.objects)
    again = publish(SAFETY, settings, access)
    assert (again.written, again.redaction) == ((), first.redaction)
    assert access.s3.objects == kept
    assert json.loads(json.dumps(first.as_dict()))["version"] == load_suite(SAFETY).version
    text = str(first)
    assert "replaced EMAIL: 2 values" in text
    assert "dev gets 130 cases" in text
    assert "@" not in text


def test_dev_gets_another_version_that_lies_where_the_report_says(settings: Settings) -> None:
    access = MemoryAccess(settings)
    published = publish(SAFETY, settings, access)
    redacted = str(published.redaction.redacted_version)
    assert redacted != published.version
    assert {key for key in access.s3.objects if key.startswith("redacted/")} == {
        layout.golden("redacted", published.suite, published.version, FILE),
        *(layout.golden("redacted", published.suite, redacted, name) for name in published.written),
    }


def test_fails_to_publish_a_faulty_suite_and_writes_nothing(settings: Settings) -> None:
    access = MemoryAccess(settings)
    with pytest.raises(ConfigErrors) as caught:
        publish(BROKEN, settings, access)
    assert len(caught.value.errors) > 20
    assert access.s3.objects == {}


def test_fails_when_redaction_fails_and_says_why(settings: Settings) -> None:
    with pytest.raises(EvaluationError, match="GF-EVAL-041") as caught:
        publish(SAFETY, settings, MemoryAccess(settings, fails=True))
    assert "GF-EVAL-053" in str(caught.value)


def test_fails_over_bytes_that_somebody_put_there(settings: Settings, tmp_path: Path) -> None:
    access = MemoryAccess(settings)
    version = load_suite(SAFETY).version
    access.s3.objects[f"golden/safety-baseline/{version}/suite.yaml"] = b"name: other\n"
    with pytest.raises(EvaluationError, match="GF-EVAL-040"):
        publish(SAFETY, settings, access)
