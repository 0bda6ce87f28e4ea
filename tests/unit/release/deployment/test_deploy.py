"""A deployment begins with a session for exactly one release, and only its verified bytes reach the CDK CLI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from foundation import cdk
from foundation.cdk import Deployment
from foundation.release.context import Context
from foundation.release.deployment import deploy as deploying
from foundation.release.deployment.deploy import check_stage, cli_variables, verified_manifest
from foundation.release.deployment.session import DeploySession, SealKey, redeem
from foundation.release.errors import ReleaseError
from genai_runtime.release import layout
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.manifest import canonical
from genai_runtime.release.records import Entry
from stacks.settings import Settings
from tests.unit.release.bucket import Bucket
from tests.unit.release.deployment.sealed import FakeKeys, Functions, SealedRelease, context_with, sealed_release

CREDENTIALS = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "hush", "SessionToken": "token", "Version": 1}


@pytest.fixture
def release(tmp_path: Path) -> SealedRelease:
    """A sealed release of dev."""
    return sealed_release(tmp_path / "release")


def _context(settings: Settings, release: SealedRelease, seal: Entry | None = None) -> tuple[Context, Functions]:
    said = (seal or release.seal).model_dump(mode="json")
    functions = Functions({**CREDENTIALS, "Sealed": said})
    return context_with(settings, {"lambda": functions}, REDEEM_FUNCTION="RedeemDev"), functions


def _session(release: SealedRelease, seal: Entry | None = None) -> DeploySession:
    return DeploySession(seal or release.seal, {}, "eu-west-1")


def _releases(release: SealedRelease, objects: Mapping[str, bytes] | None = None) -> ReleaseBucket:
    bucket = Bucket()
    bucket.objects.update(release.objects if objects is None else objects)
    return ReleaseBucket(bucket, "releases")  # type: ignore[arg-type]


def _fake_aws(monkeypatch: pytest.MonkeyPatch, release: SealedRelease, *, seals: bool = True) -> list[Any]:
    """The session's clients, and the CDK CLI: returns what the CLI was called with."""
    bucket = Bucket()
    bucket.objects.update(release.objects)
    monkeypatch.setattr(boto3.Session, "client", lambda _self, service, **_more: bucket if service == "s3" else None)
    monkeypatch.setattr(SealKey, "keys", lambda _self: FakeKeys())
    called: list[Any] = []

    def deploy_stage(assembly: Path, stage: str, environment: Mapping[str, str], **_more: Any) -> Deployment:
        called.append(
            (sorted(p.relative_to(assembly).as_posix() for p in assembly.rglob("*.json")), stage, environment)
        )
        return Deployment(stage, 1, (f"{stage}/Security",), 0.1)

    monkeypatch.setattr(cdk, "deploy_stage", deploy_stage)
    return called


def test_a_warrant_becomes_a_session(settings: Settings, release: SealedRelease) -> None:
    context, functions = _context(settings, release)
    session = redeem(context, "dev", release.hash, "nonce", "e-1")
    assert functions.events == [{"manifest": release.hash, "execution": "e-1", "warrant": "nonce"}]
    assert session.seal == release.seal
    assert "hush" not in repr(session)


