"""A release in a bucket with its seal, as the pipeline leaves it, and functions that answer in memory."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foundation.release.bundle import archive
from foundation.release.context import Context
from genai_runtime.release import entries, layout
from genai_runtime.release.manifest import APPROVER_ROLES, Manifest, canonical, manifest_hash
from genai_runtime.release.records import Entry, Purpose, Sealed
from stacks.settings import Settings

KEY = "arn:aws:kms:eu-west-1:111111111111:key/"
NESTED = {
    "artifacts": {"devNetwork": {"type": "aws:cloudformation:stack", "environment": "aws://222222222222/eu-west-1"}}
}
FILES = {
    "cdk.out/manifest.json": json.dumps(
        {"artifacts": {"assembly-dev": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-dev"}}}}
    ).encode(),
    "cdk.out/assembly-dev/manifest.json": json.dumps(NESTED).encode(),
    "sbom.cdx.json": b"{}",
}


class FakeKeys:
    """Keys that sign by naming themselves."""

    def arn(self, purpose: Purpose) -> str:
        """A key per purpose."""
        return f"{KEY}{purpose}"

    def sign(self, purpose: Purpose, digest: bytes) -> str:
        """Key and digest."""
        return base64.b64encode(self.arn(purpose).encode() + digest).decode()

    def verify(self, purpose: Purpose, digest: bytes, signature: str) -> bool:
        """Whether it was this key and this digest."""
        return signature == self.sign(purpose, digest)


def manifest_of(files: Mapping[str, str], **changed: Any) -> Manifest:
    """A small manifest of commit 1a1a…."""
    return Manifest.model_validate(
        {
            "commit": "1a" * 20, "author": "author@example.com", "subject": "Prompts answer shorter",
            "committed_at": "2026-09-01T12:00:00+02:00", "items": [], "requirements": [],
            "live": {"dev": {}, "pre-prod": {}, "prod": {}}, "files": dict(files), "approvers": list(APPROVER_ROLES),
            "evidence_days": 7, **changed,
        }
    )  # fmt: skip


@dataclass
class SealedRelease:
    """A release as its parts."""

    manifest: Manifest
    hash: str
    archive: bytes
    seal: Entry
    objects: dict[str, bytes] = field(default_factory=dict)


def sealed_release(work: Path, files: Mapping[str, bytes] = FILES) -> SealedRelease:
    """Pack, hash and seal."""
    for name, body in files.items():
        (work / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (work / "in" / name).write_bytes(body)
    listed = archive.hashes(work / "in")
    archive.pack(work / "in", listed, work / "files.zip")
    manifest = manifest_of(listed)
    hash_ = manifest_hash(manifest)
    statement = Sealed(
        manifest=hash_, commit=manifest.commit, author=manifest.author, at="2026-09-01T11:00:00+00:00", execution="e-1"
    )
    body = (work / "files.zip").read_bytes()
    objects = {layout.manifest(hash_): canonical(manifest), layout.files(hash_): body}
    return SealedRelease(manifest, hash_, body, entries.make(FakeKeys(), statement, "sealed"), objects)


class Functions:
    """A Lambda client with one answer."""

    def __init__(self, answer: Any, *, failed: bool = False) -> None:
        self.events: list[Any] = []
        self._answer, self._failed = answer, failed

    def invoke(self, *, FunctionName: str, Payload: bytes, **_more: Any) -> dict[str, Any]:  # noqa: ARG002, N803
        """Record and answer."""
        self.events.append(json.loads(Payload))
        body = io.BytesIO(json.dumps(self._answer).encode())
        return {"Payload": body, **({"FunctionError": "Unhandled"} if self._failed else {})}


@dataclass
class Clients:
    """Access by service."""

    by_service: Mapping[str, Any]

    def client(self, service: str, _stage: str) -> Any:
        """The client of a service, whatever the account."""
        return self.by_service[service]


def context_with(settings: Settings, services: Mapping[str, Any], **variables: str) -> Context:
    """A context whose clients are these."""
    return Context(settings, Clients(services), variables=variables)
