"""The example of a line of business, run from a copy with the built wheel in a clean environment."""

import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from foundation.checks.assembly import Assembly
from foundation.checks.templates import check_templates
from tests.synth.app import CHECKOUT
from tests.synth.templates import only, policy_statements, where
from tests.wheel.installed import Installed, open_findings, run_app, synthesized

EXAMPLE = CHECKOUT / "examples" / "lob-assistant"
PACKAGES_OF_THE_CHECKOUT = ("stacks", "foundation", "genai_runtime", "tests")


@pytest.fixture(scope="module")
def cloud(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """What the example synthesizes."""
    return synthesized(installed, EXAMPLE, tmp_path_factory.mktemp("example"))


def test_the_wheel_holds_the_constructs_and_the_lambda_assets_and_nothing_else(installed: Installed) -> None:
    names = zipfile.ZipFile(installed.wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"genai_foundation", "genai_foundation-0.1.0.dist-info"}
    for needed in (
        "genai_foundation/py.typed",
        "genai_foundation/_assets/lambda/genai_runtime/__init__.py",
        "genai_foundation/_assets/lambda/genai_runtime/model_access/handler.py",
        "genai_foundation/_assets/lambda/genai_runtime/custom_resources/handler.py",
        "genai_foundation/_assets/lambda/genai_runtime/evaluation/handlers/plan.py",
        "genai_foundation/_assets/lambda/genai_runtime/evaluation/reporting/templates/report.html.j2",
        "genai_foundation/_assets/lambda/genai_runtime/evaluation/review/form.css",
        "genai_foundation/_assets/lambda/genai_runtime/evaluation/review/form.js",
        "genai_foundation/_assets/lambda-layer/python/aws_lambda_powertools/__init__.py",
        "genai_foundation/_assets/lambda-layer/python/pydantic/__init__.py",
    ):
        assert needed in names
    assert [name for name in names if name.endswith(".pyc") or "__pycache__" in name] == []
    assert [name for name in names if "config/" in name or "/stacks/" in name or "tests/" in name] == []


def test_the_environment_has_the_wheel_s_own_dependencies_and_nothing_of_the_checkout(installed: Installed) -> None:
    probe = "import importlib.util as u, sys; print([n for n in sys.argv[1:] if u.find_spec(n)])"
    command = [str(installed.python), "-P", "-c", probe, *PACKAGES_OF_THE_CHECKOUT, "boto3", "genai_foundation"]
    done = subprocess.run(command, env={}, cwd=installed.python.parent, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['genai_foundation']"


def test_the_example_s_requirements_name_this_version() -> None:
    version = re.search(r'^version = "(.+)"$', (CHECKOUT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert (EXAMPLE / "requirements.txt").read_text().split() == [f"genai-foundation=={version[1]}"]


def test_the_example_has_no_open_finding(cloud: Assembly) -> None:
    assert open_findings(cloud) == []


def test_the_example_passes_the_foundation_s_template_checks(cloud: Assembly) -> None:
    judged = [each for each in check_templates(cloud) if each.acknowledgement is None]
    # Alarms belong to whoever invokes; the example deploys no function that does.
    found = {
        f"{each.finding.id} on {where(each.finding.resource)}" for each in judged if "ALARM" not in each.finding.rule
    }
    assert found == set()


def test_the_example_gets_network_endpoints_guardrail_and_a_guarded_caller(cloud: Assembly) -> None:
    (stack,) = cloud.stacks
    services = {
        str(each.properties["ServiceName"]).rpartition("eu-west-1.")[2]
        for each in stack.of_type("AWS::EC2::VPCEndpoint")
    }
    assert services == {"bedrock-runtime", "kms", "logs", "sts", "s3", "dynamodb"}
    assert len(list(stack.of_type("AWS::EC2::Subnet"))) == 2
    assert only(stack.of_type("AWS::Bedrock::Guardrail")).properties["Name"] == "travel-assistant-v1"
    policy = only(each for each in stack.of_type("AWS::IAM::ManagedPolicy") if "GuardedModel" in each.logical_id)
    invoke = [each for each in policy_statements(policy) if "bedrock:InvokeModel" in each.actions]
    assert invoke
    for each in invoke:
        assert any(key == "bedrock:guardrailidentifier" for _, key, _ in each.conditions)
        assert not any("*" in arn for arn in each.resources)


def test_the_wheel_deploys_the_same_bytes_as_the_checkout(cloud: Assembly, synthesis: Any) -> None:
    """Lambda assets are named by the hash of their content."""
    assets = {path.name for path in cloud.folder.glob("asset.*")}
    assert assets
    assert assets <= {path.name for path in synthesis.outdir.glob("asset.*")}


def test_fails_when_a_guardrail_of_the_example_is_wrong_naming_file_line_and_code(
    installed: Installed, tmp_path: Path
) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "app")
    guardrail = tmp_path / "app" / "guardrail.yaml"
    guardrail.write_text(guardrail.read_text().replace("threshold: 0.75", "threshold: 7.5"))
    done = run_app(installed, tmp_path)
    assert done.returncode != 0
    assert "guardrail.yaml:" in done.stderr
    assert "GF-" in done.stderr
    assert "7.5" in done.stderr
