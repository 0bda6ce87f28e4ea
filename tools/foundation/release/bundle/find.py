"""A manifest by what a person calls it: a folder, a file, a hash, or what an environment has."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from foundation.release.bundle.build import HASH_FILE, read
from foundation.release.context import Context
from foundation.release.errors import ReleaseError
from foundation.release.history import newest_promoted
from genai_runtime.release.manifest import ORDER, Manifest, manifest_hash


def find_manifest(context: Context, name: str) -> tuple[Manifest, str]:
    """The manifest and its hash. Raises ReleaseError GF-REL-417 when the name says nothing, 418 when an environment has
    none yet, and those of reading."""
    if name in ORDER:
        hash_ = newest_promoted(context, name)
        if hash_ is None:
            raise ReleaseError(
                "GF-REL-418",
                f"no release was promoted in {name} yet: name a hash, or a folder of `foundation release build`",
            )
        return context.releases.manifest(hash_), hash_
    try:
        if found := _from_path(Path(name)):
            return found
    except OSError as error:
        raise ReleaseError(
            "GF-REL-417", f"{name[:200]!r} can't be read ({error.strerror}): give a release that you may read"
        ) from error
    if len(name) == 64 and set(name) <= set("0123456789abcdef"):
        return context.releases.manifest(name), name
    raise ReleaseError(
        "GF-REL-417",
        f"{name!r} is no release: give a hash of 64 digits, a folder of `foundation release build`, a manifest.json, or one "
        f"of {', '.join(ORDER)}",
    )


def _from_path(path: Path) -> tuple[Manifest, str] | None:
    if (path / HASH_FILE).is_file():
        built = read(path)
        return built.manifest, built.hash
    return _from_file(path) if path.is_file() else None


def _from_file(path: Path) -> tuple[Manifest, str]:
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ReleaseError(
            "GF-REL-417", f"{path} is no manifest ({error.error_count()} faults): give another file"
        ) from error
    return manifest, manifest_hash(manifest)
