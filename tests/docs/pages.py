"""The Markdown pages as data: code blocks, code spans, links and anchors."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)``` *$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced code block; `words` is its info string: language, then marks for these tests."""

    page: str
    line: int
    words: tuple[str, ...]
    text: str

    @property
    def language(self) -> str:
        """First word of the info string, empty without one."""
        return self.words[0] if self.words else ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Page:
    """One page, by its path from the checkout."""

    path: str

    @cached_property
    def text(self) -> str:
        """The whole page."""
        return (CHECKOUT / self.path).read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Its code blocks, without the indentation of a list item."""
        return tuple(
            Block(
                self.path,
                self.text.count("\n", 0, found.start()) + 1,
                tuple(found["info"].split()),
                re.sub(rf"^{found['indent']}", "", found["body"], flags=re.MULTILINE),
            )
            for found in FENCE.finditer(self.text)
        )

    @cached_property
    def prose(self) -> str:
        """The page without its code blocks."""
        return FENCE.sub("", self.text)

    def spans(self) -> list[str]:
        """Inline code."""
        return SPAN.findall(self.prose)

    def links(self) -> list[str]:
        """Targets of its links and pictures, those inside inline code left out."""
        return LINK.findall(SPAN.sub("", self.prose))

    def anchors(self) -> set[str]:
        """Anchors of its headings, as GitHub makes them."""
        found: set[str] = set()
        for heading in re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE):
            plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
            slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
            found.add(slug if slug not in found else f"{slug}-{sum(each.startswith(slug) for each in found)}")
        return found

    def table(self, mark: str) -> list[list[str]]:
        """The body rows of the table below the comment `<!-- mark -->`."""
        lines = self.text.split(f"<!-- {mark} -->", 1)[1].lstrip("\n").splitlines()
        rows = lines[: lines.index("")] if "" in lines else lines
        return [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows[2:]]


def pages() -> tuple[Page, ...]:
    """README and everything in docs/."""
    found = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
    return tuple(Page(path.relative_to(CHECKOUT).as_posix()) for path in found)


def page(path: str) -> Page:
    """One page."""
    return Page(path)


def commands(block: Block) -> Iterator[str]:
    """The command lines of a shell block: continued lines joined, comments and blank lines left out."""
    joined = re.sub(r"\\\n\s*", "", block.text)
    for line in joined.splitlines():
        command = re.sub(r"(^|\s)#.*$", "", line).strip()
        if command:
            yield command
