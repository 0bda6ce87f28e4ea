"""Every variable that a handler needs is in the template, and the template sets none that nobody reads."""

import pytest

from foundation.checks.assembly import Assembly
from genai_runtime.evaluation.environment import PlanEnvironment
from genai_runtime.model_access.environment import Environment
from stacks.settings import Settings
from tests.contract import evaluation, live, release
from tests.contract.deployed import HANDLERS, functions, variables
from tests.synth.templates import every, where

# Variables by handler: what its environment model declares.
NEEDED: dict[str, frozenset[str]] = {
    "genai_runtime.custom_resources.handler.handler": frozenset(),
    "genai_runtime.model_access.handler.handler": Environment.variables(),
    **{handler: model.variables() for handler, model in {**evaluation.MODELS, **live.MODELS}.items()},
    **{handler: model.variables() for handler, model in release.MODELS.items()},
}


def test_every_deployed_handler_is_covered_here(assembly: Assembly) -> None:
    deployed = {each.properties["Handler"] for each in every(assembly, "AWS::Lambda::Function")}
    assert deployed == NEEDED.keys() == HANDLERS.keys()


@pytest.mark.parametrize("handler", NEEDED)
def test_the_template_sets_what_the_handler_needs_and_nothing_else(assembly: Assembly, handler: str) -> None:
    for function in functions(assembly, handler):
        assert set(variables(function)) == NEEDED[handler], where(function)


def test_the_values_are_valid_for_the_model(assembly: Assembly, settings: Settings) -> None:
    for function in functions(assembly, "genai_runtime.model_access.handler.handler"):
        given = {
            name: value if isinstance(value, str) else "from-the-deployment"
            for name, value in variables(function).items()
        }
        read = Environment.read(given)
        assert read.environment == function.stack.stage
        assert read.parameter_prefix == "/genai-foundation"
        assert read.audit_retention_days == settings.retention.audit_days


def test_the_audit_table_variable_is_the_table_of_the_same_stack(assembly: Assembly) -> None:
    for function in functions(assembly, "genai_runtime.model_access.handler.handler"):
        reference = variables(function)["AUDIT_TABLE_NAME"]
        assert isinstance(reference, dict)
        assert function.stack.template["Resources"][reference["Ref"]]["Type"] == "AWS::DynamoDB::GlobalTable"


@pytest.mark.parametrize("handler", evaluation.MODELS)
def test_the_pipeline_s_values_are_valid_for_their_model(assembly: Assembly, handler: str) -> None:
    for function in functions(assembly, handler):
        # What only a deployment knows has the form of an example.
        given = {
            name: value if isinstance(value, str) else evaluation.VALUES[name]
            for name, value in variables(function).items()
        }
        read = evaluation.MODELS[handler].read(given)
        assert read.environment == function.stack.stage
        assert read.service_name == f"evaluation-{handler.split('.')[3].replace('_', '-')}"
        if isinstance(read, PlanEnvironment):
            assert read.dataset_stage == ("redacted" if read.environment == "dev" else "golden")


@pytest.mark.parametrize("handler", live.MODELS)
def test_the_values_of_what_is_live_are_valid_for_their_model(assembly: Assembly, handler: str) -> None:
    for function in functions(assembly, handler):
        given = {
            name: value if isinstance(value, str) else live.VALUES[name] for name, value in variables(function).items()
        }
        read = live.MODELS[handler].read(given)
        assert read.environment == function.stack.stage
        assert read.service_name == f"live-{handler.split('.')[3]}"


@pytest.mark.parametrize("handler", release.MODELS)
def test_the_values_of_releases_are_valid_for_their_model(assembly: Assembly, settings: Settings, handler: str) -> None:
    for function in functions(assembly, handler):
        given = {
            name: value if isinstance(value, str) else release.VALUES[name]
            for name, value in variables(function).items()
        }
        read = release.MODELS[handler].read(given)
        assert read.accounts == {stage: settings.account(stage).id for stage in ("dev", "pre-prod", "prod")}
        assert read.region_name == settings.regions.primary.name
        assert read.service_name == f"release-{handler.split('.')[3].replace('_', '-')}"


def test_each_environment_has_a_function_that_redeems_its_warrants(assembly: Assembly) -> None:
    redeeming = functions(assembly, f"{release.PREFIX}.redeem.handler")
    assert [variables(each)["ENVIRONMENT"] for each in redeeming] == ["dev", "pre-prod", "prod"]


def test_no_variable_holds_anything_like_a_secret(assembly: Assembly) -> None:
    for function in every(assembly, "AWS::Lambda::Function"):
        suspicious = [
            name
            for name in variables(function)
            # A key's id or ARN opens nothing, nor does a secret's name.
            if any(w in name for w in ("SECRET", "PASSWORD", "TOKEN", "_KEY"))
            and not name.endswith(("_KEY_ID", "_KEY_ARN"))
            and name != "TOKEN_SECRET"
        ]
        assert suspicious == [], where(function)
