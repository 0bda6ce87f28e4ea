"""Archives of a release: the same bytes for the same files, and nothing but the listed files comes out."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.release.bundle import archive
from foundation.release.errors import ReleaseError
from genai_runtime.release.errors import ReleaseRefused

NAMES = st.from_regex(r"[a-z]{1,6}(/[a-z.]{1,6}[a-z]){0,2}", fullmatch=True)


def _write(folder: Path, files: dict[str, bytes]) -> dict[str, str]:
    for name, body in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    return archive.hashes(folder)


@pytest.fixture
def packed(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """An archive of three files, and what it lists."""
    listed = _write(tmp_path / "in", {"a.json": b"{}", "b/c.py": b"print()\n" * 50, "d.zip": b"PK"})
    archive.pack(tmp_path / "in", listed, tmp_path / "files.zip")
    return tmp_path / "files.zip", listed


def test_time_owner_and_mode_of_files_make_no_difference(tmp_path: Path) -> None:
    made = []
    for number, mode in enumerate((0o600, 0o755)):
        folder = tmp_path / str(number)
        listed = _write(folder, {"x/y.txt": b"text", "a": b""})
        (folder / "x/y.txt").chmod(mode)
        os.utime(folder / "a", (number, number))
        archive.pack(folder, dict(reversed(listed.items())), tmp_path / f"{number}.zip")
        made.append((tmp_path / f"{number}.zip").read_bytes())
    assert made[0] == made[1]


@given(bodies=st.lists(st.binary(max_size=200), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_what_was_packed_comes_out(tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes]) -> None:
    work = tmp_path_factory.mktemp("round")
    files = {f"f{number}/x.{'zip' if number % 2 else 'txt'}": body for number, body in enumerate(bodies)}
    listed = _write(work / "in", files)
    archive.pack(work / "in", listed, work / "files.zip")
    archive.unpack(work / "files.zip", listed, work / "out")
    assert archive.hashes(work / "out") == listed == {n: hashlib.sha256(b).hexdigest() for n, b in files.items()}


def test_unpacked_files_can_be_read_by_functions(packed: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        archive.unpack(*packed, tmp_path / "out")
    finally:
        os.umask(old)
    assert (tmp_path / "out/b/c.py").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("fault", ["changed", "extra", "missing", "twice"])
def test_fails_for_other_files_than_the_manifests(
    packed: tuple[Path, dict[str, str]], tmp_path: Path, fault: str
) -> None:
    path, listed = packed
    if fault == "changed":
        listed["a.json"] = "0" * 64
    elif fault == "missing":
        listed["new.json"] = "0" * 64
    elif fault == "extra":
        del listed["d.zip"]
    else:
        with zipfile.ZipFile(path, "a") as bundle, pytest.warns(UserWarning, match="Duplicate"):
            bundle.writestr("a.json", b"{}")
    with pytest.raises(ReleaseRefused, match="GF-REL-116"):
        archive.unpack(path, listed, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "a//b", "c:/evil", "a\\b", "./a"])
def test_fails_for_names_that_lead_out(tmp_path: Path, name: str) -> None:
    path = tmp_path / "files.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        bundle.writestr(entry, b"x")
    with pytest.raises(ReleaseError, match="GF-REL-401"):
        archive.unpack(path, {name: hashlib.sha256(b"x").hexdigest()}, tmp_path / "out")
    assert not (tmp_path / "evil").exists()


def test_fails_for_what_is_no_archive(packed: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    path, listed = packed
    body = bytearray(path.read_bytes())
    body[40] ^= 0xFF  # within the first file's data
    for broken in (b"no archive", b"", bytes(body)):
        path.write_bytes(broken)
        with pytest.raises(ReleaseRefused, match="GF-REL-11"):
            archive.unpack(path, listed, tmp_path / f"out{len(broken)}")


def test_fails_for_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/link").symlink_to("/etc/hosts")
    with pytest.raises(ReleaseError, match="GF-REL-400"):
        archive.hashes(tmp_path / "in")
