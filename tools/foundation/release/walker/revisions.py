"""What is released: a folder, described by its last commit unless the person says otherwise."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from foundation.release.errors import ReleaseError
from foundation.release.walker.records import Revision

_FORMAT = "%H%x00%ae%x00%aI%x00%s"
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Given:
    """What the person says of the source instead of git; empty values are read from git."""

    commit: str = ""
    author: str = ""
    date: str = ""
    subject: str = ""
    branch: str = ""
    config: Path | None = None
    more: dict[str, str] = field(default_factory=dict)


def revision(folder: Path, given: Given) -> Revision:
    """Fails with GF-REL-344 for a folder that git doesn't know when something is missing, and for a commit that is none."""
    commit, author, date, subject = (given.commit, given.author, given.date, given.subject)
    branch = given.branch
    if not all((commit, author, date, subject)):
        found = _git(folder, "log", "-1", f"--format={_FORMAT}").rstrip("\n").split("\0")
        commit, author, date, subject = (
            said or read for said, read in zip((commit, author, date, subject), found, strict=True)
        )
        branch = branch or _git(folder, "rev-parse", "--abbrev-ref", "HEAD").strip()
    if not _COMMIT.fullmatch(commit):
        raise ReleaseError("GF-REL-344", f"{commit} is no commit: give 40 hexadecimal digits")
    return Revision(
        folder=str(folder.resolve()),
        commit=commit,
        author=author,
        date=date,
        subject=subject,
        branch=branch or "main",
        config=str(given.config.resolve()) if given.config else "",
        more=given.more,
    )


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReleaseError(
            "GF-REL-344",
            f"git knows no commit in {folder} ({done.stderr.strip()}): give --commit, --author, --date and --subject",
        )
    return done.stdout
