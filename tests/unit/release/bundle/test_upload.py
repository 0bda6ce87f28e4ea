"""Releases in their bucket: written once, believed only with their hash."""

from pathlib import Path

import pytest

from foundation.release.bundle.build import Built
from foundation.release.bundle.upload import fetch_files, upload
from foundation.release.errors import ReleaseError
from genai_runtime.release import layout
from tests.unit.release.bucket import Bucket
from tests.unit.release.bundle.checkout import Checkout


@pytest.fixture
def built(checkout: Checkout, tmp_path: Path) -> Built:
    """A release."""
    return checkout.build(tmp_path / "release")


def test_the_manifest_comes_last_and_nothing_twice(built: Built) -> None:
    bucket = Bucket()
    assert upload(bucket, "b", built) == ("files.zip", "sbom.cdx.json", "manifest.json")
    assert bucket.writes[-1] == layout.manifest(built.hash)
    assert upload(bucket, "b", built) == ()
    assert len(bucket.writes) == 3


def test_an_interrupted_upload_is_completed(built: Built) -> None:
    bucket = Bucket()
    upload(bucket, "b", built)
    del bucket.objects[layout.manifest(built.hash)]
    assert upload(bucket, "b", built) == ("manifest.json",)


@pytest.mark.parametrize("name", ["files.zip", "sbom.cdx.json", "manifest.json"])
def test_fails_when_something_else_has_its_place(built: Built, name: str) -> None:
    bucket = Bucket()
    bucket.objects[f"releases/{built.hash}/{name}"] = b"other"
    with pytest.raises(ReleaseError, match=f"GF-REL-413: .*{name}"):
        upload(bucket, "b", built)


@pytest.mark.parametrize("denied", [False, True])
def test_fails_for_a_release_that_is_not_there(tmp_path: Path, denied: bool) -> None:
    bucket = Bucket(denied=denied)
    with pytest.raises(ReleaseError, match="GF-REL-414"):
        fetch_files(bucket, "b", "0" * 64, tmp_path / "files.zip")
