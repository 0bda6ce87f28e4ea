"""Accounts, roles and sessions inside this process, as the target keeps them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from ministack.core.responses import request_scope
from ministack.services import iam, sts

REGION = "eu-west-1"
SHARED, DEV = "111111111111", "222222222222"


@contextmanager
def role(account: str, name: str, path: str = "/") -> Iterator[str]:
    """A role without policies; its ARN."""
    arn = f"arn:aws:iam::{account}:role{path}{name}"
    with request_scope(account, REGION):
        iam._roles[name] = {"RoleName": name, "Arn": arn, "Path": path, "RoleId": f"AROA{name}", "Tags": []}
    try:
        yield arn
    finally:
        with request_scope(account, REGION):
            del iam._roles[name]


@contextmanager
def session(account: str, role_name: str, name: str, **tags: str) -> Iterator[str]:
    """A session of a role; its access key."""
    key = f"ASIA{uuid.uuid4().hex[:16].upper()}"
    sts.register_session(key, {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{name}", "UserId": f"AROA{role_name}:{name}",
        "SecretAccessKey": "s", "SessionToken": "t", "Expiration": time.time() + 600, "AccountId": account,
        "PrincipalType": "AssumedRole", "SessionTags": [{"Key": each, "Value": value} for each, value in tags.items()],
        "SessionPolicies": None,
    })  # fmt: skip
    try:
        yield key
    finally:
        sts._sessions.pop(key, None)
