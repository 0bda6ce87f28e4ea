"""A ledger in memory, whose entries FakeKeys signed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from genai_runtime.release import entries
from genai_runtime.release.manifest import canonical
from genai_runtime.release.records import Entry, Statement
from tests.unit.release.deployment.sealed import FakeKeys

Item = dict[str, dict[str, str]]


def item_of(entry: Entry) -> Item:
    """An entry as its table holds it."""
    return {
        "manifest": {"S": entry.manifest}, "entry": {"S": entry.entry}, "signature": {"S": entry.signature},
        "statement": {"S": canonical(entry.statement).decode()}, "key": {"S": entry.key},
    }  # fmt: skip


class LedgerTable:
    """A DynamoDB client with the ledger's items."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def add(self, statement: Statement, entry: str = "") -> Entry:
        """Sign and keep a statement."""
        made = entries.make(FakeKeys(), statement, entry or entries.key_of(statement))  # type: ignore[arg-type]
        self.items.append(item_of(made))
        return made

    def get_paginator(self, _operation: str) -> LedgerTable:
        """Scan and Query."""
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, list[Item]]]:
        """A page for each item."""
        wanted = asked.get("ExpressionAttributeValues", {}).get(":manifest")
        yield from ({"Items": [item]} for item in self.items if wanted in (None, item["manifest"]))
