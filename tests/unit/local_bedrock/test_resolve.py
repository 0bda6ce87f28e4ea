"""Model ids, inference profiles and ARNs, and AWS's errors for those that don't work."""

from pathlib import Path

import pytest
import yaml

from foundation.local.bedrock.errors import BedrockError
from foundation.local.bedrock.model_table import MODELS, UpstreamEntry, table
from foundation.local.bedrock.resolve import resolve
from foundation.local.bedrock.settings import BedrockSettings

ACCOUNT = "222222222222"
TABLE = table()
PREFIX = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}"


def profiles(account: str, region: str, profile_id: str) -> str | None:
    known = {
        "app1": f"{PREFIX}:inference-profile/eu.amazon.nova-lite-v1:0",
        "gone": "arn:aws:bedrock:eu-west-1::foundation-model/x.y",
    }
    return known.get(profile_id) if (account, region) == (ACCOUNT, "eu-west-1") else None


@pytest.mark.parametrize(
    ("identifier", "region", "model"),
    [
        ("eu.amazon.nova-lite-v1:0", "eu-west-1", "amazon.nova-lite-v1:0"),
        ("eu.amazon.nova-lite-v1:0", "eu-central-1", "amazon.nova-lite-v1:0"),
        ("amazon.nova-lite-v1:0", "us-east-1", "amazon.nova-lite-v1:0"),
        ("amazon.titan-embed-text-v2:0", "eu-west-1", "amazon.titan-embed-text-v2:0"),
        (
            "global.anthropic.claude-haiku-4-5-20251001-v1:0",
            "ap-southeast-1",
            "anthropic.claude-haiku-4-5-20251001-v1:0",
        ),
        ("arn:aws:bedrock:eu-west-1::foundation-model/cohere.embed-english-v3", "eu-west-1", "cohere.embed-english-v3"),
        (f"{PREFIX}:inference-profile/eu.amazon.nova-lite-v1:0", "eu-west-1", "amazon.nova-lite-v1:0"),
        (f"{PREFIX}:application-inference-profile/app1", "eu-west-1", "amazon.nova-lite-v1:0"),
    ],
)
def test_resolves(identifier: str, region: str, model: str) -> None:
    assert resolve(TABLE, identifier, ACCOUNT, region, profiles).model.id == model


@pytest.mark.parametrize(
    ("identifier", "code", "message"),
    [
        ("amazon.nova-lite-v1:0", "ValidationException", "on-demand throughput isn’t supported"),
        ("us.amazon.nova-lite-v1:0", "ValidationException", "identifier is invalid"),
        ("amazon.nova-premier-v1:0", "ValidationException", "identifier is invalid"),
        ("no.such-model", "ValidationException", "identifier is invalid"),
        ("", "ValidationException", "identifier is invalid"),
        ("arn:aws:bedrock:eu-west-1::foundation-model/no.such-model", "ResourceNotFoundException", "Could not resolve"),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
            "ValidationException",
            "identifier is invalid",
        ),
        (f"{PREFIX}:inference-profile/us.amazon.nova-lite-v1:0", "ResourceNotFoundException", "Could not resolve"),
        (f"{PREFIX}:inference-profile/amazon.nova-lite-v1:0", "ResourceNotFoundException", "Could not resolve"),
        (f"{PREFIX}:application-inference-profile/none", "ResourceNotFoundException", "Could not resolve"),
        (f"{PREFIX}:application-inference-profile/gone", "ResourceNotFoundException", "Could not resolve"),
        (
            PREFIX.replace(ACCOUNT, "333333333333") + ":application-inference-profile/app1",
            "ValidationException",
            "invalid",
        ),
        (f"{PREFIX}:custom-model/x", "ValidationException", "identifier is invalid"),
        ("arn:aws:s3:::bucket", "ValidationException", "identifier is invalid"),
    ],
)
def test_fails_like_bedrock(identifier: str, code: str, message: str) -> None:
    with pytest.raises(BedrockError, match=message) as caught:
        resolve(TABLE, identifier, ACCOUNT, "eu-west-1", profiles)
    assert caught.value.code == code


def test_quotas_of_profiles_and_models_are_apart() -> None:
    names = {
        resolve(TABLE, identifier, ACCOUNT, "us-east-1", profiles).quota_name
        for identifier in ("us.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0")
    }
    assert len(names) == 2


def test_ministacks_list_and_the_table_know_the_same_models() -> None:
    upstream: list[UpstreamEntry] = [("old.model-v1", "Old", "Old", ["TEXT"], ["TEXT"], True)]
    merged = table((), upstream)
    assert {entry[0] for entry in upstream} == {"old.model-v1", *(model.id for model in MODELS)}
    assert resolve(merged, "eu.old.model-v1", ACCOUNT, "eu-west-1", profiles).model.name == "Old"
    table((), upstream)
    assert len(upstream) == len(MODELS) + 1


CATALOG = yaml.safe_load((Path(__file__).resolve().parents[3] / "catalog" / "models.yaml").read_text(encoding="utf-8"))[
    "models"
]


def test_every_model_of_the_catalog_works_where_it_says() -> None:
    listed = table(BedrockSettings.model_validate({"models": CATALOG}).models)
    for model in CATALOG:
        for region in model.get("regions", []):
            assert resolve(listed, model["id"], ACCOUNT, region, profiles).model.id == model["id"]
        for profile in model.get("inference_profiles", []):
            for region in profile["source_regions"]:
                assert resolve(listed, profile["id"], ACCOUNT, region, profiles).model.id == model["id"]


def test_fails_where_the_catalog_says_that_a_model_is_not_offered() -> None:
    listed = table(BedrockSettings.model_validate({"models": CATALOG}).models)
    with pytest.raises(BedrockError, match="identifier is invalid"):
        resolve(listed, "cohere.rerank-v3-5:0", ACCOUNT, "eu-west-1", profiles)
