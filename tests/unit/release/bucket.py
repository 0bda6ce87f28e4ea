"""An S3 bucket in memory, as far as releases use one."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError


class Bucket:
    """A client of one bucket. `denied` answers as S3 does to who may not list it."""

    def __init__(self, *, denied: bool = False) -> None:
        self.objects: dict[str, bytes] = {}
        self.writes: list[str] = []
        self._denied = denied

    def put_object(self, *, Bucket: str, Key: str, Body: Any, IfNoneMatch: str = "", **_more: Any) -> None:  # noqa: ARG002, N803
        """Write, conditionally."""
        if IfNoneMatch and Key in self.objects:
            raise _error("PreconditionFailed")
        self.objects[Key] = Body if isinstance(Body, bytes) else Body.read()
        self.writes.append(Key)

    def get_object(self, *, Bucket: str, Key: str, Range: str = "", **_more: Any) -> dict[str, Any]:  # noqa: ARG002, N803
        """Read, all or a range of bytes."""
        body = self._read(Key, "NoSuchKey")
        if Range:
            first, _, last = Range.removeprefix("bytes=").partition("-")
            body = body[int(first) : int(last) + 1]
        return {"Body": io.BytesIO(body)}

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: ARG002, N803
        """Size and state."""
        body = self._read(Key, "404")
        return {"ContentLength": len(body), "ETag": hashlib.sha256(body).hexdigest()}

    def download_file(self, bucket: str, key: str, place: str) -> None:  # noqa: ARG002
        """Read into a file."""
        Path(place).write_bytes(self._read(key, "404"))

    def _read(self, key: str, code: str) -> bytes:
        if key not in self.objects:
            raise _error("AccessDenied" if self._denied else code)
        return self.objects[key]


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "Operation")
