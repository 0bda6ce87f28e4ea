"""Entries of the ledger: where a statement belongs, what exactly is signed, and whether an entry is genuine."""

import hashlib
import re
from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from genai_runtime.release.errors import (
    ENTRY_MISPLACED,
    ENTRY_UNREADABLE,
    KEY_UNKNOWN,
    OTHER_KEY,
    SIGNATURE_INVALID,
    ReleaseRefused,
)
from genai_runtime.release.manifest import canonical
from genai_runtime.release.records import (
    Approved,
    Entry,
    Promoted,
    Purpose,
    Redeemed,
    Refused,
    Sealed,
    Statement,
    Warrant,
)
from genai_runtime.release.signing import Keys

PURPOSES: Mapping[str, Purpose | None] = {
    "sealed": "seal",
    "promoted": "promotion",
    "refused": "promotion",
    "approved": "approval",
    "warrant": "warrant",
    "redeemed": None,
}
"""Purpose of the key that signs a kind of statement; None: unsigned."""
_DOMAIN = b"genai-foundation release ledger\n"
"""Nothing else that the keys may ever sign begins with this."""
_STATEMENT: TypeAdapter[Statement] = TypeAdapter(Statement)


def key_of(statement: Sealed | Promoted | Refused | Approved) -> str:
    """Sort key of a statement that there is one of in its execution."""
    match statement:
        case Sealed():
            return "sealed"
        case Approved():
            return f"approved#{statement.role}#{statement.execution}"
        case _:
            return f"{statement.kind}#{statement.environment}#{statement.execution}"


def warrant_key(environment: str, execution: str, number: int) -> str:
    """Sort key of an execution's warrant; a stage that is repeated gets another one, counted from 0."""
    return f"warrant#{environment}#{execution}#{number}"


def redemption_key(environment: str, nonce_sha256: str) -> str:
    """Sort key of a warrant's redemption: there can be one."""
    return f"redeemed#{environment}#{nonce_sha256}"


def message(purpose: Purpose, entry: str, statement: Statement) -> bytes:
    """What is signed: purpose, place and statement, so that none of them can be another."""
    place = f"{purpose}\n{statement.manifest}\n{entry}\n".encode()
    return _DOMAIN + place + canonical(statement)


def digest(purpose: Purpose, entry: str, statement: Statement) -> bytes:
    """SHA-256 of the message: KMS takes at most 4,096 bytes of a raw one."""
    return hashlib.sha256(message(purpose, entry, statement)).digest()


def make(keys: Keys, statement: Statement, entry: str) -> Entry:
    """A signed entry; unsigned where the statement's kind is. Raises botocore's errors."""
    purpose = PURPOSES[statement.kind]
    if purpose is None:
        return Entry(manifest=statement.manifest, entry=entry, statement=statement)
    signature = keys.sign(purpose, digest(purpose, entry, statement))
    return Entry(
        manifest=statement.manifest, entry=entry, statement=statement, signature=signature, key=keys.arn(purpose)
    )


def check(keys: Keys, entry: Entry) -> None:
    """Raises ReleaseRefused unless the entry stands in its own place and its purpose's key signed exactly this."""
    statement = entry.statement
    if statement.manifest != entry.manifest or not _belongs(entry.entry, statement):
        raise ReleaseRefused(
            ENTRY_MISPLACED,
            f"ledger entry {entry.entry} of {entry.manifest} holds a statement ({statement.kind}) of another place: somebody "
            "copied it there, tell the security team and build the release again from its commit",
        )
    purpose = PURPOSES[statement.kind]
    if purpose is None:
        return
    known = keys.arn(purpose)
    if not known:
        raise ReleaseRefused(
            KEY_UNKNOWN, f"no key is given for the purpose {purpose}: name its ARN in the variable KEYS"
        )
    if entry.key != known:
        raise ReleaseRefused(
            OTHER_KEY,
            f"ledger entry {entry.entry} of {entry.manifest} names the key {entry.key or 'none'}, but {purpose} is signed "
            f"with {known}: it isn't ours, tell the security team and build the release again from its commit",
        )
    if not keys.verify(purpose, digest(purpose, entry.entry, statement), entry.signature):
        raise ReleaseRefused(
            SIGNATURE_INVALID,
            f"the signature of ledger entry {entry.entry} of {entry.manifest} doesn't hold: it was changed or forged, tell "
            "the security team and build the release again from its commit",
        )


def read(manifest: str, entry: str, statement: str, signature: str, key: str) -> Entry:
    """An entry from its stored parts. Raises ReleaseRefused where the statement isn't one, or isn't in its one spelling."""
    try:
        found = _STATEMENT.validate_json(statement, strict=False)
    except ValidationError as error:
        where = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:3])
        raise _unreadable(manifest, entry, where) from None
    if canonical(found) != statement.encode():
        raise _unreadable(manifest, entry, "not in the canonical spelling")
    try:
        return Entry(manifest=manifest, entry=entry, statement=found, signature=signature, key=key)
    except ValidationError as error:
        raise _unreadable(manifest, entry, error.errors()[0]["msg"]) from None


def _unreadable(manifest: str, entry: str, why: str) -> ReleaseRefused:
    return ReleaseRefused(
        ENTRY_UNREADABLE,
        f"ledger entry {entry} of {manifest} can't be read ({why}): it was changed, tell the security team and build the "
        "release again from its commit",
    )


def _belongs(entry: str, statement: Statement) -> bool:
    match statement:
        case Warrant():
            pattern = f"warrant#{statement.environment}#{re.escape(statement.execution)}#(0|[1-9][0-9]*)"
            return re.fullmatch(pattern, entry) is not None
        case Redeemed():
            return re.fullmatch(f"redeemed#{statement.environment}#[0-9a-f]{{64}}", entry) is not None
        case _:
            return entry == key_of(statement)
