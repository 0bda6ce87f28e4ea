"""Which commit a release names."""

import subprocess
from pathlib import Path

import pytest

from foundation.release.bundle.commit import Commit, commit_of
from foundation.release.errors import ReleaseError

ID = "1a" * 20
TIME = "2026-09-01T12:00:00+02:00"


def test_the_pipeline_tells_everything(tmp_path: Path) -> None:
    told = commit_of(tmp_path, ID, "a@example.com", "Subject\n\nBody", TIME)
    assert told == Commit(ID, "a@example.com", "Subject", TIME)
    assert commit_of(tmp_path, ID, "a@example.com", "", TIME).subject == ""
    assert commit_of(tmp_path, ID, "a@example.com", None, TIME).subject == ""


def test_a_checkout_knows_its_commit(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "First line\n\nmore"], check=True)
    found = commit_of(tmp_path, None, None, None, None)
    assert (found.author, found.subject) == ("a@example.com", "First line")
    assert commit_of(tmp_path, found.id, "b@example.com", None, None).author == "b@example.com"
    assert commit_of(tmp_path, found.id, "b@example.com", None, TIME).subject == "First line"
    assert commit_of(tmp_path, ID, "b@example.com", None, TIME).subject == ""
    with pytest.raises(ReleaseError, match="GF-REL-405"):
        commit_of(tmp_path, ID, None, None, None)


@pytest.mark.parametrize(
    ("commit", "time", "code"),
    [("main", TIME, "GF-REL-404"), (ID[:12], TIME, "GF-REL-404"), (ID, "noon", "GF-REL-409")],
)
def test_fails_for_what_names_no_commit(tmp_path: Path, commit: str, time: str, code: str) -> None:
    with pytest.raises(ReleaseError, match=code):
        commit_of(tmp_path, commit, "a@example.com", "x", time)


def test_fails_outside_of_a_checkout(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"GF-REL-405: .*--commit"):
        commit_of(tmp_path, None, None, None, None)
