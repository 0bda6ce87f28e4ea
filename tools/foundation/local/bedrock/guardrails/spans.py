"""Places in a text, and their replacement by placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_PLACEHOLDER = r"\{[A-Z][A-Z_]*\}"


class Span(NamedTuple):
    """Part of a text, `start` included, `end` not."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


class Labelled(NamedTuple):
    """A span and what stands for it when it is masked: an entity type or a regex's name."""

    span: Span
    label: str


def placeholders(text: str, labels: Iterable[str] = ()) -> list[Span]:
    """Where a text holds placeholders already, of entity types or `labels`.

    Nothing in them is detected again, so that masking ends, and masking twice changes nothing.
    """
    own = "|".join(re.escape("{" + label + "}") for label in labels)
    return [Span(*match.span()) for match in re.finditer(f"{own}|{_PLACEHOLDER}" if own else _PLACEHOLDER, text)]


def without_overlaps(found: Iterable[Labelled]) -> list[Labelled]:
    """In the text's order; of overlapping spans the longer one wins, of equal ones the first given."""
    kept: list[Labelled] = []
    for candidate in sorted(found, key=lambda f: f.span.start - f.span.end):
        if not any(candidate.span.overlaps(other.span) for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda f: f.span.start)


def mask(text: str, found: Iterable[Labelled]) -> str:
    """The text with each span replaced by `{label}`; the spans mustn't overlap."""
    parts: list[str] = []
    at = 0
    for span, label in sorted(found):
        parts += [text[at : span.start], "{" + label + "}"]
        at = span.end
    return "".join([*parts, text[at:]])
