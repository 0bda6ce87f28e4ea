"""Cuts: what changed is written once, what was removed is deleted, and all of it comes back."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict

from foundation.local.errors import LocalTargetError
from foundation.local.journal.database import Database
from foundation.local.journal.objects import drop_unknown_buckets
from foundation.local.journal.snapshot import BLOB_BYTES, Changes, Snapshots
from foundation.local.journal.stores import Store, rebuild

DEV, PROD = "222222222222", "444444444444"


def store(value: Any, service: str = "ssm", name: str = "parameters") -> Store:
    return Store(service, name, lambda: value)


def by_region(entries: dict[tuple[str, str, str], Any]) -> AccountRegionScopedDict:
    made = AccountRegionScopedDict()
    made._data.update(entries)
    return made


def keys(changes: Changes) -> int:
    return len(changes.entries)


def test_only_changed_entries_are_taken_again() -> None:
    data = by_region({(DEV, "eu-west-1", "/a"): {"v": [1]}, (PROD, "eu-west-1", "/a"): {"v": [1]}})
    snapshots = Snapshots()
    assert keys(snapshots.take([store(data)], None)) == 2
    assert not snapshots.take([store(data)], None)
    data._data[DEV, "eu-west-1", "/a"]["v"].append(2)
    assert keys(snapshots.take([store(data)], frozenset({PROD}))) == 0
    assert keys(snapshots.take([store(data)], frozenset({DEV}))) == 1
    del data._data[PROD, "eu-west-1", "/a"]
    assert not snapshots.take([store(data)], frozenset({DEV})).deletions
    assert len(snapshots.take([store(data)], None).deletions) == 1


def test_everything_comes_back_in_its_form(tmp_path: Path) -> None:
    accounts = AccountScopedDict()
    accounts._data[DEV, ("bucket", None)] = {"created": "now", "bytes": b"\x00\xff"}
    values: dict[str, Any] = {
        "regional": by_region({(DEV, "eu-west-1", "x"): {"n": 1}}),
        "accounts": accounts,
        "map": {"arn:x": {("tuple", 1): {1, 2}}},
        "value": [1, 2, 3],
    }
    database, snapshots = Database(tmp_path / "state"), Snapshots()
    database.write(snapshots.take([store(value, "any", name) for name, value in values.items()], None))
    database.close()
    found: dict[str, tuple[str, list[Any]]] = {}
    for _, name, form, key, value, _ in Database(tmp_path / "state").entries():
        found.setdefault(name, (form, []))[1].append((key, value))
    rebuilt = {name: rebuild(*parts) for name, parts in found.items()}
    assert rebuilt["map"] == values["map"]
    assert rebuilt["value"] == values["value"]
    for name in ("regional", "accounts"):
        assert type(rebuilt[name]) is type(values[name])
        assert rebuilt[name]._data == values[name]._data


def test_code_is_kept_once_and_dropped_when_nothing_refers_to_it(tmp_path: Path) -> None:
    code = b"z" * BLOB_BYTES
    functions = by_region({(DEV, "eu-west-1", name): {"code_zip": code} for name in ("a", "b")})
    database, snapshots = Database(tmp_path / "state"), Snapshots()
    changes = snapshots.take([store(functions, "lambda", "functions")], None)
    assert (len(changes.entries), len(changes.blobs)) == (2, 1)
    assert all(len(value) < 1000 for *_, value in changes.entries)
    database.write(changes)
    restored = [value["code_zip"] for *_, value, _ in database.entries()]
    assert restored == [code, code]
    assert restored[0] is restored[1]
    functions._data.clear()
    database.write(snapshots.take([store(functions, "lambda", "functions")], None))
    assert list(database.entries()) == []
    assert database.blob_digests() == []


def test_an_entry_that_cannot_be_written_is_named_and_the_rest_is_kept() -> None:
    data = {"good": 1, "bad": lambda: None}
    changes = Snapshots().take([store(data)], None)
    assert keys(changes) == 1
    assert changes.unserialisable[0].startswith("ssm.parameters['bad']: ")


def test_after_a_failed_write_everything_is_taken_again() -> None:
    data = by_region({(DEV, "eu-west-1", "/a"): 1})
    snapshots = Snapshots()
    snapshots.take([store(data)], None)
    snapshots.forget()
    assert keys(snapshots.take([store(data)], None)) == 1


def test_a_write_is_whole_or_not_at_all(tmp_path: Path) -> None:
    database = Database(tmp_path / "state")
    broken = Changes(entries=[("a", "b", "map", b"k", b"v"), ("a", "b", "map", b"k2", None)])  # type: ignore[list-item]
    with pytest.raises(sqlite3.IntegrityError):
        database.write(broken)
    assert database._connection.execute("SELECT count(*) FROM entries").fetchone() == (0,)


@pytest.mark.parametrize("spoil", ["text", "version"])
def test_fails_on_a_file_of_something_else(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "state"
    if spoil == "text":
        path.write_text("not a database, but long enough to look at" * 50, encoding="utf-8")
    else:
        database = Database(path)
        database._connection.execute("UPDATE meta SET value='1.0.0'")
        database.close()
    with pytest.raises(LocalTargetError, match=r"GF-LOCAL-050: the state in .* can't be restored .* down --purge"):
        Database(path)


def test_folders_of_buckets_that_no_cut_holds_are_deleted(tmp_path: Path) -> None:
    for name in (f"{DEV}/kept", f"{DEV}/lost", f"{PROD}/kept", f".versions/{DEV}/lost"):
        (tmp_path / name).mkdir(parents=True)
    drop_unknown_buckets(tmp_path, [((DEV, "kept"), {})])
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.name in {"kept", "lost"}) == [
        f"{DEV}/kept"
    ]
