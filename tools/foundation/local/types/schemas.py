"""CloudFormation's own resource schemas, as cfn-lint ships them."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import cfnlint.data.schemas

Schema = dict[str, Any]
_ROOT = Path(next(iter(cfnlint.data.schemas.__path__)))


@functools.lru_cache(maxsize=32)
def type_index(region: str) -> dict[str, str]:
    """Resource types that CloudFormation has in a Region, with the name of each one's schema file."""
    path = _ROOT / "providers" / f"{region}.json"
    if not path.exists():
        return {}
    index: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return index


@functools.lru_cache(maxsize=512)
def _load(name: str) -> Schema:
    schema: Schema = json.loads((_ROOT / "resources" / f"{name}.json").read_text(encoding="utf-8"))
    return schema


def schema_of(resource_type: str, region: str) -> Schema | None:
    """The type's schema in the Region, None where CloudFormation doesn't have the type."""
    name = type_index(region).get(resource_type)
    return _load(name) if name else None


def pointers(schema: Schema, key: str) -> list[str]:
    """Property paths of a pointer list such as readOnlyProperties, written `Outer.Inner`."""
    return [pointer.removeprefix("/properties/").replace("/", ".") for pointer in schema.get(key, [])]
