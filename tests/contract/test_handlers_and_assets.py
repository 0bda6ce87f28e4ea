"""Handler strings name real callables in exactly the asset that is uploaded, with the layer that is attached."""

import pytest

from foundation.checks.assembly import Assembly, Resource
from tests.contract.deployed import HANDLERS, LAYER, RUNTIME, code_folder, functions, layer_folders, run_as_lambda
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
    "POWERTOOLS_SERVICE_NAME": "model-access",
    "POWERTOOLS_METRICS_NAMESPACE": "GenAIFoundation",
    "LOG_LEVEL": "INFO",
}


def one(assembly: Assembly, handler: str) -> Resource:
    """One of the functions with a handler; all share one asset (see test_every_account_deploys_the_same_code)."""
    return functions(assembly, handler)[0]


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_imports_from_its_asset_and_layers_alone(assembly: Assembly, handler: str) -> None:
    """A dependency that is missing from the layer, or a module left out of the asset, shows here and not in an account."""
    function = one(assembly, handler)
    code = code_folder(assembly, function)
    path = [code, *(folder / "python" for folder in layer_folders(assembly, function))]
    done = run_as_lambda(IMPORT.format(handler=handler), path, VARIABLES)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith(str(code))


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_imports_from_the_checkout_as_the_local_target_runs_it(handler: str) -> None:
    done = run_as_lambda(IMPORT.format(handler=handler), [CHECKOUT / "lambda", LAYER], VARIABLES)
    assert done.returncode == 0, done.stderr
    assert RUNTIME.exists()


def test_fails_to_import_when_a_variable_is_missing(assembly: Assembly) -> None:
    """A function without its configuration must not start and answer half of the requests."""
    handler = "genai_runtime.model_access.handler.handler"
    function = one(assembly, handler)
    path = [code_folder(assembly, function), *(f / "python" for f in layer_folders(assembly, function))]
    done = run_as_lambda(IMPORT.format(handler=handler), path, {**VARIABLES, "AUDIT_TABLE_NAME": ""})
    assert done.returncode != 0
    assert "AUDIT_TABLE_NAME" in done.stderr


@pytest.mark.parametrize(("handler", "capability"), HANDLERS.items())
def test_an_asset_holds_its_own_capability_and_no_other(assembly: Assembly, handler: str, capability: str) -> None:
    """So that a change of one capability doesn't redeploy the functions of another."""
    code = code_folder(assembly, one(assembly, handler))
    assert sorted(path.name for path in code.iterdir()) == ["genai_runtime"]
    assert {path.name for path in (code / "genai_runtime").iterdir() if path.is_dir()} == {capability}
    source = CHECKOUT / "lambda" / "genai_runtime" / capability
    shipped = {path.name for path in (code / "genai_runtime" / capability).glob("*.py")}
    assert shipped == {path.name for path in source.glob("*.py")}


@pytest.mark.parametrize("handler", HANDLERS)
def test_an_asset_holds_no_bytecode_and_no_lock_files(assembly: Assembly, handler: str) -> None:
    function = one(assembly, handler)
    for folder in (code_folder(assembly, function), *layer_folders(assembly, function)):
        left = [p for p in folder.rglob("*") if p.suffix in (".pyc", ".lock") or p.name == "__pycache__"]
        assert left == []


@pytest.mark.parametrize("handler", HANDLERS)
def test_every_account_deploys_the_same_code(assembly: Assembly, handler: str) -> None:
    keys = {function.properties["Code"]["S3Key"] for function in functions(assembly, handler)}
    assert len(keys) == 1


def test_custom_resources_run_without_a_layer_and_model_access_with_one(assembly: Assembly) -> None:
    for function in functions(assembly, "genai_runtime.custom_resources.handler.handler"):
        assert layer_folders(assembly, function) == []
    for function in functions(assembly, "genai_runtime.model_access.handler.handler"):
        (layer,) = layer_folders(assembly, function)
        assert (layer / "python" / "aws_lambda_powertools").is_dir()
        assert (layer / "python" / "pydantic").is_dir()
