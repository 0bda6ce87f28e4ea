"""Entries of the release ledger: a DynamoDB table, partition key `manifest`, sort key `entry`. Written once, never changed.

Each entry is a statement in its canonical form with a signature by the key of its purpose, so that who can write the table
can't invent a promotion. The functions that sign are the only ones that may use their key.
"""

from typing import Annotated, Literal

from pydantic import Field

from genai_runtime.base import Name, Record, Sha256, Text
from genai_runtime.evaluation.base import RunId
from genai_runtime.evaluation.verdict import Decision
from genai_runtime.release.manifest import ApproverRole, Environment

Purpose = Literal["seal", "promotion", "approval", "warrant"]
"""What a signing key is for; an entry signed by another purpose's key is refused."""


class Sealed(Record):
    """The manifest and every file of it were stored, and their hashes hold. Entry `sealed`."""

    kind: Literal["sealed"] = "sealed"
    manifest: Sha256
    commit: Text
    author: Text
    at: Text
    """ISO 8601, UTC, as in all entries."""
    execution: Text
    """Pipeline execution, as in all entries."""


class Evidence(Record):
    """A finished evaluation run, and the bytes of its result."""

    suite: Name
    version: Sha256
    """Of the suite: the content hash of its files."""
    run: RunId
    decision: Decision
    result_sha256: Sha256
    ended_at: Text


class Promoted(Record):
    """The environment's gate passed. Entry `promoted#ENVIRONMENT#EXECUTION`."""

    kind: Literal["promoted"] = "promoted"
    manifest: Sha256
    environment: Environment
    purpose: Literal["gate", "smoke"]
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    at: Text
    execution: Text


class Refused(Record):
    """The environment's gate did not pass. Entry `refused#ENVIRONMENT#EXECUTION`; signed like a promotion."""

    kind: Literal["refused"] = "refused"
    manifest: Sha256
    environment: Environment
    purpose: Literal["gate", "smoke"]
    evidence: tuple[Evidence, ...]
    reasons: tuple[Text, ...] = Field(min_length=1)
    at: Text
    execution: Text


class Approved(Record):
    """A person approved exactly this manifest in a role. Entry `approved#ROLE#EXECUTION`."""

    kind: Literal["approved"] = "approved"
    manifest: Sha256
    role: ApproverRole
    by: Text
    """E-mail address, from the session that CodePipeline saw."""
    principal: Text
    """ARN of that session."""
    comment: str = ""
    at: Text
    execution: Text


class Warrant(Record):
    """May deploy the manifest to the environment, once, until it expires. Entry `warrant#ENVIRONMENT#EXECUTION#N`."""

    kind: Literal["warrant"] = "warrant"
    manifest: Sha256
    environment: Environment
    nonce_sha256: Sha256
    """Of the secret that Authorize handed to this execution's deploy action."""
    expires_at: Text
    at: Text
    execution: Text


class Redeemed(Record):
    """A warrant was turned into a session. Entry `redeemed#ENVIRONMENT#NONCE_SHA256`, written by who redeems, unsigned: it only
    takes a right away."""

    kind: Literal["redeemed"] = "redeemed"
    manifest: Sha256
    environment: Environment
    session: Text
    at: Text
    execution: Text


Statement = Annotated[Sealed | Promoted | Refused | Approved | Warrant | Redeemed, Field(discriminator="kind")]


class Entry(Record):
    """An item of the ledger."""

    manifest: Sha256
    entry: Text
    """Sort key; see each statement."""
    statement: Statement
    signature: str = ""
    """Base64, ECDSA over the statement's canonical bytes (ECC_NIST_P256, ECDSA_SHA_256); empty for `Redeemed`."""
    key: str = ""
    """ARN of the signing key."""


class StartedRun(Record):
    """An evaluation that a gate started."""

    suite: Name
    version: Sha256
    run: RunId
    execution: Text
    """ARN of the evaluation pipeline's execution."""


class GateState(Record):
    """What a gate started: an object in the releases bucket, so that a repeated step finds it again."""

    manifest: Sha256
    environment: Environment
    purpose: Literal["gate", "smoke"]
    execution: Text
    runs: tuple[StartedRun, ...]
