"""A bucket in memory, with S3's conditional write; thread-safe."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from pydantic import BaseModel

from genai_runtime.evaluation.store import Store

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


class MemoryStore(Store):
    """Holds `objects`; counts listings."""

    def __init__(self, bucket: str = "evaluation") -> None:
        super().__init__(cast("S3Client", None), bucket)
        self.objects: dict[str, bytes] = {}
        self.listings = 0
        self._lock = threading.Lock()

    def read(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def write(self, key: str, body: bytes | BaseModel) -> None:
        with self._lock:
            self.objects[key] = _bytes(body)

    def write_once(self, key: str, body: bytes | BaseModel) -> bool:
        with self._lock:
            return self.objects.setdefault(key, made := _bytes(body)) is made

    def keys(self, prefix: str) -> Iterator[str]:
        self.listings += 1
        yield from sorted(key for key in self.objects if key.startswith(prefix))


def _bytes(body: bytes | BaseModel) -> bytes:
    return bytes(bytearray(body if isinstance(body, bytes) else body.model_dump_json().encode()))
