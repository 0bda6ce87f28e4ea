"""Objects in S3, as bytes and as records."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError
from pydantic import BaseModel

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

M = TypeVar("M", bound=BaseModel)


class Store:
    """One bucket. Raises botocore's errors: a step that can't read or write must fail and be retried."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self.bucket = bucket

    def read(self, key: str) -> bytes | None:
        """An object's bytes; None when there is none."""
        try:
            return self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise

    def load(self, key: str, model: type[M]) -> M:
        """A record. Raises FileNotFoundError when it isn't there, pydantic.ValidationError when it is something else."""
        body = self.read(key)
        if body is None:
            raise FileNotFoundError(f"s3://{self.bucket}/{key}")
        return model.model_validate_json(body)

    def write(self, key: str, body: bytes | BaseModel) -> None:
        """Put an object, replacing what is there."""
        self._client.put_object(Bucket=self.bucket, Key=key, Body=_bytes(body))

    def write_once(self, key: str, body: bytes | BaseModel) -> bool:
        """Put an object unless there is one; whether this call wrote it (S3 conditional write)."""
        try:
            self._client.put_object(Bucket=self.bucket, Key=key, Body=_bytes(body), IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
                return False
            raise
        return True

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys below a prefix, in their order."""
        return (key for key, _ in self.stamped(prefix))

    def stamped(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Keys below a prefix with the time of their last write (UTC), in the order of the keys."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            for each in page.get("Contents", []):
                yield each["Key"], each["LastModified"]


def _bytes(body: bytes | BaseModel) -> bytes:
    return body if isinstance(body, bytes) else body.model_dump_json(exclude_defaults=False).encode()
