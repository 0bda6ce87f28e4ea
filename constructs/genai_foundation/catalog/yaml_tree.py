"""YAML with line numbers: a tree of plain values in which every key and item knows where it stands.

libyaml composes the document (about thirty times faster than a round-trip parser, which matters with hundreds of use
cases on the synth path); scalars follow the YAML 1.2 core schema, so that `no`, `012` or `12:30` stay text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # the stubs are a package of their own, and only this file needs them

from genai_foundation.catalog.errors import ConfigError, shown

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}
WORDS: dict[str, bool | None] = dict.fromkeys(("", "~", "null", "Null", "NULL"))
WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
INTEGER = re.compile(r"[-+]?[0-9]{1,19}\Z")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]{1,3})?\Z")

Scalar = str | int | float | bool | None


@dataclass(slots=True)
class Node:
    """A value and its place. `children` are keyed by key or index; empty for scalars."""

    value: Any
    file: Path
    line: int
    path: tuple[str | int, ...] = ()
    children: dict[str | int, Node] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The place inside the file: `network.dev.primary`, `models.prod[2].id`."""
        return dotted(self.path)

    def get(self, *path: str | int) -> Node | None:
        """The node below `path`, or None when the file has no such place."""
        node: Node | None = self
        for part in path:
            node = node.children.get(part) if node is not None else None
        return node

    def items(self) -> Iterator[tuple[str | int, Node]]:
        """Keys (or indexes) with their nodes; nothing for a scalar."""
        yield from self.children.items()

    def text(self, *path: str | int) -> str | None:
        """The string below `path`, or None when it is absent or of another type."""
        node = self.get(*path)
        return node.value if node is not None and isinstance(node.value, str) else None

    def integer(self, *path: str | int) -> int | None:
        """The integer below `path`, or None when it is absent or of another type."""
        node = self.get(*path)
        return node.value if node is not None and type(node.value) is int else None

    def error(self, code: str, message: str) -> ConfigError:
        """A fault of this very value."""
        return ConfigError(code, self.file, self.line, self.key, shown(self.value), message)


def dotted(path: tuple[str | int, ...]) -> str:
    """The path as people write it: keys joined by dots, indexes in brackets."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


@dataclass(slots=True)
class Document:
    """A file as read: its tree (None when it can't be parsed) and the faults found on the way."""

    file: Path
    root: Node | None
    errors: list[ConfigError]


def read(file: Path) -> Document:
    """Parse one YAML file. Never raises for what the file holds: faults are in `errors`."""
    document = Document(file, None, [])
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        document.errors.append(
            _fault("GF-CFG-001", file, 0, f"cannot be read ({reason}): create it or correct the path")
        )
        return document
    if len(raw) > MAX_BYTES:
        message = f"is larger than {MAX_BYTES} bytes: split it or remove what doesn't belong here"
        document.errors.append(_fault("GF-CFG-002", file, 0, message))
        return document
    try:
        composed = _compose(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        document.errors.append(_fault("GF-CFG-003", file, line, "is not UTF-8: save it with that encoding"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(f"{error.context or ''} {error.problem or ''}".split())
        document.errors.append(
            _fault("GF-CFG-004", file, mark.line + 1 if mark else 0, f"is not valid YAML: {problem}")
        )
    except yaml.YAMLError as error:
        document.errors.append(_fault("GF-CFG-004", file, 0, f"is not valid YAML: {' '.join(str(error).split())}"))
    else:
        document.root = _Builder(document).build(composed)
    return document


def _compose(text: str) -> yaml.Node | None:
    loader = getattr(
        yaml, "CBaseLoader", yaml.BaseLoader
    )  # the pure loader gives the same nodes where libyaml is absent
    composed: yaml.Node | None = yaml.compose(text, Loader=loader)
    return composed


def _fault(code: str, file: Path, line: int, message: str) -> ConfigError:
    return ConfigError(code, file, line, "", "", message)


class _Builder:
    """Turns libyaml's nodes into ours and refuses what plain data doesn't need: aliases, tags, duplicate keys."""

    def __init__(self, document: Document) -> None:
        self._file = document.file
        self._errors = document.errors
        self._seen: set[int] = set()

    def build(self, node: yaml.Node | None) -> Node | None:
        if node is None:
            self._errors.append(_fault("GF-CFG-005", self._file, 0, "is empty: fill it in or delete it"))
            return None
        return self._node(node, ())

    def _node(self, node: yaml.Node, path: tuple[str | int, ...]) -> Node:
        result = Node(None, self._file, node.start_mark.line + 1, path)
        if len(path) > MAX_DEPTH:
            self._errors.append(result.error("GF-CFG-006", f"is nested deeper than {MAX_DEPTH} levels: flatten it"))
        elif id(node) in self._seen:
            self._errors.append(
                result.error("GF-CFG-007", "is a YAML alias: write the value out, so that it reads alone")
            )
        elif node.tag not in PLAIN_TAGS:
            self._errors.append(result.error("GF-CFG-008", f"has the YAML tag {shown(node.tag)}: remove the tag"))
        else:
            self._seen.add(id(node))
            self._fill(result, node, path)
        return result

    def _fill(self, result: Node, node: yaml.Node, path: tuple[str | int, ...]) -> None:
        if isinstance(node, yaml.MappingNode):
            self._mapping(result, node, path)
            result.value = {key: child.value for key, child in result.children.items()}
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                result.children[index] = self._node(item, (*path, index))
            result.value = tuple(child.value for child in result.children.values())
        else:
            result.value = node.value if node.style else _scalar(node.value)

    def _mapping(self, result: Node, node: yaml.MappingNode, path: tuple[str | int, ...]) -> None:
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._errors.append(result.error("GF-CFG-008", "has a key that is not plain text: write a plain key"))
                continue
            key = key_node.value
            child = self._node(value_node, (*path, key))
            child.line = key_node.start_mark.line + 1
            if key in result.children:
                first = result.children[key].line
                self._errors.append(
                    child.error("GF-CFG-009", f"is a duplicate of the key in line {first}: keep one of them")
                )
                continue
            result.children[key] = child


def _scalar(text: str) -> Scalar:
    if text in WORDS:
        return WORDS[text]
    if INTEGER.match(text):
        return int(text)
    number = float(text) if FLOAT.match(text) else math.inf
    return number if math.isfinite(number) else text
