"""YAML with line numbers: a tree of plain values in which every key and item knows where it stands.

libyaml parses (about thirty times faster than a round-trip parser, which matters with hundreds of use cases on the synth
path); scalars follow the YAML 1.2 core schema, so that `no`, `0o17` or `12:30` stay text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from genai_foundation.catalog.errors import ConfigError, shown

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
WORDS: dict[str, bool | None] = dict.fromkeys(("", "~", "null", "Null", "NULL"))
WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
INTEGER = re.compile(r"[-+]?[0-9]{1,19}\Z")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]{1,3})?\Z")

Scalar = str | int | float | bool | None


@dataclass(slots=True)
class Node:
    """A value and its place. `children` are keyed by key or index; empty for scalars. A `lost` value could not be read."""

    value: Any
    file: Path
    line: int
    path: tuple[str | int, ...] = ()
    children: dict[str | int, Node] = field(default_factory=dict)
    lost: bool = False

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
        document.root = _Builder(document, raw.decode("utf-8-sig")).build()
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
    return document


def _fault(code: str, file: Path, line: int, message: str, key: str = "") -> ConfigError:
    return ConfigError(code, file, line, key, "", message)


class _Builder:
    """Builds the tree from libyaml's events and refuses what plain data doesn't need: aliases, tags, duplicate keys.

    From events and not from composed nodes: the composer recurses in C, where deep nesting ends the process.
    """

    def __init__(self, document: Document, text: str) -> None:
        self._file = document.file
        self._errors = document.errors
        # The pure loader gives the same events where PyYAML was built without libyaml.
        self._events: Iterator[yaml.Event] = iter(
            yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
        )

    def build(self) -> Node | None:
        """The tree; None when there is none. Raises YAMLError."""
        while not isinstance(event := next(self._events), yaml.DocumentStartEvent):
            if isinstance(event, yaml.StreamEndEvent):
                self._errors.append(_fault("GF-CFG-005", self._file, 0, "is empty: fill it in or delete it"))
                return None
        try:
            root = self._node(next(self._events), (), None)
        except _TooDeepError as error:
            text = f"values are nested deeper than {MAX_DEPTH} levels: flatten them"
            self._errors.append(_fault("GF-CFG-006", self._file, error.line, text))
            return None
        next(self._events)
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            text = "holds a second YAML document: make it a file of its own"
            self._errors.append(_fault("GF-CFG-004", self._file, following.start_mark.line + 1, text))
            return None
        return root

    def _node(self, event: yaml.Event, path: tuple[str | int, ...], line: int | None) -> Node:
        here = event.start_mark.line + 1
        result = Node(None, self._file, line or here, path)
        if len(path) > MAX_DEPTH:
            raise _TooDeepError(here)
        if isinstance(event, yaml.AliasEvent):
            self._errors.append(
                result.error("GF-CFG-007", "is a YAML alias: write the value out, so that it reads alone")
            )
            return result
        if event.tag is not None:
            self._errors.append(result.error("GF-CFG-008", f"has the YAML tag {shown(event.tag)}: remove the tag"))
        if isinstance(event, yaml.MappingStartEvent):
            self._mapping(result)
            result.value = {key: child.value for key, child in result.children.items()}
        elif isinstance(event, yaml.SequenceStartEvent):
            while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
                index = len(result.children)
                result.children[index] = self._node(item, (*path, index), None)
            result.value = tuple(child.value for child in result.children.values())
        else:
            result.value = event.value if event.style else _scalar(event.value)
        return result

    def _mapping(self, result: Node) -> None:
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            key = event.value if isinstance(event, yaml.ScalarEvent) and event.tag is None else None
            if key is None:
                place = self._node(event, (*result.path, "?"), line)
                self._errors.append(place.error("GF-CFG-008", "is a key that is not plain text: write a plain key"))
            child = self._node(next(self._events), (*result.path, "?" if key is None else key), line)
            if key is None:
                continue
            if key in result.children:
                first = result.children[key].line
                self._errors.append(
                    child.error("GF-CFG-009", f"is a duplicate of the key in line {first}: keep one of them")
                )
                continue
            result.children[key] = child


class _TooDeepError(Exception):
    """Ends the parse: what follows is as deep or deeper."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _scalar(text: str) -> Scalar:
    if text in WORDS:
        return WORDS[text]
    if INTEGER.match(text):
        return int(text)
    number = float(text) if FLOAT.match(text) else math.inf
    return number if math.isfinite(number) else text
