"""Functions as templates deploy them: their handler, variables and asset; and Python as the managed runtime has it."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from foundation.checks.assembly import Assembly, Resource
from tests.contract import evaluation, live, release
from tests.synth.app import CHECKOUT
from tests.synth.templates import every

RUNTIME = CHECKOUT / "build" / "lambda-python" / "bin" / "python"
LAYER = CHECKOUT / "build" / "lambda-layer" / "python"
# Capabilities in the asset of each handler.
HANDLERS: dict[str, frozenset[str]] = {
    "genai_runtime.custom_resources.handler.handler": frozenset({"custom_resources"}),
    "genai_runtime.model_access.handler.handler": frozenset({"live", "model_access"}),
    **dict.fromkeys(evaluation.MODELS, frozenset({"evaluation", "model_access"})),
    evaluation.REDACT: frozenset({"evaluation"}),
    **live.CAPABILITIES,
    **dict.fromkeys(release.MODELS, release.CAPABILITIES),
}


def functions(assembly: Assembly, handler: str) -> list[Resource]:
    """Every function with a handler."""
    found = [each for each in every(assembly, "AWS::Lambda::Function") if each.properties["Handler"] == handler]
    assert found, f"no function has the handler {handler}"
    return found


def variables(function: Resource) -> dict[str, object]:
    """A function's environment variables."""
    return dict(function.properties.get("Environment", {}).get("Variables", {}))


def code_folder(assembly: Assembly, function: Resource) -> Path:
    """The staged folder behind a function's code, found through its stack's asset manifest."""
    return staged(assembly, function, function.properties["Code"]["S3Key"])


def layers(assembly: Assembly, function: Resource) -> list[Path]:
    """What is staged for each of a function's layers: a folder, or an archive that fits the managed runtime only."""
    resources = function.stack.template["Resources"]
    found = [resources[layer["Ref"]]["Properties"] for layer in function.properties.get("Layers", [])]
    return [staged(assembly, function, layer["Content"]["S3Key"]) for layer in found]


def staged(assembly: Assembly, function: Resource, key: str) -> Path:
    """The folder that the CLI zips, or the archive, that is uploaded under a key of the assets bucket."""
    template = assembly.folder / function.stack.file
    manifest = template.with_name(template.name.replace(".template.json", ".assets.json"))
    for asset in json.loads(manifest.read_text())["files"].values():
        if any(each["objectKey"] == key for each in asset["destinations"].values()):
            path = (manifest.parent / str(asset["source"]["path"])).resolve()
            assert asset["source"]["packaging"] == ("zip" if path.is_dir() else "file")
            return path
    raise AssertionError(f"{function.stack.path} uploads nothing as {key}")


def run_as_lambda(program: str, path: list[Path], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program with the managed runtime's packages, `path` and nothing of this project's own environment."""
    env = {
        "PYTHONPATH": os.pathsep.join(str(each) for each in path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        **environment,
    }
    command = [str(RUNTIME), "-c", program]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
