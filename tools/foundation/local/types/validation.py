"""Checks properties against a resource schema, as CloudFormation does before it calls a provider.

Checked: unknown, missing and read-only properties, types (with CloudFormation's conversions of
strings), enums, patterns, lengths. Not checked: oneOf, anyOf and dependencies between properties.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from foundation.local.types.schemas import Schema, pointers


def problems(schema: Schema, properties: Mapping[str, Any]) -> list[str]:
    """What CloudFormation would refuse, one line each; empty when the properties are fine."""
    found = list(_check(schema, schema, dict(properties), "#"))
    settable = {name.partition(".")[0] for name in pointers(schema, "writeOnlyProperties")}
    for name in pointers(schema, "readOnlyProperties"):
        if "." not in name and name in properties and name not in settable:
            found.append(f"#: {name} is read-only and can't be set")
    return found


def _check(root: Schema, node: Schema, value: Any, path: str) -> Iterator[str]:
    node = _resolve(root, node)
    kinds = node.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds or []
    if kinds and not any(_is_kind(value, kind) for kind in kinds):
        yield f"{path}: expected type: {' or '.join(kinds)}, found: {type(value).__name__}"
    elif isinstance(value, Mapping):
        yield from _check_object(root, node, value, path)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from _check_array(root, node, value, path)
    else:
        yield from _check_scalar(node, value, path)


def _resolve(root: Schema, node: Schema) -> Schema:
    seen = 0
    while "$ref" in node and seen < 8:
        target: Any = root
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            target = target.get(part, {}) if isinstance(target, dict) else {}
        node, seen = target, seen + 1
    return node


def _check_object(root: Schema, node: Schema, value: Mapping[str, Any], path: str) -> Iterator[str]:
    known: Mapping[str, Schema] = node.get("properties", {})
    patterns: Mapping[str, Schema] = node.get("patternProperties", {})
    for name in node.get("required", []):
        if name not in value:
            yield f"{path}: required key [{name}] not found"
    closed = node.get("additionalProperties") is False and bool(known or patterns)
    for name, item in value.items():
        if name in known:
            yield from _check(root, known[name], item, f"{path}/{name}")
        elif closed and not any(_matches(pattern, str(name)) for pattern in patterns):
            yield f"{path}: extraneous key [{name}] is not permitted"


def _check_array(root: Schema, node: Schema, value: Sequence[Any], path: str) -> Iterator[str]:
    if len(value) < node.get("minItems", 0):
        yield f"{path}: expected minimum item count: {node['minItems']}, found: {len(value)}"
    if len(value) > node.get("maxItems", len(value)):
        yield f"{path}: expected maximum item count: {node['maxItems']}, found: {len(value)}"
    items = node.get("items")
    if isinstance(items, dict):
        for position, item in enumerate(value):
            yield from _check(root, items, item, f"{path}/{position}")


def _check_scalar(node: Schema, value: Any, path: str) -> Iterator[str]:
    text = _text(value)
    allowed = node.get("enum")
    if allowed is not None and text not in {_text(item) for item in allowed}:
        yield f"{path}: {text} is not a valid enum value, allowed: {', '.join(_text(item) for item in allowed)}"
    if not isinstance(value, str):
        return
    if len(value) < node.get("minLength", 0) or len(value) > node.get("maxLength", len(value)):
        yield f"{path}: length {len(value)} is outside {node.get('minLength', 0)}..{node.get('maxLength', '')}"
    pattern = node.get("pattern")
    if isinstance(pattern, str) and not _matches(pattern, value):
        yield f"{path}: string [{value}] does not match pattern {pattern}"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_kind(value: Any, kind: str) -> bool:
    """CloudFormation takes "true" for a boolean, "5" for a number and 5 for a string."""
    if kind == "object":
        return isinstance(value, Mapping)
    if kind == "array":
        return isinstance(value, Sequence) and not isinstance(value, str)
    if isinstance(value, Mapping | list | tuple):
        return False
    if kind == "boolean":
        return _text(value) in {"true", "false"}
    if kind in {"integer", "number"}:
        return not isinstance(value, bool) and re.fullmatch(r"-?\d+(\.\d+)?", str(value)) is not None
    return True


@functools.lru_cache(maxsize=2048)
def _compile(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except re.error:
        # Schemas are written for Java's regular expressions; one that Python can't read isn't checked.
        return None


def _matches(pattern: str, value: str) -> bool:
    compiled = _compile(pattern)
    return compiled is None or compiled.search(value) is not None
