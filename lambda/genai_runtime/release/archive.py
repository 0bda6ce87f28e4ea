"""The archive of a release's files against the manifest: the same paths, each once, each with its hash."""

import hashlib
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

from genai_runtime.release.errors import FILES_TAMPERED, FILES_TOO_LARGE, ReleaseRefused

MOST_UNPACKED_BYTES = 8 * 2**30
_CHUNK = 2**20
_SHOWN = 5
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UNREADABLE = (
    zipfile.BadZipFile,  # no archive, or a damaged one
    zlib.error,  # damaged in a member's packed bytes
    struct.error,  # cut in the middle of a header
    EOFError,  # cut in a member
    NotImplementedError,  # of a version or a packing that zipfile doesn't know
    RuntimeError,  # encrypted
    ValueError,  # names that are no UTF-8, offsets before the beginning or too large to seek
    OverflowError,
)
"""What zipfile raises for bytes that it can't read, and why. Neither S3's errors nor refusals are among them."""


def verify_files(archive: BinaryIO, files: Mapping[str, str]) -> None:
    """Raises ReleaseRefused unless the members of the archive are exactly `files` (path -> SHA-256), all regular files.

    Reads it once, in pieces; what a member unpacks to is bounded by the size that its directory declares.
    """
    with reading(archive) as opened:
        members = opened.infolist()
        _check_names(members, files)
        _check_packing(members)
        _check_sizes(members)
        changed = [each.filename for each in members if _sha256(opened, each) != files[each.filename]]
    if changed:
        raise _differs(f"other content than the manifest says: {_some(changed)}")


@contextmanager
def reading(archive: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """The archive of a release, opened. Raises ReleaseRefused where it, or what the block reads of it, can't be read: the
    block does nothing but read."""
    try:
        with zipfile.ZipFile(archive) as opened:
            yield opened
    except _UNREADABLE as error:
        raise ReleaseRefused(
            FILES_TAMPERED, f"the archive of the release can't be read ({error}): run the pipeline from its beginning"
        ) from None


def read_members(archive: zipfile.ZipFile, names: Iterable[str], most: int) -> dict[str, bytes]:
    """Members of an archive that nobody verified, whole, each of at most so many bytes. Raises ReleaseRefused; KeyError where
    there is no such member."""
    members = [archive.getinfo(name) for name in names]
    _check_packing(members)
    if large := [each for each in members if each.file_size > most]:
        raise ReleaseRefused(
            FILES_TOO_LARGE,
            f"{large[0].filename} has {large[0].file_size} bytes, at most {most} are read: make it smaller",
        )
    return {each.filename: archive.read(each) for each in members}


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


def _check_packing(members: list[zipfile.ZipInfo]) -> None:
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
