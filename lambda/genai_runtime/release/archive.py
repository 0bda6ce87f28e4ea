"""The archive of a release's files against the manifest: the same paths, each once, each with its hash."""

import hashlib
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import BinaryIO

from genai_runtime.release.errors import FILES_TAMPERED, FILES_TOO_LARGE, ReleaseRefused

MOST_UNPACKED_BYTES = 8 * 2**30
_CHUNK = 2**20
_SHOWN = 5
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What zipfile raises for bytes that are no archive."""


def verify_files(archive: BinaryIO, files: Mapping[str, str]) -> None:
    """Raises ReleaseRefused unless the members of the archive are exactly `files` (path -> SHA-256), all regular files.

    Reads it once, in pieces; what a member unpacks to is bounded by the size that its directory declares.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            _check_names(members, files)
            _check_sizes(members)
            changed = [each.filename for each in members if _sha256(opened, each) != files[each.filename]]
    except _UNREADABLE as error:
        raise ReleaseRefused(
            FILES_TAMPERED, f"the archive of the release can't be read ({error}): run the pipeline from its beginning"
        ) from None
    if changed:
        raise _differs(f"other content than the manifest says: {_some(changed)}")


def _check_names(members: list[zipfile.ZipInfo], files: Mapping[str, str]) -> None:
    names = [each.filename for each in members]
    if twice := sorted({name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ()):
        raise _differs(f"members that are there twice: {_some(twice)}")
    if missing := sorted(files.keys() - set(names)):
        raise _differs(f"no {_some(missing)}")
    if more := sorted(set(names) - files.keys()):
        raise _differs(f"members that the manifest doesn't list: {_some(more)}")
    # A link has its target's path as content, so its hash says nothing about what would be deployed.
    if strange := [each.filename for each in members if stat.S_IFMT(each.external_attr >> 16) not in (0, stat.S_IFREG)]:
        raise _differs(f"members that aren't regular files: {_some(strange)}")
    if packed := [each.filename for each in members if each.compress_type not in _METHODS]:
        raise _differs(f"members that are neither stored nor deflated: {_some(packed)}")


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    size = sum(each.file_size for each in members)
    if size > MOST_UNPACKED_BYTES:
        raise ReleaseRefused(
            FILES_TOO_LARGE,
            f"the archive of the release unpacks to {size} bytes, at most {MOST_UNPACKED_BYTES} are read: make it smaller",
        )


def _sha256(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    digest = hashlib.sha256()
    with archive.open(member) as stream:  # never gives more than the declared size
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _differs(how: str) -> ReleaseRefused:
    return ReleaseRefused(
        FILES_TAMPERED,
        f"the archive of the release isn't what its manifest lists, it has {how}; run the pipeline from its beginning, and "
        "tell the security team if it repeats",
    )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
