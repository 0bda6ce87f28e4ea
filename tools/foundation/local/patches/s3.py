"""S3: the AWS managed key stands in where a request or bucket names aws:kms without a key."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import s3

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


PATCHES = (
    Patch(
        "s3-managed-key",
        "services.s3 refuses aws:kms without a key id",
        "the CDK CLI uploads assets to its bootstrap bucket with aws:kms and no key id, which means aws/s3",
        _managed_key,
    ),
)
