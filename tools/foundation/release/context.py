"""What the commands work on: the configuration, the shared account's bucket, ledger and keys, and other accounts' roles."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from pydantic import TypeAdapter, ValidationError

from foundation.evaluation.access import Access, parameter
from foundation.release.errors import ReleaseError
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.records import Purpose
from genai_runtime.release.signing import KmsKeys
from stacks.settings import Settings

SHARED: Final = "shared"
LEDGER: Final = "release/ledger-table-name"
"""Contract key of the shared account."""
PIPELINE: Final = "genai-foundation-release"
"""Name of the release pipeline, which approvers know without asking."""
PURPOSES: Final[tuple[Purpose, ...]] = ("seal", "promotion", "approval", "warrant")
_KEYS: TypeAdapter[dict[Purpose, str]] = TypeAdapter(dict[Purpose, str])
_CONFIG: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 5}, read_timeout=910, max_pool_connections=64
)


@dataclass(frozen=True)
class Context:
    """One command's view of the platform. In a build of the pipeline, variables say where things are; elsewhere the shared
    account's contract does.

    :param local: the local target, as each account's root
    """

    settings: Settings
    access: Access
    local: bool = False
    variables: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def bucket(self) -> str:
        """Name of the bucket of releases, which accounts know without asking."""
        region = self.settings.regions.primary.name
        named = f"genai-foundation-releases-{self.settings.account(SHARED).id}-{region}"
        return self.variables.get("RELEASE_BUCKET") or named

    @cached_property
    def releases(self) -> ReleaseBucket:
        """The bucket of releases, which believes no manifest without its hash."""
        return ReleaseBucket(self.client("s3"), self.bucket)

    @cached_property
    def ledger_table(self) -> str:
        """Name of the ledger's table."""
        return self.variables.get("LEDGER_TABLE") or parameter(self.access, SHARED, LEDGER)

    @cached_property
    def keys(self) -> KmsKeys:
        """The signing keys, to verify with. Raises ReleaseError GF-REL-411 when they can't be found."""
        client = self.client("kms")
        named = named_keys(self.variables)
        return KmsKeys(client, named or {purpose: _key_arn(client, purpose) for purpose in PURPOSES})

    def client(self, service: str) -> Any:
        """A client in the shared account."""
        return self.access.client(service, SHARED)


@dataclass
class RoleAccess:
    """Clients in other accounts, by a role that the caller of the shared account may assume there; on the local target, and
    with a profile of that account, by the caller's own right.

    :param own: stages that the caller has credentials of their own for
    """

    context: Context
    role: str
    session_name: str
    own: frozenset[str] = frozenset()
    _sessions: dict[str, boto3.Session] = field(default_factory=dict)

    def client(self, service: str, stage: str) -> Any:
        """A client in a stage's account, primary Region. Raises ReleaseError GF-REL-412 when the role is refused."""
        if self.context.local or stage == SHARED or stage in self.own:
            return self.context.access.client(service, stage)
        if stage not in self._sessions:
            self._sessions[stage] = self._assumed(stage)
        session: Any = self._sessions[stage]
        return session.client(service, config=_CONFIG)

    def _assumed(self, stage: str) -> boto3.Session:
        arn = f"arn:aws:iam::{self.context.settings.account(stage).id}:role/{self.role}"
        try:
            answer = self.context.client("sts").assume_role(RoleArn=arn, RoleSessionName=self.session_name[:64])
        except ClientError as error:
            raise ReleaseError(
                "GF-REL-412",
                f"{arn} can't be assumed ({error}): only the pipeline may, use your own credentials of {stage} with "
                f"--profile {stage}=NAME, or --local",
            ) from error
        return session_of(answer["Credentials"], self.context.settings.regions.primary.name)


def named_keys(variables: Mapping[str, str]) -> dict[Purpose, str]:
    """Key ARN by purpose, of the variable KEYS; empty without it. Raises ReleaseError GF-REL-411 when it is something else."""
    text = variables.get("KEYS")
    if not text:
        return {}
    try:
        return _KEYS.validate_json(text)
    except ValidationError as error:
        raise ReleaseError("GF-REL-411", f"the variable KEYS names no signing keys ({text[:80]!r})") from error


def _key_arn(client: Any, purpose: Purpose) -> str:
    alias = f"alias/genai-foundation-release-{purpose}"
    try:
        return str(client.describe_key(KeyId=alias)["KeyMetadata"]["Arn"])
    except client.exceptions.NotFoundException:
        raise ReleaseError(
            "GF-REL-411", f"shared has no key {alias}: deploy its stack Pipeline first (make deploy ENV=shared)"
        ) from None


def session_of(credentials: Mapping[str, Any], region: str) -> boto3.Session:
    """A session of the Credentials that STS answered."""
    return boto3.Session(
        credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"], region_name=region
    )


def invoked(client: Any, function: str, event: Mapping[str, Any], code: str) -> Any:
    """A function's result. Raises ReleaseError with the function's own message, or `code` where it has none."""
    answer = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    body = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        raise ReleaseError(*_cause(body, function, code))
    return body


def _cause(body: Any, function: str, code: str) -> tuple[str, str]:
    """Code and message of a failed invocation: `GF-…: text` is the function's own."""
    said = str(body.get("errorMessage") or body) if isinstance(body, dict) else str(body)
    own, separator, text = said.partition(": ")
    if separator and own.startswith("GF-") and " " not in own:
        return own, text
    return code, f"{function} failed ({said[:500]}): look into its log"


def write_file(path: Path, body: str | bytes) -> Path:
    """Write a file and the folders above it. Raises ReleaseError GF-REL-419 when that can't be done."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body.encode() if isinstance(body, str) else body)
    return path


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raises ReleaseError GF-REL-419 for what can't be written in the block: no right to, no room, a file for a folder."""
    try:
        yield
    except OSError as error:
        raise ReleaseError(
            "GF-REL-419",
            f"{error.filename or path} can't be written ({error.strerror or error}): make room, or name another folder",
        ) from error
