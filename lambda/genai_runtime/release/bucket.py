"""The bucket of releases, read with bounds: a release isn't trusted before its hashes were verified."""

import io
from typing import TYPE_CHECKING, BinaryIO, cast

from botocore.exceptions import ClientError

from genai_runtime.release import layout
from genai_runtime.release.errors import FILES_MISSING, FILES_TOO_LARGE, MANIFEST_MISSING, ReleaseRefused
from genai_runtime.release.manifest import Manifest, parse_manifest

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from mypy_boto3_s3.client import S3Client

MOST_MANIFEST_BYTES = 32 * 2**20
MOST_ARCHIVE_BYTES = 2 * 2**30
_READ_BYTES = 8 * 2**20


class ReleaseBucket:
    """Raises ReleaseRefused for what is missing, too large or changed; botocore's errors for what can't be read."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def manifest(self, hash_: str) -> Manifest:
        """The manifest of a release; its bytes have this hash."""
        found = self._object(layout.manifest(hash_), MOST_MANIFEST_BYTES)
        if found is None:
            raise ReleaseRefused(
                MANIFEST_MISSING,
                f"s3://{self._bucket}/{layout.manifest(hash_)} does not exist: the action Build stores it, run the pipeline "
                "from its beginning",
            )
        return parse_manifest(found.readall(), hash_)

    def archive(self, hash_: str) -> BinaryIO:
        """The archive of a release's files, to read and seek in; nothing is kept of it but a buffer of 8 MiB."""
        found = self._object(layout.files(hash_), MOST_ARCHIVE_BYTES)
        if found is None:
            raise ReleaseRefused(
                FILES_MISSING,
                f"s3://{self._bucket}/{layout.files(hash_)} does not exist: the action Build stores it, run the pipeline "
                "from its beginning",
            )
        return cast("BinaryIO", io.BufferedReader(found, _READ_BYTES))

    def _object(self, key: str, most: int) -> "_Object | None":
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise
        size = head["ContentLength"]
        if size > most:
            raise ReleaseRefused(
                FILES_TOO_LARGE,
                f"s3://{self._bucket}/{key} has {size} bytes, at most {most} are read: make the release smaller",
            )
        return _Object(self._client, self._bucket, key, size, head["ETag"])


class _Object(io.RawIOBase):
    """One state of an object, read by ranges; reading fails (PreconditionFailed) once it was replaced."""

    def __init__(self, client: "S3Client", bucket: str, key: str, size: int, etag: str) -> None:
        super().__init__()
        self._client = client
        self._bucket, self._key, self._size, self._etag = bucket, key, size, etag
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(start + offset, 0)
        return self._position

    def readall(self) -> bytes:
        """The rest, with one request: the base class would ask for 8 KiB at a time."""
        rest = bytearray(max(self._size - self._position, 0))
        return bytes(rest[: self.readinto(rest)])

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer with one request, unless the object ends before."""
        view = memoryview(buffer)
        last = min(self._position + len(view), self._size) - 1
        if last < self._position:
            return 0
        body = self._client.get_object(
            Bucket=self._bucket, Key=self._key, Range=f"bytes={self._position}-{last}", IfMatch=self._etag
        )["Body"].read()
        view[: len(body)] = body
        self._position += len(body)
        return len(body)
