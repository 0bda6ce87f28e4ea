"""Keeps the objects' folder in step with the buckets that the journal knows."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

_VERSIONS = ".versions"


def drop_unknown_buckets(objects: Path, buckets: list[tuple[Any, Any]]) -> None:
    """Delete folders of buckets that no cut holds: made by an operation that a kill interrupted.

    ministack would take such a folder for a bucket, and the operation's repetition would fail on it.
    """
    known = {(account, name) for (account, name), _ in buckets}
    for base in (objects, objects / _VERSIONS):
        for account in base.iterdir() if base.is_dir() else ():
            if not account.is_dir() or account.name == _VERSIONS:
                continue
            for bucket in account.iterdir():
                if (account.name, bucket.name) not in known:
                    shutil.rmtree(bucket)
