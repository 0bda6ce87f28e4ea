"""The release manifest: what a release consists of, each part by its hash. Its own hash is the release's identity."""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from genai_runtime.base import Name, Record, Sha256, Text, Version
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.live.records import Versions
from genai_runtime.release.errors import MANIFEST_INVALID, MANIFEST_TAMPERED, ReleaseRefused

Environment = Literal["dev", "pre-prod", "prod"]
ORDER: tuple[Environment, ...] = ("dev", "pre-prod", "prod")
"""A release is promoted from one to the next."""
ApproverRole = Literal["qa", "domain-expert"]
APPROVER_ROLES: tuple[ApproverRole, ...] = ("qa", "domain-expert")
ItemKind = Literal[
    "prompt", "dataset", "flow", "guardrail", "model", "configuration", "threshold", "tool", "prices", "code"
]


class Item(Record):
    """One part of the release: a versioned thing and the hash of what it is."""

    kind: ItemKind
    name: Text
    """Catalog name (`api-answer-v1`), suite, model id, or the file's path."""
    sha256: Sha256


class Requirement(Record):
    """An evaluation that an environment's gate asks for.

    `request` is complete but for what only a deployed environment knows: a guardrail's `id` and `version` are `unresolved`,
    and its `run` and `baseline` are set when it is started.
    """

    environment: Environment
    purpose: Literal["gate", "smoke"]
    """`gate`: PROMOTE is needed. `smoke`: after deployment, few cases; only REJECT fails it."""
    request: RunRequest


class Manifest(Record):
    """What is released, from one commit."""

    format: Literal[1] = 1
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    author: Text
    """Who wrote the last commit, by e-mail: may not approve the release."""
    subject: str
    """First line of the commit message."""
    committed_at: Text
    """ISO 8601."""
    items: tuple[Item, ...]
    """By kind and name."""
    requirements: tuple[Requirement, ...]
    live: dict[Environment, dict[Name, Versions]]
    """What each use case of an environment uses once the release is live there."""
    files: dict[str, Sha256]
    """Every file of the release but the manifest itself: the cloud assembly and the bill of materials, by path."""
    approvers: tuple[ApproverRole, ...] = APPROVER_ROLES
    evidence_days: Annotated[int, Field(ge=1, le=365)]
    """A promotion older than this doesn't admit a deployment."""


UNRESOLVED = "unresolved"


def canonical(record: Record) -> bytes:
    """The one spelling of a record that is hashed and signed: JSON, keys sorted, no white space, ASCII."""
    return json.dumps(record.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def manifest_hash(manifest: Manifest) -> str:
    """Identity of the release: SHA-256 of the canonical manifest."""
    return hashlib.sha256(canonical(manifest)).hexdigest()


def parse_manifest(body: bytes, hash_: str) -> Manifest:
    """The manifest whose bytes have this hash, in their canonical spelling. Raises ReleaseRefused for any other bytes."""
    actual = hashlib.sha256(body).hexdigest()
    if actual != hash_:
        raise ReleaseRefused(
            MANIFEST_TAMPERED,
            f"the manifest stored for release {hash_} has the hash {actual}: it was changed after it was built, tell the "
            "security team and build the release again from its commit",
        )
    try:
        manifest = Manifest.model_validate_json(body)
    except ValidationError as error:
        where = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:3])
        raise ReleaseRefused(
            MANIFEST_INVALID,
            f"release {hash_} has no valid manifest ({where}): build it with the `foundation release build` of its commit",
        ) from None
    if canonical(manifest) != body:
        raise ReleaseRefused(
            MANIFEST_INVALID,
            f"the manifest of release {hash_} isn't in its canonical spelling: write it with `foundation release build`",
        )
    return manifest


def catalog_item(kind: ItemKind, name: str, version: Version, sha256: str) -> Item:
    """An item of a numbered catalog file."""
    return Item(kind=kind, name=f"{name}-v{version}", sha256=sha256)
