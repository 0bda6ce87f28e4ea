"""JSON lines as texts to look at and places to change. What isn't touched keeps its bytes."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

# Names of things, not of people: a case must keep its id, its strata and what it cites.
UNTOUCHED = frozenset(
    {"id", "case", "kind", "severity", "tags", "citations", "documents", "component", "origin", "$schema"}
)
PATTERNS = frozenset({"pattern"})
"""Regular expressions: what they match is written with backslashes."""
LANGUAGE, DEFAULT_LANGUAGE = "language", "en"


@dataclass(frozen=True)
class Line:
    """One line of a file."""

    file: str
    number: int
    raw: bytes
    value: Any

    @property
    def case(self) -> str:
        """Id of its case, else its place."""
        named = self.value.get("id") or self.value.get("case") if isinstance(self.value, dict) else None
        return str(named or f"{self.file}:{self.number}")

    @property
    def language(self) -> str:
        """Language tag, in lower case; English without one."""
        tags = self.value.get("tags") if isinstance(self.value, dict) else None
        return str(tags.get(LANGUAGE, DEFAULT_LANGUAGE) if isinstance(tags, dict) else DEFAULT_LANGUAGE).lower()

    def texts(self) -> list[str]:
        """Every text that may hold personal data and is replaced."""
        return [text for is_kept, _, text in _texts(self.value) if not is_kept]

    def kept_texts(self) -> list[str]:
        """Every text that is never changed."""
        return [text for is_kept, _, text in _texts(self.value) if is_kept]

    def changed(self, change: Callable[[str], str]) -> bytes:
        """The line with every text changed; its own bytes where nothing did."""
        made = _mapped(self.value, change)
        return self.raw if made == self.value else json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()


def lines(file: str, body: bytes) -> list[Line]:
    """The lines of a file. Raises json.JSONDecodeError for one that isn't JSON."""
    return [Line(file, number, raw, json.loads(raw)) for number, raw in enumerate(body.splitlines(), 1) if raw.strip()]


def _texts(value: Any, kept: bool = False, pattern: bool = False) -> Iterator[tuple[bool, bool, str]]:
    """(never changed, is a regular expression, text) of every text below a value."""
    if isinstance(value, str):
        yield kept, pattern, re.sub(r"\\(\W)", r"\1", value) if pattern else value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, kept, pattern)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, kept or key in UNTOUCHED, pattern or key in PATTERNS)


def _mapped(value: Any, change: Callable[[str], str], pattern: bool = False) -> Any:
    if isinstance(value, str):
        return _expression(value, change) if pattern else change(value)
    if isinstance(value, list):
        return [_mapped(each, change, pattern) for each in value]
    if isinstance(value, dict):
        return {
            key: each if key in UNTOUCHED else _mapped(each, change, pattern or key in PATTERNS)
            for key, each in value.items()
        }
    return value


def _expression(value: str, change: Callable[[str], str]) -> str:
    """A regular expression: values stand in it as they are, or escaped."""
    plain = re.sub(r"\\(\W)", r"\1", value)
    made = change(plain)
    if made == plain:
        return value
    # Escaping is put back around what changed only, so that the rest keeps its meaning.
    return change(value) if change(value) != value else re.escape(made) if re.escape(plain) == value else made
