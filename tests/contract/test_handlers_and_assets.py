"""Handler strings name real callables in exactly the asset that is uploaded, with the layer that is attached."""

import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from foundation.checks.assembly import Assembly, Resource
from genai_foundation.evaluation.steps import STEPS
from tests.contract import evaluation, live, release
from tests.contract.deployed import HANDLERS, LAYER, RUNTIME, code_folder, functions, layers, run_as_lambda
from tests.synth.app import CHECKOUT

IMPORT = """
import importlib
module, _, name = "{handler}".rpartition(".")
function = getattr(importlib.import_module(module), name)
assert callable(function)
print(importlib.import_module(module).__file__)
"""
VARIABLES = {
    "ENVIRONMENT": "dev",
    "PARAMETER_PREFIX": "/genai-foundation",
    "AUDIT_TABLE_NAME": "audit",
    "AUDIT_RETENTION_DAYS": "365",
    "LIVE_APPLICATION": "abc1234",
    "LIVE_ENVIRONMENT": "def5678",
    "LIVE_MAX_AGE_SECONDS": "15",
    "SHADOW_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/222222222222/shadow",
    "POWERTOOLS_SERVICE_NAME": "model-access",
    "POWERTOOLS_METRICS_NAMESPACE": "GenAIFoundation",
    "LOG_LEVEL": "INFO",
}
Unpacked = Callable[[str], Path]


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    """Folder of a layer with numerical libraries, built for this machine's interpreter, by the layer's name."""

    @cache
    def unpack(name: str) -> Path:
        folder = tmp_path_factory.mktemp(f"layer-{name}")
        with zipfile.ZipFile(CHECKOUT / "build" / "layers" / name / "host.zip") as archive:
            archive.extractall(folder)
        return folder / "python"

    return unpack


def environment(handler: str) -> dict[str, str]:
    """Variables with which a handler may start."""
    if handler in live.MODELS:
        return live.VALUES
    if handler in release.MODELS:
        return release.VALUES
    return evaluation.VALUES if handler in evaluation.MODELS else VARIABLES


def layer_path(handler: str, unpacked: Unpacked) -> Path | None:
    """This machine's build of a pipeline handler's layer; None where its layer is the base layer."""
    layer = LAYERS.get(handler, "base")
    return None if layer == "base" else unpacked(layer)


LAYERS: dict[str, str] = {
    **{f"{evaluation.PREFIX}.{step.handler}.handler": step.layer for step in STEPS.values()},
    evaluation.REDACT: "redaction",
    live.OBSERVE: "statistics",
}


def one(assembly: Assembly, handler: str) -> Resource:
    """One of the functions with a handler; all share one asset (see test_every_account_deploys_the_same_code)."""
    return functions(assembly, handler)[0]


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_imports_from_its_asset_and_layers_alone(
    assembly: Assembly, handler: str, unpacked: Unpacked
) -> None:
    """A dependency that is missing from the layer, or a module left out of the asset, shows here and not in an account."""
    function = one(assembly, handler)
    code = code_folder(assembly, function)
    attached = [each / "python" for each in layers(assembly, function) if each.is_dir()]
    path = [code, layer_path(handler, unpacked) or code, *attached]
    done = run_as_lambda(IMPORT.format(handler=handler), path, environment(handler))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith(str(code))


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_imports_from_the_checkout_as_the_local_target_runs_it(handler: str, unpacked: Unpacked) -> None:
    path = [CHECKOUT / "lambda", layer_path(handler, unpacked) or LAYER]
    done = run_as_lambda(IMPORT.format(handler=handler), path, environment(handler))
    assert done.returncode == 0, done.stderr
    assert RUNTIME.exists()


def test_fails_to_import_when_a_variable_is_missing(assembly: Assembly) -> None:
    """A function without its configuration must not start and answer half of the requests."""
    handler = "genai_runtime.model_access.handler.handler"
    function = one(assembly, handler)
    path = [code_folder(assembly, function), *(f / "python" for f in layers(assembly, function))]
    done = run_as_lambda(IMPORT.format(handler=handler), path, {**VARIABLES, "AUDIT_TABLE_NAME": ""})
    assert done.returncode != 0
    assert "AUDIT_TABLE_NAME" in done.stderr


@pytest.mark.parametrize(("handler", "capabilities"), HANDLERS.items())
def test_an_asset_holds_what_its_handler_uses_and_no_other_capability(
    assembly: Assembly, handler: str, capabilities: frozenset[str]
) -> None:
    """So that a change of one capability doesn't redeploy the functions of another."""
    code = code_folder(assembly, one(assembly, handler))
    assert sorted(path.name for path in code.iterdir()) == ["genai_runtime"]
    assert {path.name for path in (code / "genai_runtime").iterdir() if path.is_dir()} == capabilities
    for capability in capabilities:
        source, shipped = (root / "genai_runtime" / capability for root in (CHECKOUT / "lambda", code))
        modules = {path.relative_to(source) for path in source.rglob("*.py")}
        assert {path.relative_to(shipped) for path in shipped.rglob("*.py")} == modules


@pytest.mark.parametrize("handler", HANDLERS)
def test_an_asset_holds_no_bytecode_and_no_lock_files(assembly: Assembly, handler: str) -> None:
    function = one(assembly, handler)
    for each in (code_folder(assembly, function), *layers(assembly, function)):
        names = each.rglob("*") if each.is_dir() else map(Path, zipfile.ZipFile(each).namelist())
        assert [name for name in names if name.suffix in (".pyc", ".lock") or "__pycache__" in name.parts] == []


@pytest.mark.parametrize("handler", HANDLERS)
def test_every_account_deploys_the_same_code(assembly: Assembly, handler: str) -> None:
    keys = {function.properties["Code"]["S3Key"] for function in functions(assembly, handler)}
    assert len(keys) == 1


def test_custom_resources_run_without_a_layer_and_model_access_with_one(assembly: Assembly) -> None:
    for function in functions(assembly, "genai_runtime.custom_resources.handler.handler"):
        assert layers(assembly, function) == []
    for function in functions(assembly, "genai_runtime.model_access.handler.handler"):
        (layer,) = layers(assembly, function)
        assert (layer / "python" / "aws_lambda_powertools").is_dir()
        assert (layer / "python" / "pydantic").is_dir()
