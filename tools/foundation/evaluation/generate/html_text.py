"""Plain text of the HTML fragments in botocore's service models."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_ASIDE = frozenset({"note", "important", "dl", "ul", "ol", "table", "h1", "h2", "h3"})
"""Elements that don't belong to the running text."""
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\[(\"'])")
_ABBREVIATIONS = ("e.g.", "i.e.", "etc.", "vs.", "No.", "St.", "Inc.")


class _Paragraphs(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._aside = 0
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 the interface
        if tag in _ASIDE or tag == "p":
            self.end()
        self._aside += tag in _ASIDE

    def handle_endtag(self, tag: str) -> None:
        if tag in _ASIDE or tag == "p":
            self.end()
        self._aside -= tag in _ASIDE

    def handle_data(self, data: str) -> None:
        if not self._aside:
            self._text.append(data)

    def end(self) -> None:
        """The paragraph that was open is complete."""
        if text := " ".join("".join(self._text).split()):
            self.found.append(text)
        self._text.clear()


def paragraphs(html: str) -> list[str]:
    """The paragraphs of running text, without notes, lists and tables; white space collapsed."""
    parser = _Paragraphs()
    parser.feed(html)
    parser.close()
    parser.end()
    return parser.found


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if text[start : end.start()].endswith(_ABBREVIATIONS):
            continue
        found.append(text[start : end.start()])
        start = end.end()
    return [*found, text[start:]]


def first_sentence(html: str) -> str:
    """The first sentence of the running text; empty where there is none."""
    found = paragraphs(html)
    return sentences(found[0])[0].strip() if found else ""
