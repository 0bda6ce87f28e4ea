"""Expected values that aren't wholly known before the target is asked, and comparison with what it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Unknown:
    """A value that can't be told from the template and the stack; any value fits, and the comparison says so."""

    reason: str


@dataclass(frozen=True)
class Partly:
    """A string with unknown parts: text, Unknown, text …"""

    parts: tuple[str | Unknown, ...]

    @property
    def reason(self) -> str:
        """Why parts are unknown."""
        return "; ".join(dict.fromkeys(part.reason for part in self.parts if isinstance(part, Unknown)))

    def fits(self, text: object) -> bool:
        """Whether a string has the known parts in their places."""
        pattern = "".join(".+" if isinstance(part, Unknown) else re.escape(part) for part in self.parts)
        return isinstance(text, str) and re.fullmatch(pattern, text, re.S) is not None


def join(parts: Iterable[object], separator: str = "") -> str | Partly | Unknown:
    """Strings, Unknown and Partly values as one string."""
    flat: list[str | Unknown] = []
    for index, part in enumerate(parts):
        if index and separator:
            flat.append(separator)
        flat += part.parts if isinstance(part, Partly) else [part if isinstance(part, Unknown) else scalar_text(part)]
    if not any(isinstance(part, Unknown) for part in flat):
        return "".join(part for part in flat if isinstance(part, str))
    return Partly(tuple(flat))


@dataclass(frozen=True)
class Match:
    """Whether two values are the same; `assumed` names what was taken on trust."""

    equal: bool
    assumed: tuple[str, ...] = ()


def same(expected: Any, actual: Any, *, unordered: bool = False) -> Match:
    """Compare a template's value with the target's.

    Scalars compare as text where one is a string (`"30"` and 30, `"true"` and True). `unordered`: lists are sets.
    """
    if isinstance(expected, Unknown):
        return Match(actual is not None, (expected.reason,))
    if isinstance(expected, Partly):
        return Match(expected.fits(actual), (expected.reason,))
    if isinstance(expected, dict) and isinstance(actual, dict):
        if expected.keys() != actual.keys():
            return Match(False)
        return _all(same(expected[key], actual[key], unordered=unordered) for key in expected)
    if isinstance(expected, (list, tuple)) and isinstance(actual, (list, tuple)):
        if len(expected) != len(actual):
            return Match(False)
        if unordered:
            return _as_sets(list(expected), list(actual))
        return _all(same(e, a) for e, a in zip(expected, actual, strict=True))
    if isinstance(expected, (dict, list, tuple)) or isinstance(actual, (dict, list, tuple)):
        return Match(False)
    if expected is None or actual is None:
        return Match(expected is actual)
    return Match(scalar_text(expected) == scalar_text(actual))


def scalar_text(value: object) -> str:
    """A scalar as templates write it: booleans as true and false, whole floats without a fraction."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def is_true(value: object) -> bool:
    """A template's boolean, which may be a string."""
    return scalar_text(value).lower() == "true"


def readable(value: Any) -> Any:
    """A value for the report: unknown parts as `<reason>`, long texts cut."""
    if isinstance(value, Unknown):
        return f"<{value.reason}>"
    if isinstance(value, Partly):
        return "".join(f"<{part.reason}>" if isinstance(part, Unknown) else part for part in value.parts)
    if isinstance(value, dict):
        return {str(key): readable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [readable(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def policy(document: Any) -> Any:
    """A policy document in one form: statements without order, every list a list, numbers and account ids as AWS writes them."""
    if document is None or isinstance(document, (Unknown, Partly)):
        return document
    if isinstance(document, str):
        document = json.loads(document)
    statements = document.get("Statement", [])
    return {
        "Version": document.get("Version", "2008-10-17"),
        "Statement": [_statement(s) for s in (statements if isinstance(statements, list) else [statements])],
    }


def _statement(statement: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in statement.items():
        if key in ("Action", "NotAction", "Resource", "NotResource"):
            made[key] = _unique(value)
        elif key in ("Principal", "NotPrincipal"):
            made[key] = (
                {"AWS": ["*"]} if value == "*" else {k: [_account(v) for v in _unique(v)] for k, v in value.items()}
            )
        elif key == "Condition":
            made[key] = {
                operator: {name: [_text(v) for v in _unique(values)] for name, values in conditions.items()}
                for operator, conditions in value.items()
            }
        else:
            made[key] = value
    return made


def _unique(value: Any) -> list[Any]:
    items = value if isinstance(value, list) else [value]
    return [item for index, item in enumerate(items) if item not in items[:index]]


def _account(principal: Any) -> Any:
    """`123456789012` and `arn:aws:iam::123456789012:root` are the same principal."""
    if isinstance(principal, str) and re.fullmatch(r"\d{12}", principal):
        return f"arn:aws:iam::{principal}:root"
    return principal


def _text(value: Any) -> Any:
    return value if isinstance(value, (Unknown, Partly)) else scalar_text(value)


def _all(matches: Iterable[Match]) -> Match:
    found = list(matches)
    return Match(all(m.equal for m in found), tuple(dict.fromkeys(a for m in found for a in m.assumed)))


def _as_sets(expected: list[Any], actual: list[Any]) -> Match:
    """Each expected item takes an actual one of its own; known items choose first, so that unknown ones get the rest."""
    left = list(actual)
    found: list[Match] = []
    for item in sorted(expected, key=lambda e: _has_unknown(e)):
        hit = next((i for i, other in enumerate(left) if same(item, other, unordered=True).equal), None)
        if hit is None:
            return Match(False)
        found.append(same(item, left.pop(hit), unordered=True))
    return _all(found)


def _has_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_unknown, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_has_unknown, value))
    return isinstance(value, (Unknown, Partly))
