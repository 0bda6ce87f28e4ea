"""The function as deployed: its handler string, its variables and its layer, in an interpreter that has boto3 only."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from genai_runtime.model_access.environment import Environment
from tests.unit.runtime.deployed_platform import ENVIRONMENT, EVENT, FUNCTION, TRACE, deploy
from tests.unit.runtime.fake_aws import FakeAws

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / "build/lambda-python/bin/python"
LAYER = ROOT / "build/lambda-layer/python"

RUN = """
import importlib, json, sys
module, name = sys.argv[1].rsplit(".", 1)
handler = getattr(importlib.import_module(module), name)
class Context:
    function_name = "model-access"
    memory_limit_in_mb = "1024"
    invoked_function_arn = sys.argv[2]
    aws_request_id = "request-1"
    def get_remaining_time_in_millis(self): return 60_000
for line in sys.stdin:
    print("RESULT" + json.dumps(handler(json.loads(line), Context())))
"""


def invoke(aws: FakeAws, *events: Any, variables: dict[str, str] = ENVIRONMENT) -> tuple[list[Any], list[Any], str]:
    """Results, JSON log lines and stderr of a fresh environment that gets these events."""
    assert PYTHON.exists(), "run `make setup` first"
    assert LAYER.exists(), "run `make setup` first"
    environment = variables | {
        "PYTHONPATH": f"{ROOT / 'lambda'}{os.pathsep}{LAYER}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "222222222222",
        "AWS_SECRET_ACCESS_KEY": "test",
        "_X_AMZN_TRACE_ID": f"Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=1",
    }
    command = [str(PYTHON), "-c", RUN, "genai_runtime.model_access.handler.handler", f"{FUNCTION}:claims"]
    lines = "".join(json.dumps(event) + "\n" for event in events)
    done = subprocess.run(command, input=lines, env=environment, capture_output=True, text=True, check=False)
    out = done.stdout.splitlines()
    results = [json.loads(line.removeprefix("RESULT")) for line in out if line.startswith("RESULT")]
    return results, [json.loads(line) for line in out if line.startswith("{")], done.stderr


def test_the_deployed_handler_answers_with_its_layer_only(aws: FakeAws) -> None:
    deploy(aws)
    (good, bad), logs, errors = invoke(aws, EVENT, EVENT | {"variables": {}})
    assert (good["outcome"], good["trace_id"]) == ("answered", TRACE), errors
    assert bad["error"]["code"] == "GF-RUN-008"
    emf = [line for line in logs if "_aws" in line]
    assert [("Answered" in line, "Rejected" in line) for line in emf] == [(True, False), (False, True)]
    (line,) = [line for line in logs if line.get("message") == "rejected"]
    assert (line["xray_trace_id"], line["code"], line["use_case"]) == (TRACE, "GF-RUN-008", "claims")
    assert EVENT["variables"]["question"] not in json.dumps(logs)


@pytest.mark.parametrize("missing", sorted(ENVIRONMENT))
def test_fails_to_start_without_one_of_its_variables(missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        Environment.read({name: value for name, value in ENVIRONMENT.items() if name != missing})


def test_fails_to_start_the_deployed_handler_without_its_variables(aws: FakeAws) -> None:
    results, _, errors = invoke(aws, EVENT, variables={})
    assert results == []
    assert "AUDIT_TABLE_NAME" in errors


def test_the_environment_model_names_exactly_its_variables() -> None:
    assert Environment.variables() == set(ENVIRONMENT)
