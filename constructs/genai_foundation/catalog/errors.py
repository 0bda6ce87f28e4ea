"""Errors for the person who edits the YAML: every one names file, line, key, value and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

VALUE_LENGTH = 120
KEY_LENGTH = 200
MESSAGE_LENGTH = 700


@dataclass(frozen=True, slots=True)
class ConfigError:
    """One fault in one place. `code` is stable (GF-AREA-NNN); `line` is 1-based, 0 when the fault has no line."""

    code: str
    file: Path
    line: int
    key: str
    value: str
    message: str

    def __post_init__(self) -> None:
        # Keys and values come from the file: what doesn't print, or never ends, must not reach a terminal or a report.
        for name, limit in (("key", KEY_LENGTH), ("message", MESSAGE_LENGTH)):
            object.__setattr__(self, name, printable(getattr(self, name), limit))

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        given = f" = {self.value}" if self.value else ""
        return f"{self.code} {place} {self.key or '(file)'}{given}: {self.message}"

    def as_dict(self) -> dict[str, str | int]:
        """The JSON form that `foundation validate --json` prints."""
        return {
            "code": self.code,
            "file": self.file.as_posix(),
            "line": self.line,
            "key": self.key,
            "value": self.value,
            "message": self.message,
        }


class ConfigErrors(Exception):
    """Every fault of every file, ordered by file and line."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        ordered = sorted(set(errors), key=lambda e: (e.file.as_posix(), e.line, e.key, e.code, e.message))
        self.errors: tuple[ConfigError, ...] = tuple(ordered)
        count = len(self.errors)
        head = f"{count} configuration error{'s' if count != 1 else ''}"
        super().__init__("\n".join([head, *map(str, self.errors)]))


def shown(value: object) -> str:
    """`value` as a short, printable, single line: the form in which errors repeat what was given."""
    if isinstance(value, dict):
        return f"a mapping of {len(value)} keys" if value else "{}"
    if isinstance(value, tuple | list):
        return f"a list of {len(value)} items" if value else "[]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return printable(repr(value[: VALUE_LENGTH * 2] if isinstance(value, str) else value), VALUE_LENGTH)


def printable(text: str, limit: int) -> str:
    """`text` in one line without control or direction characters, cut at `limit` characters."""
    cut = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return cut if cut.isprintable() else "".join(each if each.isprintable() else ascii(each)[1:-1] for each in cut)
