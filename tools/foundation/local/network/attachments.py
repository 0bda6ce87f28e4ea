"""Which credentials belong to a function in a VPC.

A call is known by its access key, nothing else: the keys of an execution role's session are made
per function, and sessions that the function assumes from there inherit its VPC.
"""

from __future__ import annotations

import contextvars
from dataclasses import dataclass
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import sts


@dataclass(frozen=True)
class Attachment:
    """A function's place in a VPC."""

    function_arn: str
    account: str
    region: str
    vpc_id: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]


_by_key: dict[str, Attachment] = {}
caller: contextvars.ContextVar[Attachment | None] = contextvars.ContextVar("foundation_caller_vpc", default=None)


def attachment_of(access_key_id: str) -> Attachment | None:
    return _by_key.get(access_key_id)


def install() -> None:
    """Note the VPC of each function's session when ministack makes it."""
    upstream_credentials, upstream_register = lambda_runtime.execution_credentials, sts.register_session

    def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
        made: dict[str, str] = upstream_credentials(config)
        key = made["AWS_ACCESS_KEY_ID"]
        found = _attachment(config)
        if found is None:
            _by_key.pop(key, None)
        else:
            _by_key[key] = found
        return made

    def register_session(access_key: str, session: dict[str, Any]) -> None:
        upstream_register(access_key, session)
        inherited = caller.get()
        if inherited is not None:
            _by_key[access_key] = inherited

    lambda_runtime.execution_credentials = execution_credentials
    sts.register_session = register_session


def _attachment(config: dict[str, Any]) -> Attachment | None:
    vpc = config.get("VpcConfig") or {}
    if not vpc.get("VpcId"):
        return None
    arn = str(config["FunctionArn"])
    _, _, _, region, account, *_ = arn.split(":")
    return Attachment(
        arn, account, region, vpc["VpcId"], tuple(vpc.get("SubnetIds", ())), tuple(vpc.get("SecurityGroupIds", ()))
    )
