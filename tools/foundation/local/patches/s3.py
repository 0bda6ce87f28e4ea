"""S3: the AWS managed key where a request or bucket names aws:kms without a key; who asks for another account's object."""

from __future__ import annotations

import contextvars
from dataclasses import replace
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services import s3

from foundation.local.authorization.checks import Check, context_of
from foundation.local.patches.base import Patch

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"


def managed_key_arn() -> str:
    """The ARN that S3 reports for objects under its own key of the account."""
    return f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/s3"


def _managed_key() -> None:
    upstream = s3._resolve_sse_write_headers

    def resolve_sse_write_headers(headers: dict[str, str], bucket_name: str) -> Any:
        if headers.get(_ALGORITHM) == "aws:kms" and not headers.get(_KEY):
            default = s3._bucket_default_sse_headers(bucket_name).get(_KEY)
            headers = {**headers, _KEY: default or managed_key_arn()}
        return upstream(headers, bucket_name)

    s3._resolve_sse_write_headers = resolve_sse_write_headers


# Who asks for an object of another account's bucket.
_caller: contextvars.ContextVar[Any] = contextvars.ContextVar("foundation_s3_caller", default=None)


def _foreign_callers() -> None:
    upstream_allows, upstream_evaluate = s3._foreign_bucket_allows, iam_evaluator.evaluate_resource_policy

    def foreign_bucket_allows(
        owner: str, bucket: str, key: str, method: str, query: Any, caller: str, headers: Any = None
    ) -> bool:
        access_key = extract_access_key_id(headers or {}, query) or ""
        token = _caller.set(context_of(access_key, get_region(), Check("s3:GetObject", "*", "s3")) if caller else None)
        try:
            return bool(upstream_allows(owner, bucket, key, method, query, caller, headers))
        finally:
            _caller.reset(token)

    def evaluate_resource_policy(doc: Any, context: Any, *given: Any, **named: Any) -> Any:
        known = _caller.get()
        if known is not None and context.principal_type == "Root":
            context = replace(
                context,
                principal_arn=known.principal_arn,
                principal_type=known.principal_type,
                principal_keys=known.principal_keys,
            )
        return upstream_evaluate(doc, context, *given, **named)

    s3._foreign_bucket_allows = foreign_bucket_allows
    iam_evaluator.evaluate_resource_policy = evaluate_resource_policy


PATCHES = (
    Patch(
        "s3-foreign-callers",
        "services.s3 asks another account's bucket policy for the caller's account, not for the caller",
        "a release is read by one role of an account, and by that only in a session of that release",
        _foreign_callers,
    ),
    Patch(
        "s3-managed-key",
        "services.s3 refuses aws:kms without a key id",
        "the CDK CLI uploads assets to its bootstrap bucket with aws:kms and no key id, which means aws/s3",
        _managed_key,
    ),
)
