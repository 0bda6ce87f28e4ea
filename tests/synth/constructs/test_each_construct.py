"""Every public construct alone, as a line of business uses it: no open finding of either pack, secure defaults."""

import importlib
import inspect
import json
import pkgutil
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks
from constructs import Construct

import genai_foundation
from foundation.checks.assembly import load_assembly
from tests.synth.constructs.samples import SAMPLES
from tests.synth.constructs.values import ACCOUNT, REGION
from tests.synth.templates import strings

NAMES = [kind.__name__ for kind in SAMPLES]


def public_constructs() -> set[type[Construct]]:
    """Construct classes of the package that an app may instantiate."""
    found: set[type[Construct]] = set()
    for module in pkgutil.walk_packages(genai_foundation.__path__, "genai_foundation."):
        for name, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            own = kind.__module__.startswith("genai_foundation.")
            if own and issubclass(kind, Construct) and not name.startswith("_"):
                found.add(kind)
    return found


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One app with a stack for each construct, judged by both packs."""
    outdir = tmp_path_factory.mktemp("constructs") / "cdk.out"
    app = cdk.App(
        outdir=str(outdir),
        # Each construct's findings are a test of their own.
        post_cli_context={"@aws-cdk/core:failSynthOnValidationErrors": False},
        builtin_cloud_formation_validation=False,
        analytics_reporting=False,
    )
    for kind, make in SAMPLES.items():
        stack = cdk.Stack(app, kind.__name__, env=cdk.Environment(account=ACCOUNT, region=REGION))
        make(stack, "Sample")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), NIST80053R5Checks(app))
    app.synth()
    return outdir


@pytest.fixture(scope="module")
def open_findings(cloud: Path) -> dict[str, list[str]]:
    """Rules with open findings, by construct."""
    found: dict[str, list[str]] = {name: [] for name in NAMES}
    reports: list[dict[str, Any]] = json.loads((cloud / "validation-report.json").read_text())["pluginReports"]
    assert {each["pluginName"] for each in reports} >= {"AwsSolutions", "NIST.800.53.R5"}
    for report in reports:
        for violation in report["violations"]:
            for construct in violation["violatingConstructs"]:
                path = construct["constructPath"]
                found[path.split("/")[0]].append(f"{violation['ruleName']} on {path}")
    return found


def test_every_public_construct_has_a_sample() -> None:
    assert {kind.__name__ for kind in public_constructs()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_construct_alone_has_no_open_finding(open_findings: dict[str, list[str]], name: str) -> None:
    assert open_findings[name] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_construct_names_no_account_region_or_organisation_of_its_own(cloud: Path, name: str) -> None:
    """Whatever is not an argument here would be hard-coded."""
    (stack,) = [each for each in load_assembly(cloud).stacks if each.path == name]
    foreign = [
        value
        for value in strings(stack.template)
        for part in ("111111111111", "222222222222", "o-exampleorg1", "eu-north-1", "us-east-1")
        if part in value
    ]
    assert foreign == []


def test_constructs_take_keyword_arguments_only_and_no_kwargs() -> None:
    for kind in public_constructs():
        parameters = list(inspect.signature(kind.__init__).parameters.values())
        assert [each.name for each in parameters[:3]] == ["self", "scope", "construct_id"], kind
        assert all(each.kind is inspect.Parameter.KEYWORD_ONLY for each in parameters[3:]), kind


def test_constructs_and_their_public_methods_are_documented_and_typed() -> None:
    for kind in public_constructs():
        assert kind.__doc__, kind
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            if name.startswith("_") or not method.__module__.startswith("genai_foundation."):
                continue
            assert method.__doc__, f"{kind.__name__}.{name}"
            assert "return" in method.__annotations__, f"{kind.__name__}.{name}"
