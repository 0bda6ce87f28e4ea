"""The example that evaluates: from a copy, with the built wheel in a clean environment, and its command on the local target."""

import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from foundation.checks.assembly import Assembly
from foundation.checks.templates import check_templates
from foundation.local.target import Target
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.metrics import registry
from genai_runtime.evaluation.planning.fit import check_fit
from genai_runtime.evaluation.planning.suite_files import parse_cases, parse_suite
from genai_runtime.evaluation.run import Candidate, PromptText, RunRequest
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.verdict import GateResult, RunResult
from tests.local.conftest import started
from tests.local.target.deployment import DEV, REGION, deploy, role
from tests.synth.app import CHECKOUT, environment
from tests.synth.templates import only, where
from tests.wheel.installed import Installed, install, open_findings, synthesized

EXAMPLE = CHECKOUT / "examples" / "lob-evaluation"
SUITE = EXAMPLE / "evaluations" / "repair-status"
RUNTIME = CHECKOUT / "lambda" / "genai_runtime" / "evaluation"


@pytest.fixture(scope="module")
def equipped(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """What `pip install -r requirements.txt` gives its owner."""
    return install(tmp_path_factory.mktemp("evaluation") / "venv", installed.wheel, EXAMPLE / "requirements.txt")


@pytest.fixture(scope="module")
def cloud(equipped: Installed, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """What the example synthesizes."""
    return synthesized(equipped, EXAMPLE, tmp_path_factory.mktemp("example"))


def test_the_wheel_holds_all_of_the_pipeline_templates_and_forms_included(installed: Installed) -> None:
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    files = (path for path in RUNTIME.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    needed = {f"genai_foundation/_assets/lambda/genai_runtime/evaluation/{path.relative_to(RUNTIME)}" for path in files}
    assert {Path(name).suffix for name in needed} >= {".py", ".j2", ".css", ".js"}
    assert needed - names == set()


def test_the_requirements_name_this_version() -> None:
    version = re.search(r'^version = "(.+)"$', (CHECKOUT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert (EXAMPLE / "requirements.txt").read_text().split()[0] == f"genai-foundation=={version[1]}"


def test_the_example_has_no_open_finding(cloud: Assembly) -> None:
    assert open_findings(cloud) == []
    judged = [each for each in check_templates(cloud) if each.acknowledgement is None]
    assert [f"{each.finding.id} on {where(each.finding.resource)}" for each in judged] == []


def test_layers_are_the_platform_s_and_code_is_the_checkout_s(cloud: Assembly, synthesis: Any) -> None:
    (stack,) = cloud.stacks
    assert list(stack.of_type("AWS::Lambda::LayerVersion")) == []
    given = {name: each["Default"] for name, each in stack.template["Parameters"].items() if "Default" in each}
    layers = {
        given[layer["Ref"]] for each in stack.of_type("AWS::Lambda::Function") for layer in each.properties["Layers"]
    }
    prefix = "/genai-foundation/evaluation/layers/"
    assert layers == {f"{prefix}{name}" for name in ("base", "scoring", "statistics", "publishing")}
    assets = {path.name for path in cloud.folder.glob("asset.*")}
    assert assets
    assert assets <= {path.name for path in synthesis.outdir.glob("asset.*")}


def test_the_pipeline_reads_the_team_s_suites_and_no_other(cloud: Assembly) -> None:
    (stack,) = cloud.stacks
    plan = only(each for each in stack.of_type("AWS::Lambda::Function") if ".plan." in str(each.properties["Handler"]))
    variables = plan.properties["Environment"]["Variables"]
    assert variables["DATASET_STAGE"] == "golden"
    named = [each.properties.get("BucketName") for each in stack.of_type("AWS::S3::Bucket")]
    assert variables["DATASET_BUCKET"] in named


@pytest.mark.parametrize("prompt", ["prompt.yaml", "weaker-prompt.yaml"])
def test_the_suite_can_be_asked_and_scored(prompt: str) -> None:
    suite = parse_suite((SUITE / layout.SUITE_FILE).read_bytes())
    cases = parse_cases((SUITE / layout.DATASET_FILE).read_bytes())
    text = PromptText.model_validate(yaml.safe_load((SUITE / prompt).read_text(encoding="utf-8")))
    check_fit([Candidate(name="a", prompt=text, model="m", model_id="m")], cases)
    assert text.name == suite.prompt.name
    assert suite.name == SUITE.name
    assert len(cases) >= suite.minimum_cases
    known = registry.known()
    assert {metric.registered for metric in suite.metrics} <= set(known)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """An account with what the command looks for: its stack's outputs, here with a machine that fails, and the guardrail."""
    for target in started(tmp_path_factory):
        stop = '{"StartAt": "Stop", "States": {"Stop": {"Type": "Fail", "Error": "Stopped", "Cause": "on purpose"}}}'
        machine = {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "DefinitionString": stop}
        guardrail = {
            "Type": "String",
            "Name": "/genai-foundation/guardrails/baseline/1",
            "Value": '{"id": "abc123", "arn": "arn:aws:bedrock:eu-west-1:222222222222:guardrail/abc123", "version": "1"}',
        }
        deployed = deploy(
            target,
            "RepairEvaluation",
            {
                "Suites": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "example-suites"}},
                "Runs": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "example-runs"}},
                "Role": role(trusted={"Service": "states.amazonaws.com"}),
                "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
                "Guardrail": {"Type": "AWS::SSM::Parameter", "Properties": guardrail},
            },
            outputs={
                "SuitesBucket": {"Ref": "Suites"},
                "RunsBucket": {"Ref": "Runs"},
                "StateMachineArn": {"Ref": "Machine"},
            },
        )
        assert deployed.status == "CREATE_COMPLETE", deployed.reasons
        yield target


def evaluate(equipped: Installed, account: Target, folder: Path) -> subprocess.CompletedProcess[str]:
    """The README's command, in a copy of the example."""
    shutil.copytree(EXAMPLE, folder / "app", ignore=shutil.ignore_patterns("build"), dirs_exist_ok=True)
    env = environment(folder / "home", **account.environment(DEV, REGION))
    command = [str(equipped.python), "evaluate.py"]
    cwd = folder / "app"
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.local
def test_the_owner_s_command_publishes_requests_and_takes_up_again(
    equipped: Installed, account: Target, tmp_path: Path
) -> None:
    s3 = account.client("s3", DEV, REGION)
    suites, runs = Store(s3, "example-suites"), Store(s3, "example-runs")
    interrupted = evaluate(equipped, account, tmp_path)
    assert interrupted.returncode == 1, interrupted.stdout + interrupted.stderr
    assert "FAILED Stopped on purpose; the same command takes it up again" in interrupted.stderr

    files = {name: (SUITE / name).read_bytes() for name in (layout.SUITE_FILE, layout.DATASET_FILE)}
    version = layout.content_hash(files)
    published = {key: suites.read(key) for key in suites.keys("")}
    assert published == {layout.golden("golden", SUITE.name, version, name): body for name, body in files.items()}
    (key,) = runs.keys("runs/")
    request = runs.load(key, RunRequest)
    assert (key, request.version) == (layout.request(request.run), version)
    assert request.candidates[0].guardrail is not None

    gate = GateResult(run=request.run, look=1, looks=1, final=True, decision="HOLD", candidates=())
    result = RunResult(
        run=request.run, suite=SUITE.name, version=version, decision="HOLD", gate=gate, started_at="", ended_at="", calls=16,
        throttled_calls=0, cost_usd=None,
    )  # fmt: skip
    for page in ("result.html", "junit.xml", "comment.md"):
        runs.write(layout.result(request.run, page), page.encode())
    runs.write(layout.result(request.run), result)
    again = evaluate(equipped, account, tmp_path)
    assert again.returncode == 3, again.stdout + again.stderr
    report = tmp_path / "app" / "build" / request.run / "result.html"
    assert again.stdout.startswith(f"HOLD: {report}")
    assert report.read_bytes() == b"result.html"
    assert list(runs.keys("runs/")).count(key) == 1
