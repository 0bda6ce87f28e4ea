"""The ledger as people read it: each entry with what its signature is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from foundation.release.context import Context
from genai_runtime.release import entries
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.manifest import Environment
from genai_runtime.release.records import (
    Approved,
    Entry,
    Promoted,
    Redeemed,
    Refused,
    Sealed,
    Statement,
    Warrant,
)

_PARTS: Final = ("manifest", "entry", "statement", "signature", "key")
Signature = Literal["verified", "unsigned", "refused"]


@dataclass(frozen=True)
class Line:
    """One entry.

    :param entry: None where the item is no entry at all
    :param signature: `refused` with the reason in `problem`: nothing of the entry may be believed
    """

    manifest: str
    key: str
    entry: Entry | None
    signature: Signature
    problem: str = ""

    @property
    def statement(self) -> Statement | None:
        """What a genuine entry says; None for one that isn't."""
        return self.entry.statement if self.entry is not None and self.signature != "refused" else None

    @property
    def at(self) -> str:
        """Time that the entry gives itself, ISO 8601; empty where it can't be read."""
        return self.entry.statement.at if self.entry else ""

    @property
    def environment(self) -> str:
        """The environment that it is about; empty for seals and approvals."""
        return str(getattr(self.entry.statement, "environment", "")) if self.entry else ""

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        said = self.entry.statement.model_dump(mode="json") if self.entry else None
        return {
            "manifest": self.manifest, "entry": self.key, "signature": self.signature, "problem": self.problem,
            "statement": said,
        }  # fmt: skip


def ledger(context: Context, manifest: str | None = None) -> tuple[Line, ...]:
    """All entries, or those of a manifest, oldest first. One that isn't genuine is shown as such and hides no other."""
    return tuple(
        sorted((_line(context, item) for item in _items(context, manifest)), key=lambda line: (line.at, line.key))
    )


def newest_promoted(context: Context, environment: Environment) -> str | None:
    """The manifest whose promotion in the environment is the newest genuine one: what went live there last."""
    found = [
        line.statement
        for line in ledger(context)
        if isinstance(line.statement, Promoted) and line.statement.environment == environment
    ]
    return max(found, key=lambda each: each.at).manifest if found else None


def words(statement: Statement) -> str:
    """An entry in a sentence."""
    match statement:
        case Sealed():
            return f"sealed, commit {statement.commit[:12]} by {statement.author}"
        case Promoted():
            runs = ", ".join(f"{each.suite} {each.decision}" for each in statement.evidence)
            return f"promoted in {statement.environment} ({statement.purpose}): {runs}"
        case Refused():
            return f"refused in {statement.environment} ({statement.purpose}): {'; '.join(statement.reasons)}"
        case Approved():
            comment = f": {statement.comment}" if statement.comment else ""
            return f"approved as {statement.role} by {statement.by}{comment}"
        case Warrant():
            return f"warrant for {statement.environment}, good until {statement.expires_at}"
        case Redeemed():
            return f"warrant for {statement.environment} redeemed by {statement.session}"


def _line(context: Context, item: Mapping[str, Any]) -> Line:
    parts = {name: str(item.get(name, {}).get("S", "")) for name in _PARTS}
    try:
        entry = entries.read(**parts)
    except ReleaseRefused as error:
        return Line(parts["manifest"], parts["entry"], None, "refused", str(error))
    try:
        entries.check(context.keys, entry)
    except ReleaseRefused as error:
        return Line(entry.manifest, entry.entry, entry, "refused", str(error))
    return Line(entry.manifest, entry.entry, entry, "verified" if entry.signature else "unsigned")


def _items(context: Context, manifest: str | None) -> Iterator[Mapping[str, Any]]:
    client = context.client("dynamodb")
    if manifest is None:
        pages = client.get_paginator("scan").paginate(TableName=context.ledger_table, ConsistentRead=True)
    else:
        pages = client.get_paginator("query").paginate(
            TableName=context.ledger_table,
            KeyConditionExpression="#manifest = :manifest",
            ExpressionAttributeNames={"#manifest": "manifest"},
            ExpressionAttributeValues={":manifest": {"S": manifest}},
            ConsistentRead=True,
        )
    for page in pages:
        yield from page["Items"]
