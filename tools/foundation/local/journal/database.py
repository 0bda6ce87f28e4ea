"""The journal's SQLite file: one transaction per cut."""

from __future__ import annotations

import io
import pickle
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foundation.local.errors import LocalTargetError
from foundation.local.journal.snapshot import Changes
from foundation.local.pins import MINISTACK

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (service TEXT NOT NULL, store TEXT NOT NULL, form TEXT NOT NULL,
    key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (service, store, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blobs (digest BLOB PRIMARY KEY, content BLOB NOT NULL);
"""


class Database:
    """Opens or makes the file; fails with GF-LOCAL-050 on one that isn't readable or of another ministack."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(path, timeout=2.0, check_same_thread=False, isolation_level=None)
            # WAL with NORMAL: a killed process loses nothing; no fsync per transaction.
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(_SCHEMA)
            self._check_version()
        except sqlite3.DatabaseError as error:
            raise self._unreadable(str(error)) from error

    def write(self, changes: Changes) -> None:
        with self._transaction() as run:
            run.executemany("INSERT OR IGNORE INTO blobs VALUES (?, ?)", changes.blobs)
            run.executemany("DELETE FROM entries WHERE service=? AND store=? AND key=?", changes.deletions)
            run.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", changes.entries)

    def entries(self) -> Iterator[tuple[str, str, str, Any, Any, bytes]]:
        """(service, store, form, key, value, serialised value) of everything, ordered by service and store.

        Read to its end, it deletes the blobs that no entry refers to any more.
        """
        blobs: dict[bytes, bytes] = {}

        def blob(digest: bytes) -> bytes:
            if digest not in blobs:
                row = self._connection.execute("SELECT content FROM blobs WHERE digest=?", (digest,)).fetchone()
                if row is None:
                    raise self._unreadable(f"blob {digest.hex()} is missing")
                blobs[digest] = row[0]
            return blobs[digest]

        query = "SELECT service, store, form, key, value FROM entries ORDER BY service, store"
        for service, store, form, key, value in self._connection.execute(query):
            # The file is the target's own, written by this class: unpickling it runs nothing foreign.
            yield service, store, form, pickle.loads(key), _Unpickler(value, blob).load(), value  # noqa: S301
        unused = [(digest,) for digest in self.blob_digests() if digest not in blobs]
        with self._transaction() as run:
            run.executemany("DELETE FROM blobs WHERE digest=?", unused)

    def blob_digests(self) -> list[bytes]:
        return [row[0] for row in self._connection.execute("SELECT digest FROM blobs")]

    def close(self) -> None:
        self._connection.close()

    def _transaction(self) -> _Transaction:
        return _Transaction(self._connection)

    def _check_version(self) -> None:
        self._connection.execute("INSERT OR IGNORE INTO meta VALUES ('ministack', ?)", (MINISTACK,))
        (found,) = self._connection.execute("SELECT value FROM meta WHERE name='ministack'").fetchone()
        if found != MINISTACK:
            raise self._unreadable(f"it was written by ministack {found}, this is {MINISTACK}")

    def _unreadable(self, why: str) -> LocalTargetError:
        return LocalTargetError(
            "GF-LOCAL-050", f"the state in {self._path} can't be restored ({why}): run foundation local down --purge"
        )


class _Transaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sqlite3.Connection:
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def __exit__(self, kind: object, *_: object) -> None:
        self._connection.execute("COMMIT" if kind is None else "ROLLBACK")


class _Unpickler(pickle.Unpickler):
    def __init__(self, content: bytes, blob: Any) -> None:
        super().__init__(io.BytesIO(content))
        self._blob = blob

    def persistent_load(self, pid: Any) -> bytes:
        found: bytes = self._blob(pid)
        return found
