"""The examples of the pages run, or are checked by the code that would read them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Metrics

from genai_runtime.model_access.access import ModelAccess
from genai_runtime.model_access.assembly import assemble
from genai_runtime.model_access.environment import Environment
from genai_runtime.model_access.request import Invocation, ModelAccessRequest
from tests.docs.pages import CHECKOUT, Block, page, pages
from tests.synth.app import JSII_CACHE, environment
from tests.unit.runtime import deployed_platform as deployed
from tests.unit.runtime.fake_aws import Call, FakeAws, Reply, serving
from tests.unit.settings.folder import Folder

BLOCKS = [block for each in pages() for block in each.blocks]
SHELL = [block for block in BLOCKS if block.words == ("sh", "test")]
YAML = [block for block in BLOCKS if block.language == "yaml"]
USE_CASES = "docs/use-cases.md"
USE_CASE = "claims-assistant"


def marked(words: tuple[str, ...], path: str = USE_CASES) -> list[Block]:
    """Blocks of a page with this info string."""
    return [block for block in page(path).blocks if block.words == words]


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_shell_blocks_marked_for_it_run(block: Block, tmp_path: Path) -> None:
    variables = environment(tmp_path, CDK_OUTDIR=str(tmp_path / "cdk.out"), FOUNDATION_CONFIG="config")
    script = re.sub(r"^(npx cdk ls\b.*)$", rf"\1 --output '{tmp_path / 'cdk.out'}'", block.text, flags=re.MULTILINE)
    done = subprocess.run(
        ["bash", "-euc", script], cwd=CHECKOUT, env=variables, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, f"{block}:\n{done.stdout}{done.stderr}"


def test_there_are_examples_of_each_kind() -> None:
    assert len(SHELL) >= 3
    assert len(YAML) >= 3


@pytest.mark.parametrize("block", YAML, ids=str)
def test_yaml_examples_are_valid_where_they_say_they_belong(block: Block, tmp_path: Path) -> None:
    """Each names its file in the first line; with it the shipped configuration is still valid as a whole."""
    first, _, _ = block.text.partition("\n")
    file = first.removeprefix("# ")
    folder = Folder(tmp_path)
    assert not (folder.root / file).exists(), f"{block}: {file} is shipped, the example must be another file"
    folder.write(file, block.text)
    folder.release()
    assert folder.errors() == (), block


def test_the_event_is_one_that_the_function_takes() -> None:
    (block,) = marked(("json", "event"))
    request = ModelAccessRequest.model_validate(json.loads(block.text))
    assert request.model_dump().keys() == json.loads(block.text).keys()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """A deployed account on loopback, in which the alias of a use case runs the real function's code."""
    with serving() as server:
        for name, value in client_environment(server).items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        prefix = "/genai-foundation"
        shared = deployed.PARAMETERS[f"{prefix}/use-cases/claims"]
        parameters = {
            **deployed.PARAMETERS,
            f"{prefix}/use-cases/{USE_CASE}": {**shared, "name": USE_CASE},
            f"{prefix}/use-cases/{USE_CASE}/caller-role-arn": "arn:aws:iam::222222222222:role/caller",
            f"{prefix}/model-access/function-name": "model-access",
        }
        deployed.deploy(server, parameters)
        access = assemble(Environment.read(deployed.ENVIRONMENT), Metrics(namespace="docs", service="docs"))
        server.always("ec2:AssumeRole", Reply(ASSUMED))
        server.answers["ec2:?"] = lambda call: invoke(access, call)
        yield server


ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""


def client_environment(server: FakeAws) -> dict[str, str]:
    """What an SDK needs to talk to the fake."""
    return {
        "AWS_ENDPOINT_URL": server.url,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "222222222222",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def invoke(access: ModelAccess, call: Call) -> Reply:
    """Lambda's Invoke: the qualifier is the alias."""
    found = re.fullmatch(r"/2015-03-31/functions/([^/]+)/invocations\?Qualifier=(.+)", call.path)
    assert found, call.path
    arn = f"arn:aws:lambda:eu-west-1:222222222222:function:{found[1]}:{found[2]}"
    return Reply(access.answer(call.body, Invocation(arn, "request-1", deployed.TRACE, 60)))


def test_the_call_with_boto3_runs(aws: FakeAws, tmp_path: Path) -> None:
    block = next(each for each in marked(("python",)) if "import boto3" in each.text)
    done = python(block, tmp_path, client_environment(aws))
    assert done.stdout.strip() == "It is 250 euro."


def test_results_have_the_keys_that_the_function_returns(aws: FakeAws) -> None:
    masked, rejected = (json.loads(block.text) for block in marked(("json", "result")))
    entity = {"type": "EMAIL", "match": "a@example.com", "action": "ANONYMIZED", "detected": True}
    trace = {"outputAssessments": {"g": [{"sensitiveInformationPolicy": {"piiEntities": [entity], "regexes": []}}]}}
    aws.always("bedrock:Converse", Reply(deployed.converse_response(masked["answer"], trace=trace)))
    candidate = {
        "id": masked["release"]["experiment"],
        "kind": "ab",
        "candidate": deployed.LIVE["stable"],
        "manifest": deployed.MANIFEST,
        "share": 1,
        "limits": [{"metric": "failed", "share": 0.05}],
        "started_at": "2026-05-04T09:00:00+00:00",
    }
    deployed.go_live(aws, use_case=USE_CASE, experiment=candidate)
    access = assemble(Environment.read(deployed.ENVIRONMENT), Metrics(namespace="docs", service="docs"))
    event = {**deployed.EVENT, "use_case": USE_CASE}
    result = access.answer(event, deployed.invocation(USE_CASE))
    assert shape(result) == shape(masked)
    assert (result["outcome"], result["guardrail"]["findings"]) == ("masked", masked["guardrail"]["findings"])
    refused = access.answer(
        {**event, "variables": {"context": "x", "question": "?" * 101}}, deployed.invocation(USE_CASE)
    )
    assert shape(refused) == shape(rejected)
    assert refused["error"]["code"] == rejected["error"]["code"]


def shape(value: Any) -> Any:
    """Keys and types of a JSON value."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value).__name__


def test_the_app_with_our_constructs_synthesizes_without_findings(tmp_path: Path) -> None:
    block = next(each for each in marked(("python",)) if "cdk.App()" in each.text)
    out = tmp_path / "cdk.out"
    variables = {
        "CDK_OUTDIR": str(out),
        "CDK_CONTEXT_JSON": json.dumps({"@aws-cdk/core:failSynthOnValidationErrors": True}),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(JSII_CACHE),
    }
    python(block, tmp_path, variables)
    report = (
        json.loads((out / "validation-report.json").read_text()) if (out / "validation-report.json").exists() else {}
    )
    open_findings = [found for plugin in report.get("pluginReports", []) for found in plugin.get("violations") or []]
    assert not open_findings, json.dumps(open_findings, indent=1)
    (template,) = (json.loads(path.read_text()) for path in out.glob("*.template.json"))
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert {"AWS::EC2::VPCEndpoint", "AWS::Bedrock::GuardrailVersion", "AWS::KMS::Key"} <= kinds


def python(block: Block, folder: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a Python block as a script of its own."""
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    done = subprocess.run(
        [sys.executable, "-c", block.text],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{block}:\n{done.stdout}{done.stderr}"
    return done
