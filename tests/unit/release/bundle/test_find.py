"""Releases by what people call them, from the command line, and roles in other accounts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from foundation import cdk
from foundation.release.bundle import build as building
from foundation.release.bundle import cli as bundle_cli
from foundation.release.bundle.find import find_manifest
from foundation.release.cli import app
from foundation.release.context import Context, RoleAccess, invoked
from foundation.release.errors import ReleaseError
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.manifest import canonical
from stacks.settings import Settings
from tests.unit.release.bucket import Bucket
from tests.unit.release.bundle.checkout import COMMIT, Checkout
from tests.unit.release.deployment.sealed import Functions, context_with
from tests.unit.release.dossier.released import Released

GIVEN = ["--commit", COMMIT.id, "--author", COMMIT.author, "--subject", "x", "--committed-at", COMMIT.committed_at]


@pytest.fixture
def released(settings: Settings) -> Released:
    """A release after another one that prod has."""
    return Released(settings)


def test_a_release_is_found_by_hash_folder_file_and_environment(
    released: Released, checkout: Checkout, tmp_path: Path
) -> None:
    earlier = released.before(evidence_days=3)
    built = checkout.build(tmp_path / "out")
    context = released.context
    assert find_manifest(context, released.hash) == (released.manifest, released.hash)
    assert find_manifest(context, "prod")[1] == earlier
    assert find_manifest(context, str(tmp_path / "out")) == (built.manifest, built.hash)
    assert find_manifest(context, str(tmp_path / "out/manifest.json")) == (built.manifest, built.hash)


@pytest.mark.parametrize(
    ("name", "code"), [("dev", "GF-REL-418"), ("abc", "GF-REL-417"), ("A" * 64, "GF-REL-417"), (__file__, "GF-REL-417")]
)
def test_fails_for_a_name_that_says_nothing(released: Released, name: str, code: str) -> None:
    with pytest.raises(ReleaseError, match=code):
        find_manifest(released.context, name)


def test_fails_for_a_hash_that_nobody_built(released: Released) -> None:
    with pytest.raises(ReleaseRefused, match="GF-REL-110"):
        find_manifest(released.context, "0" * 64)


@pytest.fixture
def command(checkout: Checkout, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Bucket:
    """The commands in a checkout, with a bucket."""
    monkeypatch.setattr(cdk, "ROOT", checkout.root)
    monkeypatch.setattr(building.build, "__kwdefaults__", {"root": checkout.root})
    monkeypatch.delenv("RELEASE_BUCKET", raising=False)
    bucket = Bucket()
    monkeypatch.setattr(bundle_cli, "context", lambda *_given: context_with(settings, {"s3": bucket}))
    return bucket


def test_build_writes_and_uploads(checkout: Checkout, command: Bucket, tmp_path: Path) -> None:
    config = ["--config", str(checkout.root / "config")]
    run = CliRunner().invoke
    shown = run(app, ["build", "--out", str(tmp_path / "a"), *config, *GIVEN])
    assert shown.exit_code == 0, shown.output
    assert "prod: bedrock-api-reference (smoke)" in shown.output
    assert command.objects == {}
    done = run(app, ["build", "--out", str(tmp_path / "b"), "--upload", "--json", *config, *GIVEN])
    data = json.loads(done.stdout)
    assert data["uploaded"] == ["files.zip", "sbom.cdx.json", "manifest.json"]
    assert (tmp_path / "a/MANIFEST").read_text().strip() == data["manifest"]


def test_build_uploads_in_the_pipeline(
    checkout: Checkout, command: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELEASE_BUCKET", "releases")
    for option, value in zip(GIVEN[::2], GIVEN[1::2], strict=True):
        monkeypatch.setenv(f"RELEASE_{option[2:].replace('-', '_').upper()}", value)
    config = ["--config", str(checkout.root / "config")]
    assert CliRunner().invoke(app, ["build", "--out", str(tmp_path / "a"), *config]).exit_code == 0
    assert len(command.objects) == 3


def test_fails_with_a_code_on_the_terminal(checkout: Checkout, command: Bucket, tmp_path: Path) -> None:
    config = ["--config", str(checkout.root / "config")]
    failed = CliRunner().invoke(
        app, ["build", "--out", str(tmp_path), "--commit", "x", "--author", "a", "--committed-at", "y", *config]
    )
    assert failed.exit_code == 1
    assert "GF-REL-404" in failed.output
    assert command.objects == {}


@pytest.mark.parametrize("form", ["table", "json", "markdown"])
def test_changes_are_shown(command: Bucket, checkout: Checkout, tmp_path: Path, form: str) -> None:
    assert command.objects == {}
    before = checkout.build(tmp_path / "before")
    other = before.manifest.model_copy(update={"evidence_days": 3})
    (tmp_path / "other.json").write_bytes(canonical(other))
    arguments = ["changes", str(tmp_path / "before"), str(tmp_path / "other.json"), "--format", form]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "7 days" in done.output
    same = CliRunner().invoke(app, ["changes", str(tmp_path / "before"), str(tmp_path / "before"), "--format", form])
    assert "othing differs" in same.output or json.loads(same.stdout)["changes"] == []


class Sts:
    """STS that may refuse."""

    def __init__(self, *, refuses: bool) -> None:
        self.asked: list[dict[str, str]] = []
        self._refuses = refuses

    def assume_role(self, **given: str) -> dict[str, Any]:
        """A session."""
        self.asked.append(given)
        if self._refuses:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")
        return {"Credentials": {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T"}}


def test_other_accounts_are_reached_by_the_role(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    sts = Sts(refuses=False)
    context = context_with(settings, {"sts": sts, "s3": "own"})
    access = RoleAccess(context, "the-role", "test", frozenset({"dev"}))
    assert access.client("s3", "dev") == access.client("s3", "shared") == "own"
    monkeypatch.setattr(boto3.Session, "client", lambda _self, service, **_more: f"assumed {service}")
    assert access.client("s3", "prod") == access.client("s3", "prod") == "assumed s3"
    assert [each["RoleArn"] for each in sts.asked] == ["arn:aws:iam::444444444444:role/the-role"]
    local = Context(settings, context.access, local=True)
    assert RoleAccess(local, "the-role", "test").client("s3", "prod") == "own"


def test_fails_for_a_role_that_is_refused(settings: Settings) -> None:
    access = RoleAccess(context_with(settings, {"sts": Sts(refuses=True)}), "the-role", "test")
    with pytest.raises(ReleaseError, match=r"GF-REL-412: .*--profile prod=NAME"):
        access.client("s3", "prod")


def test_fails_for_keys_that_are_none(settings: Settings) -> None:
    with pytest.raises(ReleaseError, match="GF-REL-411"):
        _ = context_with(settings, {"kms": None}, KEYS='{"seal": 1}').keys


def test_keys_are_found_by_their_aliases(settings: Settings) -> None:
    class Kms:
        class exceptions:  # noqa: N801 - as boto3 has it
            NotFoundException = KeyError

        def describe_key(self, *, KeyId: str) -> dict[str, dict[str, str]]:  # noqa: N803
            if KeyId.endswith("warrant"):
                raise KeyError(KeyId)
            return {"KeyMetadata": {"Arn": KeyId}}

    with pytest.raises(ReleaseError, match=r"GF-REL-411: .*alias/genai-foundation-release-warrant"):
        _ = context_with(settings, {"kms": Kms()}).keys


@pytest.mark.parametrize("body", ["text", {"errorMessage": "Task timed out"}, {"errorMessage": "not: a code"}])
def test_fails_with_the_callers_code_where_a_function_has_none(body: Any) -> None:
    with pytest.raises(ReleaseError, match="GF-REL-420: f failed"):
        invoked(Functions(body, failed=True), "f", {}, "GF-REL-420")
