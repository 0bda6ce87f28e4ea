"""The files of a release: their hashes, and one archive that holds the same bytes whenever it is made of the same files."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from foundation.release.errors import ReleaseError

ASSEMBLY: Final = "cdk.out"
"""Folder of the cloud assembly, in the archive and beside it."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip archive can hold
_PACKED: Final = frozenset({".zip", ".gz", ".png", ".whl"})
"""Compressed already: stored as they are."""
_BLOCK: Final = 1 << 20
_FILE, _FOLDER = 0o644, 0o755


def sha256_of(path: Path) -> str:
    """Hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 by path (POSIX, relative to the folder) of every file below it, sorted.

    Raises ReleaseError GF-REL-400 for a symbolic link: an archive would hold what it points at today.
    """
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in _files(folder)}


def pack(folder: Path, paths: Mapping[str, str], archive: Path) -> None:
    """Write the listed files of a folder into an archive: sorted, without times, owners and modes of this machine."""
    with zipfile.ZipFile(archive, "w") as bundle:
        for name in sorted(paths):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = (0o100000 | _FILE) << 16
            entry.compress_type = zipfile.ZIP_STORED if Path(name).suffix in _PACKED else zipfile.ZIP_DEFLATED
            entry.file_size = (folder / name).stat().st_size
            with (folder / name).open("rb") as source, bundle.open(entry, "w") as target:
                while block := source.read(_BLOCK):
                    target.write(block)


def unpack(archive: Path, listed: Mapping[str, str], folder: Path) -> None:
    """Unpack an archive whose files are exactly the listed ones, each with its hash, into a fresh folder.

    Raises ReleaseError: not an archive (GF-REL-401), a file that isn't listed, is missing or was changed (402), a name that
    leads out of the folder (403).
    """
    with _opened(archive, listed) as bundle, _readable(archive):
        for name in sorted(listed):
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER)
            with place.open("xb") as target:
                found = _copy(bundle, name, target)
            if found != listed[name]:
                place.unlink()
                raise _changed([f"{name} was changed"])
            place.chmod(_FILE)  # functions read their code as another user


def check(archive: Path, listed: Mapping[str, str]) -> None:
    """As `unpack`, without writing anything."""
    with _opened(archive, listed) as bundle, _readable(archive):
        if wrong := [name for name in sorted(listed) if _copy(bundle, name, None) != listed[name]]:
            raise _changed([f"{name} was changed" for name in wrong])


@contextmanager
def _readable(archive: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _no_archive(archive, error) from error


def _opened(archive: Path, listed: Mapping[str, str]) -> zipfile.ZipFile:
    with _readable(archive):
        bundle = zipfile.ZipFile(archive)
    _check_names([entry.filename for entry in bundle.infolist()], listed)
    return bundle


def _copy(bundle: zipfile.ZipFile, name: str, target: IO[bytes] | None) -> str:
    """Hash of a file of the archive, which is written to `target` on the way."""
    digest = hashlib.sha256()
    with bundle.open(name) as source:
        while block := source.read(_BLOCK):
            digest.update(block)
            if target is not None:
                target.write(block)
    return digest.hexdigest()


def _no_archive(archive: Path, why: Exception) -> ReleaseError:
    return ReleaseError(
        "GF-REL-401", f"{archive.name} is no archive ({why}): somebody replaced it, build the release again"
    )


def _check_names(names: list[str], listed: Mapping[str, str]) -> None:
    if outside := [name for name in names if not _inside(name)]:
        raise ReleaseError(
            "GF-REL-403", f"the archive holds {outside[0]!r}, which leads out of its folder: don't unpack it by hand"
        )
    twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
    faults = [
        *(f"{name} is there twice" for name in sorted(twice)),
        *(f"{name} is not in the manifest" for name in sorted(set(names) - listed.keys())),
        *(f"{name} is missing" for name in sorted(listed.keys() - set(names))),
    ]
    if faults:
        raise _changed(faults)


def _inside(name: str) -> bool:
    parts = name.split("/")
    return "\\" not in name and ":" not in parts[0] and not {"", ".", ".."} & set(parts)


def _changed(faults: list[str]) -> ReleaseError:
    more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
    return ReleaseError(
        "GF-REL-402",
        f"the release's files aren't those of its manifest: {'; '.join(faults[:3])}{more}. Deploy a release that the "
        "pipeline sealed, and find out who wrote to the bucket of releases",
    )


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise ReleaseError(
                "GF-REL-400", f"{path} is a symbolic link: a release holds files only, copy what it points at"
            )
        if path.is_file():
            yield path
