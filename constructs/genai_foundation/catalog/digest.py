"""The content hash of a catalog file: what it says, not how it is written."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def digest(content: Any) -> str:
    """`sha256:…` over the canonical JSON of the parsed file: order of keys, comments and layout don't count.

    It is taken over the file's own data, not over the validated model, so that a new optional key in a later version of
    this package leaves the hashes of released files alone.
    """
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
