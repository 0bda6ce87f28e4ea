"""Another account's object: the bucket's policy is asked for the caller itself, not for the caller's account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import s3

from foundation.local.authorization import variables
from foundation.local.patches.s3 import PATCHES
from tests.unit.local.callers import DEV, REGION, SHARED, role, session

BUCKET = "releases"
INSTALL = next(each.apply for each in PATCHES if each.name == "s3-foreign-callers")


@pytest.fixture(autouse=True)
def _patched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As the target has it; undone at the end."""
    for module, name in (
        (s3, "_foreign_bucket_allows"),
        (iam_evaluator, "evaluate_resource_policy"),
        (iam_evaluator, "_first_match"),
        (iam_evaluator, "_conditions_met"),
        (iam_evaluator, "_fnmatch_compile"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    variables.install()
    INSTALL()
    with request_scope(SHARED, REGION):
        s3._buckets[BUCKET] = {"created": "2026", "objects": {}, "region": REGION}
    yield
    with request_scope(SHARED, REGION):
        del s3._buckets[BUCKET]
        s3._bucket_policies.pop(BUCKET, None)


def policy(principal: str, **condition: Any) -> None:
    statement: dict[str, Any] = {
        "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/${{aws:PrincipalTag/manifest}}/*",
    }  # fmt: skip
    if condition:
        statement["Condition"] = condition
    with request_scope(SHARED, REGION):
        s3._bucket_policies[BUCKET] = json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def may_read(access_key: str, key: str, account: str = DEV) -> bool:
    headers = {"authorization": f"AWS4-HMAC-SHA256 Credential={access_key}/20260101/{REGION}/s3/aws4_request, x"}
    with request_scope(account, REGION):
        return bool(s3._foreign_bucket_allows(SHARED, BUCKET, key, "GET", {}, account, headers))


def test_one_role_reads_its_own_release_and_nothing_else() -> None:
    with role(DEV, "Deployer") as deployer, role(DEV, "Other"):
        policy(deployer)
        with session(DEV, "Deployer", "one", manifest="abc") as key:
            assert may_read(key, "abc/files.zip")
            assert not may_read(key, "def/files.zip")
        with session(DEV, "Other", "one", manifest="abc") as key:
            assert not may_read(key, "abc/files.zip")
        with session(DEV, "Deployer", "one") as key:
            assert not may_read(key, "abc/files.zip")


def test_the_account_s_root_is_not_its_roles() -> None:
    with role(DEV, "Deployer") as deployer:
        policy(deployer)
        assert not may_read(DEV, "abc/files.zip")


def test_the_caller_of_one_request_is_not_that_of_the_next() -> None:
    with role(DEV, "Deployer") as deployer:
        policy(deployer)
        with session(DEV, "Deployer", "one", manifest="abc") as key:
            assert may_read(key, "abc/files.zip")
        assert not may_read("", "abc/files.zip")
