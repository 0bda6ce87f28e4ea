"""The functions as Lambda starts them: variables, assembly, one call each."""

import importlib
import json
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from pydantic import ValidationError

from genai_runtime.release import environment as variables
from genai_runtime.release.errors import WARRANT_REDEEMED
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.signing import KmsKeys
from tests.unit.release.core import sample
from tests.unit.release.core.conftest import REGION
from tests.unit.release.core.fakes import CodePipeline, LambdaContext, Sts
from tests.unit.release.core.sample import EXECUTION, HASH, MANIFEST

MODELS: dict[str, type[variables.Environment]] = {
    "seal": variables.Environment,
    "authorize": variables.AuthorizeEnvironment,
    "redeem": variables.RedeemEnvironment,
    "activate": variables.Environment,
    "approve": variables.ApproveEnvironment,
    "datasets": variables.DatasetsEnvironment,
}
VALUES = {
    "LEDGER_TABLE": "ledger",
    "RELEASE_BUCKET": "releases",
    "KEYS": json.dumps(sample.ARNS),
    "ACCOUNTS": json.dumps({"dev": "222222222222", "pre-prod": "333333333333", "prod": "444444444444"}),
    "REGION_NAME": REGION,
    "POWERTOOLS_SERVICE_NAME": "release",
    "POWERTOOLS_METRICS_NAMESPACE": "GenAIFoundation",
    "LOG_LEVEL": "INFO",
    "DATASET_BUCKET": "golden",
    "WARRANT_MINUTES": "15",
    "ENVIRONMENT": "dev",
    "PIPELINE_NAME": "Release",
    "APPROVERS": json.dumps({"qa": [sample.QUALITY], "domain-expert": [sample.EXPERT]}),
    "GOVERNANCE_ACCOUNT": "555555555555",
    "APPROVAL_STAGE": "Approval",
    "APPROVAL_ACTIONS": json.dumps({"qa": "QA", "domain-expert": "DomainExpert"}),
}


@pytest.fixture
def ledger_of_kms(dynamodb: Any, kms: Any, table: str) -> tuple[Ledger, dict[str, str]]:
    made = {
        each: kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
        for each in sample.ARNS
    }
    return Ledger(dynamodb, table, KmsKeys(kms, made)), {"LEDGER_TABLE": table, "KEYS": json.dumps(made)}


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Imports a handler's module as a fresh function would, with clients of this process."""
    modules: list[str] = []

    def start(name: str, clients: dict[str, Any], values: dict[str, str]) -> Any:
        for key, value in (VALUES | values).items():
            monkeypatch.setenv(key, value)
        monkeypatch.setattr(boto3, "client", lambda service, **_: clients[service])
        monkeypatch.setattr(boto3, "Session", lambda **_: Mock(client=lambda service, **_: clients[service]))
        modules.append(f"genai_runtime.release.handlers.{name}")
        sys.modules.pop(modules[-1], None)
        return importlib.import_module(modules[-1]).handler

    yield start
    for each in modules:
        sys.modules.pop(each, None)


def job(**parameters: str) -> dict[str, Any]:
    given = json.dumps({"execution": EXECUTION, "manifest": HASH} | parameters)
    configuration = {"configuration": {"FunctionName": "f", "UserParameters": given}}
    return {"CodePipeline.job": {"id": str(uuid.uuid4()), "data": {"actionConfiguration": configuration}}}


