"""The release ledger in DynamoDB: entries are written once, and none is believed before its signature was verified."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from genai_runtime.release import entries
from genai_runtime.release.errors import ENTRY_DIFFERS, ENTRY_UNREADABLE, ReleaseRefused
from genai_runtime.release.manifest import canonical
from genai_runtime.release.records import Approved, Entry, Promoted, Refused, Sealed, Statement
from genai_runtime.release.signing import Keys

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_PARTS = ("manifest", "entry", "statement", "signature", "key")


class Ledger:
    """One table. Raises ReleaseRefused for an entry that isn't genuine, botocore's errors for a table that can't be used.

    An item has the attributes `manifest`, `entry`, `statement` (canonical JSON), `signature` and `key`, all strings.
    """

    def __init__(self, client: "DynamoDBClient", table: str, keys: Keys) -> None:
        self._client = client
        self._table = table
        self._keys = keys

    def append(self, statement: Sealed | Promoted | Refused | Approved) -> Entry:
        """Sign a statement and write it under its own key; see `write`."""
        return self.write(entries.key_of(statement), statement)

    def write(self, entry: str, statement: Statement) -> Entry:
        """Sign a statement and write it. The entry that is there is returned where it says the same but for its time, so that
        a repeated step is harmless; another one is refused."""
        made = entries.make(self._keys, statement, entry)
        if self._put(made):
            return made
        stored = self.find(statement.manifest, entry)
        if stored is None or not _same(stored.statement, statement):
            raise ReleaseRefused(
                ENTRY_DIFFERS,
                f"ledger entry {entry} of {statement.manifest} says something else already, and entries never change: start a "
                "new execution of the pipeline",
            )
        return stored

    def find(self, manifest: str, entry: str) -> Entry | None:
        """One entry, verified; None where there is none."""
        found = self._client.get_item(
            TableName=self._table, Key={"manifest": {"S": manifest}, "entry": {"S": entry}}, ConsistentRead=True
        ).get("Item")
        return None if found is None else self._verified(found)

    def entries(self, manifest: str) -> tuple[Entry, ...]:
        """All entries of a manifest in the order of their keys, each verified: one that isn't genuine fails the whole."""
        return tuple(self._verified(item) for item in self._items(manifest))

    def _put(self, entry: Entry) -> bool:
        parts = entry.model_dump(exclude={"statement"}) | {"statement": canonical(entry.statement).decode()}
        try:
            self._client.put_item(
                TableName=self._table,
                Item={name: {"S": parts[name]} for name in _PARTS},
                ConditionExpression="attribute_not_exists(#entry)",
                ExpressionAttributeNames={"#entry": "entry"},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _items(self, manifest: str) -> Iterator[Mapping[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#manifest = :manifest",
            ExpressionAttributeNames={"#manifest": "manifest"},
            ExpressionAttributeValues={":manifest": {"S": manifest}},
            ConsistentRead=True,
        )
        for page in pages:
            yield from page["Items"]

    def _verified(self, item: Mapping[str, Any]) -> Entry:
        parts = {name: item.get(name, {}).get("S") for name in _PARTS}
        place = f"{parts['entry']} of {parts['manifest']}"
        if strange := sorted(item.keys() - set(_PARTS)) or [name for name, value in parts.items() if value is None]:
            raise ReleaseRefused(
                ENTRY_UNREADABLE,
                f"ledger entry {place} has other attributes than it was written with ({', '.join(strange)}): it was changed, "
                "tell the security team and build the release again from its commit",
            )
        entry = entries.read(**{name: str(value) for name, value in parts.items()})
        entries.check(self._keys, entry)
        return entry


def _same(one: Statement, other: Statement) -> bool:
    return one.model_dump(exclude={"at"}) == other.model_dump(exclude={"at"})
