"""The files of a release: their hashes, and one archive that holds the same bytes whenever it is made of the same files."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from foundation.release.errors import ReleaseError
from genai_runtime.release.archive import verify_files

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

    Raises ReleaseRefused for other files (GF-REL-116, 117), ReleaseError GF-REL-401 for a name that leads out of the folder.
    Nothing is written before all of it is verified.
    """
    if outside := [name for name in listed if not _inside(name)]:
        raise ReleaseError(
            "GF-REL-401",
            f"the manifest lists {outside[0]!r}, which leads out of its folder: deploy nothing of this release",
        )
    with archive.open("rb") as opened:
        verify_files(opened, listed)
        with zipfile.ZipFile(opened) as bundle:
            for name in sorted(listed):
                place = folder / name
                place.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER)
                with bundle.open(name) as source, place.open("xb") as target:
                    shutil.copyfileobj(source, target, _BLOCK)
                place.chmod(_FILE)  # functions read their code as another user


def _inside(name: str) -> bool:
    parts = name.split("/")
    return "\\" not in name and ":" not in parts[0] and not {"", ".", ".."} & set(parts)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise ReleaseError(
                "GF-REL-400", f"{path} is a symbolic link: a release holds files only, copy what it points at"
            )
        if path.is_file():
            yield path
