"""Which commit a release is built from: told by the pipeline, or read from the checkout."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from foundation.release.errors import ReleaseError

_HASH = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Commit:
    """A commit as the manifest names it."""

    id: str
    author: str
    """E-mail address."""
    subject: str
    committed_at: str
    """ISO 8601."""


def commit_of(
    root: Path, commit: str | None, author: str | None, subject: str | None, committed_at: str | None
) -> Commit:
    """The given values; what isn't given comes from the checkout's newest commit. A subject is left out where nobody knows it:
    CodePipeline hands on no text that people wrote.

    Raises ReleaseError: no commit id (GF-REL-404), no time (409), not given and no checkout to ask (405).
    """
    if commit and author and committed_at:
        said = _subject_of(root, commit) if subject is None else _first_line(subject)
        return _checked(Commit(commit, author, said, committed_at))
    found = _head(root)
    if commit and commit != found.id:
        raise ReleaseError(
            "GF-REL-405",
            f"the checkout is at {found.id[:12]}, not at {commit[:12]}, and author or time are missing: give --commit, "
            "--author and --committed-at, or check that commit out",
        )
    return _checked(
        Commit(
            found.id,
            author or found.author,
            found.subject if subject is None else _first_line(subject),
            committed_at or found.committed_at,
        )
    )


def _subject_of(root: Path, commit: str) -> str:
    if not (root / ".git").exists():
        return ""
    found = _head(root)
    return found.subject if found.id == commit else ""


def _checked(commit: Commit) -> Commit:
    if not _HASH.fullmatch(commit.id):
        raise ReleaseError("GF-REL-404", f"{commit.id!r} is no commit id: give all 40 hexadecimal digits")
    try:
        datetime.fromisoformat(commit.committed_at)
    except ValueError as error:
        raise ReleaseError(
            "GF-REL-409", f"{commit.committed_at!r} is no time of a commit: write e.g. 2026-09-01T12:00:00+02:00"
        ) from error
    return commit


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()


def _head(root: Path) -> Commit:
    command = ["git", "-C", str(root), "log", "-1", "--format=%H%x00%ae%x00%s%x00%cI"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise _no_checkout(root, str(error)) from error
    parts = done.stdout.strip("\n").split("\0")
    if done.returncode or len(parts) != 4:
        raise _no_checkout(root, done.stderr.strip() or "git says nothing")
    return Commit(*parts)


def _no_checkout(root: Path, why: str) -> ReleaseError:
    return ReleaseError(
        "GF-REL-405",
        f"{root} has no commit to name ({why}): give --commit, --author and --committed-at",
    )
