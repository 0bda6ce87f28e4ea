"""Takes a consistent cut of the stores and finds what changed since the last one."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import pickle
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from foundation.local.journal.stores import Store, is_scoped

logger = logging.getLogger("foundation.journal")

# Bytes of this size or more are kept once by content, beside the entries: Lambda code and layers.
BLOB_BYTES = 65536


@dataclass
class Changes:
    """What has to be written: entries as (service, store, form, key, value), deletions without the last two."""

    entries: list[tuple[str, str, str, bytes, bytes]] = field(default_factory=list)
    deletions: list[tuple[str, str, bytes]] = field(default_factory=list)
    blobs: list[tuple[bytes, bytes]] = field(default_factory=list)
    unserialisable: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.entries or self.deletions)


class Snapshots:
    """Remembers a digest of each entry that was handed out."""

    def __init__(self) -> None:
        self._digests: dict[tuple[str, str], dict[Any, bytes]] = {}
        self._blobs = _Blobs()

    def remember(self, service: str, store: str, key: Any, value: bytes) -> None:
        """Note an entry that was restored, so that it isn't written again."""
        self._digests.setdefault((service, store), {})[key] = _digest(value)

    def remember_blobs(self, digests: Iterable[bytes]) -> None:
        self._blobs.written.update(digests)

    def forget(self) -> None:
        """Take the next cut as if nothing had been written: after a failed write."""
        self._digests.clear()
        self._blobs.written.clear()

    def take(self, stores: Iterable[Store], accounts: frozenset[str] | None) -> Changes:
        """The changes since the last cut, of some accounts or (None) all. Runs on the event loop's thread."""
        changes = Changes()
        with undisturbed():
            cut = [(store, *self._serialise(store, accounts, changes)) for store in stores]
        # Not before: hashing gives the interpreter lock away.
        for store, form, entries in cut:
            self._compare(store, form, entries, accounts, changes)
        changes.blobs = self._blobs.take()
        return changes

    def _serialise(
        self, store: Store, accounts: frozenset[str] | None, changes: Changes
    ) -> tuple[str, dict[Any, bytes | None]]:
        """The store's form and entries; None for one that can't be serialised."""
        form, pairs = store.entries(accounts)
        entries: dict[Any, bytes | None] = {}
        for key, value in pairs:
            try:
                entries[key] = self._blobs.dump(value) if store.service == "lambda" else pickle.dumps(value, 5)
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                entries[key] = None
                changes.unserialisable.append(f"{store.service}.{store.name}[{key!r}]: {error}")
        return form, entries

    def _compare(
        self,
        store: Store,
        form: str,
        entries: dict[Any, bytes | None],
        accounts: frozenset[str] | None,
        changes: Changes,
    ) -> None:
        known = self._digests.setdefault((store.service, store.name), {})
        for key, content in entries.items():
            digest = _digest(content) if content is not None else b""
            if content is not None and known.get(key) != digest:
                known[key] = digest
                changes.entries.append((store.service, store.name, form, pickle.dumps(key, 5), content))
        for key in [key for key in known if key not in entries and _within(key, form, accounts)]:
            del known[key]
            changes.deletions.append((store.service, store.name, pickle.dumps(key, 5)))


def _within(key: Any, form: str, accounts: frozenset[str] | None) -> bool:
    return accounts is None or not is_scoped(form) or key[0] in accounts


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Hold thread switches off, so that no worker thread changes a store during the cut.

    The pickler runs in C over built-in types and never gives the interpreter lock away by itself;
    between entries Python would, once the switch interval is over.
    """
    interval = sys.getswitchinterval()
    sys.setswitchinterval(60.0)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


class _Blobs:
    """Pickles with large bytes replaced by their digest."""

    def __init__(self) -> None:
        self.written: set[bytes] = set()
        # id -> (object, digest): the reference keeps the id from being reused.
        self._known: dict[int, tuple[bytes, bytes]] = {}
        self._new: dict[bytes, bytes] = {}

    def dump(self, value: Any) -> bytes:
        stream = io.BytesIO()
        _Pickler(stream, self).dump(value)
        return stream.getvalue()

    def digest_of(self, content: bytes) -> bytes:
        known = self._known.get(id(content))
        if known is None:
            known = self._known[id(content)] = (content, _digest(content))
        if known[1] not in self.written:
            self._new[known[1]] = content
        return known[1]

    def take(self) -> list[tuple[bytes, bytes]]:
        taken, self._new = list(self._new.items()), {}
        self.written.update(digest for digest, _ in taken)
        if len(self._known) > 1024:
            self._known.clear()
        return taken


class _Pickler(pickle.Pickler):
    def __init__(self, stream: io.BytesIO, blobs: _Blobs) -> None:
        super().__init__(stream, 5)
        self._large = blobs

    def persistent_id(self, obj: Any) -> bytes | None:
        return self._large.digest_of(obj) if type(obj) is bytes and len(obj) >= BLOB_BYTES else None
