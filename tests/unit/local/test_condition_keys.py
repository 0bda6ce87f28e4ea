"""Condition keys that ministack doesn't give: of an object's creation, of the role behind a session."""

from __future__ import annotations

from typing import Any

import pytest
from ministack.core import iam_evaluator

from foundation.local.authorization import keys, organization
from foundation.local.authorization.checks import Check, Request
from tests.unit.local.callers import DEV, REGION, SHARED, role

OBJECT = "arn:aws:s3:::releases/abc/files.zip"
# A statement that refuses to replace an object has it so:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
REFUSAL = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects without a customer key."""
    monkeypatch.setattr(keys, "_object_key", lambda *_: None)


def asked(check: Check, method: str = "PUT", headers: dict[str, str] | None = None, **query: Any) -> list[Check] | None:
    request = Request("s3", method, "/releases/abc/files.zip", headers or {}, b"", query, REGION, SHARED)
    found = keys.permissions(request, check)
    return None if found is None else list(found)


PUT = Check("s3:PutObject", OBJECT, "s3", {"s3:x-amz-acl": "private"})


def test_an_object_s_creation_says_whether_it_may_replace_one() -> None:
    (plain,) = asked(PUT) or []
    assert plain.context == {"s3:x-amz-acl": "private", "s3:ObjectCreationOperation": "true"}
    (conditional,) = asked(PUT, headers={"if-none-match": "*"}) or []
    assert conditional.context == {**plain.context, "s3:if-none-match": "*"}
    assert (conditional.action, conditional.resource, conditional.service) == (PUT.action, PUT.resource, PUT.service)


@pytest.mark.parametrize(
    ("method", "query", "creates"),
    [
        ("POST", {"uploads": [""]}, "false"),
        ("PUT", {"partNumber": ["1"], "uploadId": ["u"]}, "false"),
        ("POST", {"uploadId": ["u"]}, "true"),
    ],
)
def test_an_upload_in_parts_creates_its_object_when_it_is_completed(
    method: str, query: dict[str, Any], creates: str
) -> None:
    (part,) = asked(PUT, method, **query) or []
    assert part.context["s3:ObjectCreationOperation"] == creates


@pytest.mark.parametrize(("action", "method"), [("s3:GetObject", "GET"), ("s3:DeleteObject", "DELETE")])
def test_other_requests_stay_as_they_are(action: str, method: str) -> None:
    assert asked(Check(action, OBJECT, "s3"), method) is None


def test_the_condition_goes_with_the_key_s_permissions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_key_of", lambda *_: "arn:aws:kms:eu-west-1:111111111111:key/k")
    made, *further = asked(PUT, headers={"if-none-match": "*"}) or []
    assert made.context["s3:if-none-match"] == "*"
    assert {each.service for each in further} == {"kms"}
    assert not any("s3:if-none-match" in each.context for each in further)


@pytest.mark.parametrize(
    ("method", "headers", "query", "refused"),
    [
        ("PUT", {}, {}, True),
        ("PUT", {"if-none-match": "*"}, {}, False),
        ("PUT", {}, {"partNumber": ["1"]}, False),
        ("POST", {}, {"uploads": [""]}, False),
        ("POST", {}, {"uploadId": ["u"]}, True),
        ("POST", {"if-none-match": "*"}, {"uploadId": ["u"]}, False),
    ],
)
def test_a_statement_that_refuses_replacements_applies_to_them_only(
    method: str, headers: dict[str, str], query: dict[str, Any], refused: bool
) -> None:
    (check,) = asked(PUT, method, headers, **query) or []
    context = iam_evaluator.EvalContext(
        principal_arn="arn:aws:iam::111111111111:role/Build", principal_type="AssumedRole", principal_account=SHARED,
        action=check.action, resource_arn=check.resource, region=REGION,
        service_context={key.lower(): value for key, value in check.context.items()},
    )  # fmt: skip
    assert iam_evaluator._conditions_met(REFUSAL, context) is refused


def test_a_session_s_principal_is_its_role_with_its_path() -> None:
    with role(DEV, "Deployer", path="/release/") as arn:
        session = f"arn:aws:sts::{DEV}:assumed-role/Deployer/release"
        assert organization.principal_arn(session) == arn == f"arn:aws:iam::{DEV}:role/release/Deployer"


def test_a_role_of_the_same_name_in_another_account_is_another_one() -> None:
    with role(DEV, "Deployer", path="/release/"):
        session = f"arn:aws:sts::{SHARED}:assumed-role/Deployer/release"
        assert organization.principal_arn(session) == f"arn:aws:iam::{SHARED}:role/Deployer"


@pytest.mark.parametrize(
    "arn", [f"arn:aws:iam::{DEV}:root", f"arn:aws:iam::{DEV}:user/ann", "codebuild.amazonaws.com", "*"]
)
def test_who_is_no_session_is_what_it_is(arn: str) -> None:
    assert organization.principal_arn(arn) == arn
