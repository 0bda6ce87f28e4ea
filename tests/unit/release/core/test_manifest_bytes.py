"""A manifest is read only as the bytes that its hash names."""

from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_runtime.release import bucket as module
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.errors import (
    FILES_MISSING,
    FILES_TOO_LARGE,
    MANIFEST_INVALID,
    MANIFEST_MISSING,
    MANIFEST_TAMPERED,
)
from genai_runtime.release.manifest import canonical, manifest_hash, parse_manifest
from tests.unit.release.core import sample
from tests.unit.release.core.refusal import refuses
from tests.unit.release.core.sample import BODY, HASH, MANIFEST, OTHER_HASH, sha


def test_the_stored_manifest_is_read(releases: ReleaseBucket) -> None:
    assert releases.manifest(HASH) == MANIFEST


def test_fails_tampered_manifest(releases: ReleaseBucket, s3: Any, bucket: str) -> None:
    body = BODY.replace(b"author@example.com", b"nobody@example.com")
    s3.put_object(Bucket=bucket, Key=f"releases/{HASH}/manifest.json", Body=body)
    with refuses(MANIFEST_TAMPERED, HASH, sha(body)):
        releases.manifest(HASH)


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(BODY) - 1), other=st.integers(0, 255))
def test_fails_whichever_byte_of_a_manifest_is_changed(place: int, other: int) -> None:
    changed = BODY[:place] + bytes([other]) + BODY[place + 1 :]
    if changed != BODY:
        with refuses(MANIFEST_TAMPERED):
            parse_manifest(changed, HASH)


@pytest.mark.parametrize(
    "body", [b"", b"{}", BODY[:-1], BODY + b"\n", b" " + BODY, BODY.replace(b'"commit":', b'"more":1,"commit":')]
)
def test_fails_when_bytes_of_another_spelling_have_the_hash(body: bytes) -> None:
    with refuses(MANIFEST_INVALID):
        parse_manifest(body, sha(body))


def test_fails_when_a_key_is_there_twice() -> None:
    body = BODY.replace(b'"format":1', b'"format":1,"format":1')
    with refuses(MANIFEST_INVALID):
        parse_manifest(body, sha(body))


def test_fails_without_a_manifest(releases: ReleaseBucket) -> None:
    with refuses(MANIFEST_MISSING, OTHER_HASH):
        releases.manifest(OTHER_HASH)
    with refuses(FILES_MISSING, OTHER_HASH):
        releases.archive(OTHER_HASH)


def test_fails_when_an_object_is_too_large_to_read(releases: ReleaseBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_MANIFEST_BYTES", 10)
    with refuses(FILES_TOO_LARGE, "at most 10"):
        releases.manifest(HASH)


def test_an_archive_is_read_by_ranges(releases: ReleaseBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_READ_BYTES", 16)
    body = sample.archive()
    with releases.archive(HASH) as stream:
        assert stream.read() == body
        assert stream.seek(-5, 2) == len(body) - 5
        assert stream.read(3) == body[-5:-2]
        assert stream.seek(-3, 1) == len(body) - 5
        assert stream.read(99) == body[-5:]
        stream.seek(2)
        assert stream.read(2) == body[2:4]


def test_a_manifest_is_read_by_one_request(releases: ReleaseBucket, s3: Any, bucket: str) -> None:
    """However large: every step of the pipeline reads it."""
    large = sample.manifest(files={f"cdk.out/{number}": sample.sha(str(number)) for number in range(1000)})
    hash_ = manifest_hash(large)
    s3.put_object(Bucket=bucket, Key=f"releases/{hash_}/manifest.json", Body=canonical(large))
    client = Mock(wraps=s3)
    assert ReleaseBucket(client, bucket).manifest(hash_) == large
    assert client.get_object.call_count == 1


def test_fails_when_an_object_is_replaced_while_it_is_read(releases: ReleaseBucket, s3: Any, bucket: str) -> None:
    with releases.archive(HASH) as stream:
        s3.put_object(Bucket=bucket, Key=f"releases/{HASH}/files.zip", Body=b"another")
        with pytest.raises(s3.exceptions.ClientError, match="PreconditionFailed"):
            stream.read()
