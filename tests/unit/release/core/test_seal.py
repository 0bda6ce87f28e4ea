"""A seal says that what is stored is what the manifest lists, for the change that the pipeline runs for."""

import io
import stat
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_runtime.release import archive as module
from genai_runtime.release.archive import verify_files
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.checks import stamp
from genai_runtime.release.errors import (
    FILES_TAMPERED,
    FILES_TOO_LARGE,
    MANIFEST_INCOMPLETE,
    OTHER_CHANGE,
    SEAL_OF_OTHER,
    SIGNATURE_INVALID,
    ReleaseRefused,
)
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.manifest import canonical, manifest_hash
from genai_runtime.release.seal import Sealer, SealParameters
from tests.unit.release.core import sample
from tests.unit.release.core.refusal import refuses
from tests.unit.release.core.sample import FILES, HASH, MANIFEST, NOW

PARAMETERS = SealParameters(execution=sample.EXECUTION, manifest=HASH, author=sample.AUTHOR, commit=MANIFEST.commit)
HASHES = MANIFEST.files


@pytest.fixture
def sealer(releases: ReleaseBucket, ledger: Ledger) -> Sealer:
    return Sealer(releases, ledger, lambda: NOW)


def test_a_release_is_sealed(sealer: Sealer, ledger: Ledger) -> None:
    sealer.seal(PARAMETERS)
    assert [each.statement for each in ledger.entries(HASH)] == [sample.sealed(at=stamp(NOW))]


def test_a_later_execution_keeps_the_seal(sealer: Sealer, ledger: Ledger) -> None:
    sealer.seal(PARAMETERS)
    before = ledger.entries(HASH)
    sealer.seal(PARAMETERS.model_copy(update={"execution": sample.EARLIER}))
    assert ledger.entries(HASH) == before


def test_an_author_s_address_is_compared_without_case(sealer: Sealer) -> None:
    sealer.seal(PARAMETERS.model_copy(update={"author": "Author@Example.com"}))


@pytest.mark.parametrize("change", [{"author": "quality@example.com"}, {"commit": "b" * 40}])
def test_fails_when_the_manifest_is_of_another_change(sealer: Sealer, ledger: Ledger, change: dict[str, str]) -> None:
    with refuses(OTHER_CHANGE, *change.values()):
        sealer.seal(PARAMETERS.model_copy(update=change))
    assert ledger.entries(HASH) == ()


def test_fails_tampered_files(sealer: Sealer, ledger: Ledger, s3: Any, bucket: str) -> None:
    changed = sample.archive(FILES | {"cdk.out/asset/code.py": b"evil\n"})
    s3.put_object(Bucket=bucket, Key=f"releases/{HASH}/files.zip", Body=changed)
    with refuses(FILES_TAMPERED, "cdk.out/asset/code.py"):
        sealer.seal(PARAMETERS)
    assert ledger.entries(HASH) == ()


def test_fails_when_the_seal_that_is_there_was_forged(sealer: Sealer, dynamodb: Any, table: str) -> None:
    forged = sample.sealed().model_copy(update={"author": "nobody@example.com"})
    parts = {
        "manifest": HASH,
        "entry": "sealed",
        "statement": canonical(forged).decode(),
        "signature": "00",
        "key": sample.ARNS["seal"],
    }
    dynamodb.put_item(TableName=table, Item={name: {"S": value} for name, value in parts.items()})
    with refuses(SIGNATURE_INVALID):
        sealer.seal(PARAMETERS)


def test_fails_when_the_seal_that_is_there_is_of_another_change(sealer: Sealer, ledger: Ledger) -> None:
    ledger.append(sample.sealed(author="nobody@example.com"))
    with refuses(SEAL_OF_OTHER):
        sealer.seal(PARAMETERS)


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({"requirements": MANIFEST.requirements[2:]}, "a gate evaluation of dev"),
        ({"requirements": MANIFEST.requirements[:4]}, "a smoke evaluation of prod"),
        ({"approvers": ("qa",)}, "the approver domain-expert"),
        ({"live": {}}, "what is live in pre-prod"),
        ({"files": {"cdk.out/manifest.json": sample.sha("")}}, "the file sbom.cdx.json"),
    ],
)
def test_fails_when_a_manifest_leaves_something_out(
    sealer: Sealer, s3: Any, bucket: str, change: dict[str, Any], lacks: str
) -> None:
    manifest = sample.manifest(**change)
    hash_ = manifest_hash(manifest)
    s3.put_object(Bucket=bucket, Key=f"releases/{hash_}/manifest.json", Body=canonical(manifest))
    with refuses(MANIFEST_INCOMPLETE, lacks):
        sealer.seal(PARAMETERS.model_copy(update={"manifest": hash_}))


# ---- the archive


@pytest.mark.parametrize(
    ("files", "how"),
    [
        (FILES | {"more.txt": b""}, "members that the manifest doesn't list: more.txt"),
        (FILES | {"../outside.txt": b""}, "doesn't list: ../outside.txt"),
        (FILES | {"cdk.out/": b""}, "doesn't list: cdk.out/"),
        ({name: body for name, body in FILES.items() if name != "sbom.cdx.json"}, "no sbom.cdx.json"),
        (FILES | {"cdk.out/manifest.json": b"{} "}, "other content"),
        ({}, "no "),
    ],
)
def test_fails_when_the_archive_has_other_members(files: dict[str, bytes], how: str) -> None:
    with refuses(FILES_TAMPERED, how):
        verify_files(io.BytesIO(sample.archive(files)), HASHES)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_fails_when_a_member_is_there_twice() -> None:
    """Tools disagree on which one they take."""
    written = io.BytesIO(sample.archive())
    with zipfile.ZipFile(written, "a") as opened:
        opened.writestr("cdk.out/manifest.json", b"{}")
    with refuses(FILES_TAMPERED, "twice: cdk.out/manifest.json"):
        verify_files(written, HASHES)


def test_fails_when_a_member_is_a_link() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as opened:
        for name, body in FILES.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = (stat.S_IFLNK if name.endswith(".py") else stat.S_IFREG) << 16
            opened.writestr(member, body)
    with refuses(FILES_TAMPERED, "aren't regular files: cdk.out/asset/code.py"):
        verify_files(written, HASHES)


@pytest.mark.parametrize(
    "body",
    [b"", b"no archive", sample.archive()[:-30], sample.archive()[60:]],
    ids=["empty", "text", "cut", "begins late"],
)
def test_fails_when_it_is_no_archive(body: bytes) -> None:
    with refuses(FILES_TAMPERED):
        verify_files(io.BytesIO(body), HASHES)


def test_fails_when_it_would_unpack_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UNPACKED_BYTES", 5)
    with refuses(FILES_TOO_LARGE, "at most 5"):
        verify_files(io.BytesIO(sample.archive()), HASHES)


def test_fails_when_a_member_is_packed_in_another_way() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_LZMA) as opened:
        for name, body in FILES.items():
            opened.writestr(name, body)
    with refuses(FILES_TAMPERED, "neither stored nor deflated"):
        verify_files(written, HASHES)


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(sample.archive()) - 1), other=st.integers(0, 255))
def test_no_changed_byte_of_an_archive_passes_with_other_content(place: int, other: int) -> None:
    body = bytearray(sample.archive())
    body[place] = other
    try:
        verify_files(io.BytesIO(body), HASHES)
    except ReleaseRefused:
        return
    with zipfile.ZipFile(io.BytesIO(body)) as opened:
        assert {each.filename: opened.read(each) for each in opened.infolist()} == FILES
