"""What constructs refuse: each with its code, what was given and what to do."""

from pathlib import Path

import aws_cdk as cdk
import pytest

from genai_foundation import assets
from genai_foundation.catalog_access import GuardrailPolicies
from genai_foundation.errors import FoundationError
from genai_foundation.network import PrivateEndpoints, PrivateNetwork
from genai_foundation.network.private_network import subnet_cidrs
from genai_foundation.storage import SecureBucket
from tests.synth.constructs.evaluation_samples import evaluation
from tests.synth.constructs.samples import network
from tests.synth.constructs.values import ACCOUNT, KEY, MODEL, ORGANISATION, REGION


@pytest.fixture
def stack() -> cdk.Stack:
    """An empty stack."""
    return cdk.Stack(cdk.App(), "Test", env=cdk.Environment(account=ACCOUNT, region=REGION))


def refused(code: str, *words: str) -> "pytest.RaisesExc[FoundationError]":
    """Expects a coded error whose text holds every word."""
    return pytest.RaisesExc(
        FoundationError,
        check=lambda error: error.code == code and str(error).startswith(code) and all(w in str(error) for w in words),
    )


def endpoints(stack: cdk.Stack, **changed: list[str]) -> PrivateEndpoints:
    """Endpoints with one argument changed."""
    arguments = {"model_arns": [MODEL], **changed}
    return PrivateEndpoints(
        stack,
        "Endpoints",
        network=network(stack, "Vpc"),
        organization_id=ORGANISATION,
        model_arns=arguments["model_arns"],
        interface_services=arguments.get("interface_services"),
    )


@pytest.mark.parametrize(("cidr", "zones"), [("10.0.0.0/28", 2), ("10.0.0.0/27", 3), ("10.0.0.0/26", 6)])
def test_fails_when_the_range_is_too_small_for_its_zones(cidr: str, zones: int) -> None:
    with refused("GF-VPC-001", cidr, str(zones), "/28"):
        subnet_cidrs(cidr, zones)


def test_fails_to_build_a_network_in_a_range_that_is_too_small(stack: cdk.Stack) -> None:
    with refused("GF-VPC-001", "10.0.0.0/28"):
        PrivateNetwork(
            stack,
            "Vpc",
            cidr="10.0.0.0/28",
            availability_zones=["euw1-az1", "euw1-az2"],
            logs_key_arn=KEY,
            log_retention_days=30,
        )


def test_fails_for_an_endpoint_that_nobody_defined(stack: cdk.Stack) -> None:
    with refused("GF-VPC-002", "['ftp', 'kmz']", "network.services"):
        endpoints(stack, interface_services=["kms", "kmz", "ftp"])


def test_fails_for_a_model_with_a_wildcard(stack: cdk.Stack) -> None:
    wild = f"arn:aws:bedrock:{REGION}::foundation-model/*"
    with refused("GF-VPC-003", wild, "without wildcards"):
        endpoints(stack, model_arns=[MODEL, wild])


def test_fails_for_a_runtime_endpoint_without_models(stack: cdk.Stack) -> None:
    with refused("GF-VPC-003", "empty"):
        endpoints(stack, model_arns=[])


def test_endpoints_without_bedrock_need_no_models(stack: cdk.Stack) -> None:
    endpoints(stack, model_arns=[], interface_services=["kms", "logs"])


@pytest.mark.parametrize(
    "model_arns",
    [
        [],
        [f"arn:aws:bedrock:{REGION}::foundation-model/*"],
        [f"arn:aws:bedrock:{REGION}::{index:0100}" for index in range(40)],
    ],
    ids=["none", "wildcard", "too many"],
)
def test_fails_for_models_that_one_policy_can_t_name(stack: cdk.Stack, model_arns: list[str]) -> None:
    with refused("GF-IAM-010", str(len(model_arns)), "4000"):
        GuardrailPolicies(stack, "Policies", guardrails=[], model_arns=model_arns)


@pytest.mark.parametrize("days", [0, -1])
def test_fails_for_an_object_lock_of_no_days(stack: cdk.Stack, days: int) -> None:
    with refused("GF-S3-001", str(days), "at least 1 day"):
        SecureBucket(stack, "Bucket", key_arn=KEY, access_log_bucket="logs", object_lock_days=days)


def test_fails_when_the_asset_folders_are_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "PACKAGE", tmp_path / "constructs" / "genai_foundation")
    with refused("GF-AST-001", "lambda-layer", "make setup", "reinstall the wheel"):
        assets.asset_folder("lambda-layer", "build/lambda-layer")


def test_an_installed_wheel_s_assets_come_before_a_checkout_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "constructs" / "genai_foundation"
    for folder in (package / "_assets" / "lambda", tmp_path / "lambda"):
        folder.mkdir(parents=True)
    monkeypatch.setattr(assets, "PACKAGE", package)
    assert assets.asset_folder("lambda", "lambda") == package / "_assets" / "lambda"


def test_the_errors_of_this_package_are_value_errors() -> None:
    """An app that catches ValueError around its own arguments catches these too."""
    assert issubclass(FoundationError, ValueError)


@pytest.mark.parametrize(
    ("code", "changed", "words"),
    [
        ("GF-EVAL-300", {"retention_days": 0}, ("retention_days is 0", "at least 1 day")),
        ("GF-EVAL-301", {"max_concurrency": 0}, ("max_concurrency is 0", "1 to 50")),
        ("GF-EVAL-301", {"max_concurrency": 51}, ("max_concurrency is 51", "1 to 50")),
        ("GF-EVAL-302", {"timeout": cdk.Duration.days(366)}, ("timeout is 31622400 seconds", "a year")),
    ],
)
def test_fails_for_a_pipeline_that_could_not_run(
    stack: cdk.Stack, code: str, changed: dict[str, object], words: tuple[str, ...]
) -> None:
    with refused(code, *words):
        evaluation(stack, "Evaluation", **changed)