def test_the_verified_assembly_is_deployed_with_the_session(
    settings: Settings, release: SealedRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = _fake_aws(monkeypatch, release)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-build")
    context, _ = _context(settings, release)
    done = deploying.deploy(context, "dev", release.hash, "nonce", "e-1")
    assert done.stage == "dev"
    ((files, stage, environment),) = called
    assert files == ["assembly-dev/manifest.json", "manifest.json"]
    assert (stage, environment["AWS_ACCESS_KEY_ID"]) == ("dev", "ASIAEXAMPLE")
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"


def test_nothing_of_the_builds_own_rights_goes_along(settings: Settings, release: SealedRelease) -> None:
    context, _ = _context(settings, release)
    session = redeem(context, "dev", release.hash, "nonce", "e-1")
    around = {"AWS_PROFILE": "mine", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x", "AWS_ENDPOINT_URL_S3": "http://s3"}
    given = cli_variables(context, session, around)
    assert given == {
        "AWS_ENDPOINT_URL_S3": "http://s3", "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "hush",
        "AWS_SESSION_TOKEN": "token", "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
    }  # fmt: skip


@pytest.mark.parametrize("what", ["files", "manifest"])
def test_fails_for_tampered_objects_before_anything_is_deployed(
    settings: Settings, release: SealedRelease, monkeypatch: pytest.MonkeyPatch, what: str, tmp_path: Path
) -> None:
    other = sealed_release(tmp_path / "other", {"cdk.out/manifest.json": b'{"evil": true}', "sbom.cdx.json": b"{}"})
    if what == "files":
        release.objects[layout.files(release.hash)] = other.archive
    else:
        release.objects[layout.manifest(release.hash)] = canonical(other.manifest)
    called = _fake_aws(monkeypatch, release)
    context, _ = _context(settings, release)
    with pytest.raises(ReleaseRefused, match="GF-REL-116" if what == "files" else "GF-REL-111"):
        deploying.deploy(context, "dev", release.hash, "nonce", "e-1")
    assert called == []


def test_fails_for_a_seal_that_is_not_its_own(release: SealedRelease, tmp_path: Path) -> None:
    other = sealed_release(tmp_path / "other", {"cdk.out/manifest.json": b"{}", "sbom.cdx.json": b"{}"})
    with pytest.raises(ReleaseError, match="GF-REL-422"):
        verified_manifest(_releases(release), FakeKeys(), _session(release, other.seal), release.hash)


def test_fails_for_a_forged_seal(release: SealedRelease) -> None:
    forged = release.seal.model_copy(update={"signature": "Zm9yZ2Vk"})
    with pytest.raises(ReleaseRefused, match="GF-REL-103"):
        verified_manifest(_releases(release), FakeKeys(), _session(release, forged), release.hash)
    other = release.seal.model_copy(update={"key": "arn:aws:kms:eu-west-1:999999999999:key/mine"})
    with pytest.raises(ReleaseRefused, match="GF-REL-104"):
        verified_manifest(_releases(release), FakeKeys(), _session(release, other), release.hash)


def test_fails_for_a_refused_warrant_with_the_functions_own_code(settings: Settings, release: SealedRelease) -> None:
    refusal = {"errorMessage": "GF-REL-144: the warrant was redeemed already", "errorType": "ReleaseRefused"}
    context = context_with(settings, {"lambda": Functions(refusal, failed=True)}, REDEEM_FUNCTION="RedeemDev")
    with pytest.raises(ReleaseError) as refused:
        redeem(context, "dev", release.hash, "nonce", "e-1")
    assert (refused.value.code, refused.value.message) == ("GF-REL-144", "the warrant was redeemed already")


@pytest.mark.parametrize("answer", [None, {}, {"AccessKeyId": "A"}, {**CREDENTIALS, "Sealed": {"no": "entry"}}])
def test_fails_for_an_answer_that_is_no_session_without_repeating_it(
    settings: Settings, release: SealedRelease, answer: Any
) -> None:
    context = context_with(settings, {"lambda": Functions(answer)}, REDEEM_FUNCTION="RedeemDev")
    with pytest.raises(ReleaseError, match="GF-REL-420") as failed:
        redeem(context, "dev", release.hash, "nonce", "e-1")
    assert "hush" not in str(failed.value)


def test_fails_outside_of_the_pipeline(settings: Settings, release: SealedRelease) -> None:
    with pytest.raises(ReleaseError, match=r"GF-REL-421: .*make deploy ENV=dev"):
        redeem(context_with(settings, {}), "dev", release.hash, "nonce", "e-1")


@pytest.mark.parametrize("environment", ["prod", "dev"])
def test_fails_for_stacks_of_another_account(settings: Settings, tmp_path: Path, environment: str) -> None:
    nested = {"x": {"type": "aws:cloudformation:stack", "environment": "aws://999999999999/eu-west-1"}}
    (tmp_path / "assembly-dev").mkdir()
    (tmp_path / "assembly-dev/manifest.json").write_text(json.dumps({"artifacts": nested}))
    top = {"assembly-dev": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-dev"}}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": top}))
    with pytest.raises(ReleaseError, match="GF-REL-423"):
        check_stage(tmp_path, environment, settings)  # type: ignore[arg-type]


def test_the_key_of_seals_is_found_by_its_alias(settings: Settings) -> None:
    class Kms:
        def get_public_key(self, *, KeyId: str) -> dict[str, str]:  # noqa: N803
            assert KeyId == "arn:aws:kms:eu-west-1:111111111111:alias/genai-foundation-release-seal"
            return {"KeyId": "arn:aws:kms:eu-west-1:111111111111:key/1"}

    assert SealKey(Kms(), context_with(settings, {})).keys().arn("seal").endswith("key/1")
    given = context_with(settings, {}, KEYS='{"seal": "arn:aws:kms:eu-west-1:111111111111:key/2"}')
    assert SealKey(Kms(), given).keys().arn("seal").endswith("key/2")
    assert SealKey(Kms(), given).keys().arn("promotion") == ""
