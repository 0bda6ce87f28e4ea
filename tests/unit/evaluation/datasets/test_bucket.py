"""Who may read what of the golden datasets."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from genai_foundation.errors import FoundationError
from genai_foundation.evaluation.datasets import GoldenDatasets, golden_bucket_name
from genai_foundation.evaluation.redaction import ENTITIES, redaction_guardrail
from genai_runtime.evaluation.redaction.replacement import LOCALES
from tests.local.conftest import ACCOUNTS

ORGANISATION = "o-exampleorg1"
GOVERNANCE, REGION = ACCOUNTS["data-governance"], "eu-west-1"
READERS: dict[str, Any] = {ACCOUNTS["dev"]: "redacted", ACCOUNTS["pre-prod"]: "golden", ACCOUNTS["prod"]: "golden"}


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    app = cdk.App()
    stack = cdk.Stack(app, "Golden", env=cdk.Environment(account=GOVERNANCE, region=REGION))
    GoldenDatasets(
        stack, "Golden", readers=READERS, organization_id=ORGANISATION, access_log_bucket="access-logs"
    ).publish()
    made: dict[str, Any] = app.synth().get_stack_by_name("Golden").template["Resources"]
    return made


def only(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    found = [each["Properties"] for each in resources.values() if each["Type"] == kind]
    assert len(found) == 1
    properties: dict[str, Any] = found[0]
    return properties


def statements(document: dict[str, Any], account: str) -> list[dict[str, Any]]:
    principal = f"arn:aws:iam::{account}:root"
    return [each for each in document["Statement"] if each["Principal"].get("AWS") == principal]


@pytest.mark.parametrize(("account", "prefix"), READERS.items())
def test_each_account_reads_its_prefix_only(resources: dict[str, Any], account: str, prefix: str) -> None:
    policy = only(resources, "AWS::S3::BucketPolicy")["PolicyDocument"]
    found = statements(policy, account)
    assert {each["Action"] for each in found} == {"s3:ListBucket", "s3:GetObject"}
    read = next(each for each in found if each["Action"] == "s3:GetObject")
    assert read["Resource"]["Fn::Join"][1][1] == f"/{prefix}/*"
    assert all(each["Condition"]["StringEquals"] == {"aws:PrincipalOrgID": ORGANISATION} for each in found)
    key = only(resources, "AWS::KMS::Key")["KeyPolicy"]
    (decrypt,) = statements(key, account)
    assert decrypt["Action"] == "kms:Decrypt"
    assert decrypt["Condition"]["StringEquals"]["kms:ViaService"] == f"s3.{REGION}.amazonaws.com"
    context = {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{golden_bucket_name(GOVERNANCE, REGION)}/{prefix}/*"}
    assert decrypt["Condition"]["StringLike"] == context


def test_objects_are_encrypted_one_by_one_and_every_version_is_kept(resources: dict[str, Any]) -> None:
    bucket = only(resources, "AWS::S3::Bucket")
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is False
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["LoggingConfiguration"]["DestinationBucketName"] == "access-logs"
    assert bucket["BucketName"] == golden_bucket_name(GOVERNANCE, REGION)
    assert len(bucket["BucketName"]) <= 63


def test_fails_in_a_stack_without_an_account() -> None:
    with pytest.raises(FoundationError, match="GF-EVAL-060"):
        GoldenDatasets(
            cdk.Stack(cdk.App(), "Nowhere"),
            "Golden",
            readers=READERS,
            organization_id=ORGANISATION,
            access_log_bucket="l",
        )


def test_the_redaction_guardrail_masks_and_blocks_nothing() -> None:
    policy = redaction_guardrail().sensitive_information_policy
    assert policy is not None
    assert {each.action for each in policy.pii_entities} == {"ANONYMIZE"}
    assert {each.type for each in policy.pii_entities} == set(ENTITIES)
    assert redaction_guardrail().content_policy is None


def test_names_are_made_in_the_languages_of_the_suites() -> None:
    assert {"en", "de", "fr", "es", "ja", "ar"} <= set(LOCALES)