def test_a_release_is_sealed_authorized_and_redeemed_once(
    start: Callable[..., Any], ledger_of_kms: tuple[Ledger, dict[str, str]], bucket: str, s3: Any, kms: Any, dynamodb: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    ledger, values = ledger_of_kms
    clients = {"s3": s3, "kms": kms, "dynamodb": dynamodb, "sts": Sts()}
    values["RELEASE_BUCKET"] = bucket
    answers = []
    for name, parameters in (
        ("seal", {"author": sample.AUTHOR, "commit": MANIFEST.commit}),
        ("authorize", {"environment": "dev"}),
    ):
        codepipeline = CodePipeline()
        start(name, clients | {"codepipeline": codepipeline}, values)(job(**parameters), LambdaContext())
        answers += codepipeline.answers
    nonce = answers[1]["outputVariables"]["warrant"]
    redeem = start("redeem", clients, values)
    event = {"manifest": HASH, "execution": EXECUTION, "warrant": nonce}
    got = redeem(event, LambdaContext())
    assert got["AccessKeyId"]
    assert [each.statement.kind for each in ledger.entries(HASH)] == ["redeemed", "sealed", "warrant"]
    with pytest.raises(Exception, match=WARRANT_REDEEMED):
        redeem(event, LambdaContext())
    logged = capsys.readouterr().out
    assert nonce not in logged
    assert got["SecretAccessKey"] not in logged
    assert got["SessionToken"] not in logged


def test_approve_fails_the_job_of_a_release_that_is_not_sealed(
    start: Callable[..., Any],
    ledger_of_kms: tuple[Ledger, dict[str, str]],
    bucket: str,
    s3: Any,
    kms: Any,
    dynamodb: Any,
) -> None:
    codepipeline = CodePipeline()
    clients = {"s3": s3, "kms": kms, "dynamodb": dynamodb, "codepipeline": codepipeline}
    start("approve", clients, ledger_of_kms[1] | {"RELEASE_BUCKET": bucket})(job(), LambdaContext())
    assert "GF-REL-118" in codepipeline.answers[0]["failureDetails"]["message"]


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (b"<html>no archive</html>", "GF-REL-116: the archive of the release can't be read"),
        (sample.archive(), "GF-REL-160: the release holds no files of suite answers"),
    ],
    ids=["no archive", "no suite"],
)
def test_datasets_fails_the_job_with_what_is_wrong_with_the_archive(
    start: Callable[..., Any], bucket: str, s3: Any, stored: bytes, said: str
) -> None:
    codepipeline, redacts = CodePipeline(), Mock()
    s3.put_object(Bucket=bucket, Key=f"releases/{HASH}/files.zip", Body=stored)
    ssm = Mock(get_parameter=lambda Name: {"Parameter": {"Value": f"function of {Name}"}})  # noqa: N803 boto3's name
    clients = {"s3": s3, "sts": Sts(), "ssm": ssm, "lambda": redacts, "codepipeline": codepipeline}
    start("datasets", clients, {"RELEASE_BUCKET": bucket})(job(), LambdaContext())
    assert codepipeline.answers[0]["failureDetails"]["message"].startswith(said)
    assert not redacts.invoke.called


@pytest.mark.parametrize("name", MODELS)
def test_fails_to_start_without_a_variable(name: str) -> None:
    model = MODELS[name]
    model.read(VALUES)
    assert model.variables() <= VALUES.keys()
    for each in model.variables():
        with pytest.raises(ValidationError, match=each):
            model.read({key: value for key, value in VALUES.items() if key != each})


@pytest.mark.parametrize(
    ("name", "variable", "value", "said"),
    [
        ("seal", "KEYS", json.dumps({"seal": sample.ARNS["seal"]}), "KEYS lacks approval, promotion, warrant"),
        ("seal", "KEYS", json.dumps(sample.ARNS | {"more": sample.ARNS["seal"]}), "more"),
        ("seal", "KEYS", json.dumps(sample.ARNS | {"seal": "alias/seal"}), "pattern"),
        ("seal", "ACCOUNTS", json.dumps({"dev": "222222222222"}), "ACCOUNTS lacks pre-prod, prod"),
        ("seal", "ACCOUNTS", "nothing", "ACCOUNTS"),
        ("authorize", "WARRANT_MINUTES", "61", "WARRANT_MINUTES"),
        ("redeem", "ENVIRONMENT", "shared", "ENVIRONMENT"),
        ("approve", "APPROVERS", json.dumps({"qa": ["a@example.com"]}), "APPROVERS lacks domain-expert"),
        ("approve", "APPROVERS", json.dumps({"qa": [], "domain-expert": ["a@example.com"]}), "APPROVERS"),
        ("approve", "APPROVAL_ACTIONS", "{}", "APPROVAL_ACTIONS lacks domain-expert, qa"),
    ],
)
def test_fails_to_start_with_a_variable_that_means_nothing(name: str, variable: str, value: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        MODELS[name].read(VALUES | {variable: value})
