"""Releases into their bucket, written once, and their archives out of it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from foundation.release.bundle.build import Built
from foundation.release.errors import ReleaseError
from genai_runtime.release import layout
from genai_runtime.release.archive import verify_files
from genai_runtime.release.errors import ReleaseRefused

_GONE: Final = ("NoSuchKey", "404", "AccessDenied", "403")
"""What S3 answers for an object that isn't there, the latter two to who may not list the bucket."""


def upload(client: Any, bucket: str, built: Built) -> tuple[str, ...]:
    """Put a release into the bucket; the names of the files that this call wrote. The manifest comes last, so that where it
    is, the release is complete. Doing it again writes nothing.

    Raises ReleaseError GF-REL-413 when another content has the place of one.
    """
    written = []
    folder = layout.folder(built.hash)
    for name in (layout.FILES, layout.SBOM, layout.MANIFEST):
        if _put(client, bucket, f"{folder}{name}", built.folder / name):
            written.append(name)
        elif not _same(client, bucket, f"{folder}{name}", built):
            raise ReleaseError(
                "GF-REL-413",
                f"s3://{bucket}/{folder}{name} holds something else than this release: objects there never change, find "
                "out who wrote it, and build from another commit",
            )
    return tuple(written)


def fetch_files(client: Any, bucket: str, hash_: str, place: Path) -> Path:
    """Download a release's archive, unchecked. Raises ReleaseError GF-REL-414 when there is none."""
    try:
        client.download_file(bucket, layout.files(hash_), str(place))
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise
        raise ReleaseError(
            "GF-REL-414", f"{bucket} has no files of release {hash_}: name one that the pipeline built"
        ) from error
    return place


def _put(client: Any, bucket: str, key: str, path: Path) -> bool:
    """Whether this call wrote the object (S3 conditional write)."""
    try:
        with path.open("rb") as body:
            client.put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
            return False
        raise
    return True


def _same(client: Any, bucket: str, key: str, built: Built) -> bool:
    """Whether an object is that of the release; archives may be packed otherwise, what counts is each file's hash."""
    with tempfile.TemporaryDirectory() as work:
        place = Path(work) / "object"
        client.download_file(bucket, key, str(place))
        if not key.endswith(layout.FILES):
            return place.read_bytes() == (built.folder / Path(key).name).read_bytes()
        try:
            with place.open("rb") as opened:
                verify_files(opened, built.manifest.files)
        except ReleaseRefused:
            return False
    return True
