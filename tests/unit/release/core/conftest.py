"""A table, a bucket and keys of the emulator inside this process: real conditions, ranges and signatures, no HTTP."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.responses import request_scope

from foundation.local.inprocess import client
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.ledger import Ledger
from tests.unit.release.core import sample

REGION = "eu-west-1"


@pytest.fixture(scope="module", autouse=True)
def account() -> Iterator[None]:
    """Every call is one of the shared account."""
    with request_scope("111111111111", REGION):
        yield


@pytest.fixture(scope="session")
def dynamodb() -> Any:
    return client("dynamodb", REGION)


@pytest.fixture(scope="session")
def s3() -> Any:
    return client("s3", REGION)


@pytest.fixture(scope="session")
def kms() -> Any:
    return client("kms", REGION)


@pytest.fixture
def table(dynamodb: Any) -> str:
    """A fresh table."""
    name = f"ledger-{uuid.uuid4().hex}"
    keys = {"manifest": "HASH", "entry": "RANGE"}
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": each, "KeyType": kind} for each, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture
def ledger(dynamodb: Any, table: str) -> Ledger:
    """An empty ledger whose keys are in memory."""
    return Ledger(dynamodb, table, sample.KEYS)


@pytest.fixture
def bucket(s3: Any) -> str:
    """A bucket with the sample's release."""
    name = f"releases-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=name, Key=f"releases/{sample.HASH}/manifest.json", Body=sample.BODY)
    s3.put_object(Bucket=name, Key=f"releases/{sample.HASH}/files.zip", Body=sample.archive())
    return name


@pytest.fixture
def releases(s3: Any, bucket: str) -> ReleaseBucket:
    return ReleaseBucket(s3, bucket)
