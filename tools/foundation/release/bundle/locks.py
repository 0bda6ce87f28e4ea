"""Packages by lock file: Python's requirements with hashes, npm's package-lock.json."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from foundation.release.errors import ReleaseError

PYTHON: Final = ("requirements.lock", "requirements-bootstrap.txt")
"""Of the tools that build; each Lambda layer has a lock of its own in lambda/."""
NPM: Final = "package-lock.json"
_PIN: Final = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)\s*(?:;(?P<marker>[^\\#]*))?"
)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Package:
    """A pinned package.

    :param hashes: hexadecimal, of every distribution that may be installed; the algorithm is the ecosystem's
    :param marker: where it is installed, in Python's words; empty: everywhere
    :param licence: SPDX expression, where the lock file says it
    """

    ecosystem: str
    name: str
    version: str
    hashes: tuple[str, ...]
    marker: str = ""
    licence: str = ""


def lock_files(root: Path) -> list[Path]:
    """Every lock file whose packages are part of a release or build it. Raises ReleaseError GF-REL-407 when one is missing."""
    named = [root / name for name in (*PYTHON, NPM)]
    if missing := [path.name for path in named if not path.is_file()]:
        raise ReleaseError("GF-REL-407", f"{root} lacks {', '.join(missing)}: run `make lock`")
    return sorted([*named, *(root / "lambda").glob("*.lock")])


def packages(lock: Path) -> list[Package]:
    """What a lock file pins, by name. Raises ReleaseError GF-REL-408 when it isn't one."""
    try:
        found = list(_npm(lock) if lock.suffix == ".json" else _python(lock))
    except (ValueError, KeyError, AttributeError) as error:
        raise _no_lock(lock, repr(error)) from error
    if not found:
        raise _no_lock(lock, "it pins nothing")
    return sorted(found, key=lambda each: (each.name, each.version, each.marker))


def _python(lock: Path) -> Iterator[Package]:
    # A requirement and its hashes are one line, continued with backslashes.
    for line in lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        text = line.strip()
        if not text or text.startswith(("#", "-")):
            continue
        match = _PIN.match(text)
        if match is None:
            raise ValueError(f"not a pin: {text[:60]}")
        requirement = (match["marker"] or "").partition("--hash")[0].strip()
        yield Package(
            "pypi", match["name"].lower().replace("_", "-"), match["version"], tuple(_HASH.findall(text)), requirement
        )


def _npm(lock: Path) -> Iterator[Package]:
    for place, entry in json.loads(lock.read_text(encoding="utf-8"))["packages"].items():
        if place:
            name = entry.get("name") or place.rpartition("node_modules/")[2]
            algorithm, _, digest = entry["integrity"].partition("-")
            if algorithm != "sha512":
                raise ValueError(f"{name} has the integrity {algorithm}")
            hash_ = base64.b64decode(digest).hex()
            yield Package("npm", name, entry["version"], (hash_,), licence=entry.get("license", ""))


def _no_lock(lock: Path, why: str) -> ReleaseError:
    return ReleaseError("GF-REL-408", f"{lock} can't be read as a lock file ({why}): write it again with `make lock`")
