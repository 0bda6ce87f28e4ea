"""A little SVG: boxes, text that fits, arrows; colours for light and dark."""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

# class -> (light, dark): fill or stroke, see STYLE.
PALETTE: Final = {
    "back": ("#ffffff", "#0d1117"),
    "panel": ("#f6f8fa", "#151b23"),
    "card": ("#ffffff", "#0d1117"),
    "vpc": ("#ddf4ff", "#0c2338"),
    "chip": ("#eaeef2", "#2a313c"),
    "ink": ("#1f2328", "#e6edf3"),
    "soft": ("#59636e", "#9da7b1"),
    "line": ("#afb8c1", "#4a525d"),
    "request": ("#0550ae", "#6cb6ff"),
    "trail": ("#9a6700", "#d9a441"),
    "deploy": ("#59636e", "#9da7b1"),
    "suite": ("#8250df", "#c297ff"),
}
WAYS: Final = ("request", "trail", "deploy", "suite")
FONT: Final = 'system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif'
SIZES: Final = {"title": 19, "head": 15, "name": 13, "body": 13, "small": 12}
BOLD: Final = frozenset({"title", "head", "name"})
NARROW, WIDE = "iljtfrI.,:;'|!()[]/- ", "mwMWABCDEGHKNOPQRSUVXY@%"

Point = tuple[float, float]


def width(text: str, style: str) -> float:
    """Estimated width in pixels, on the wide side: the reader's font isn't known."""
    ems = sum(0.36 if each in NARROW else 0.78 if each in WIDE else 0.58 for each in text)
    return ems * SIZES[style] * (1.05 if style in BOLD else 1)


def fit(text: str, style: str, room: float) -> str:
    """The text, cut where it would leave its room."""
    if width(text, style) <= room:
        return text
    while text and width(f"{text}…", style) > room:
        text = text[:-1]
    return f"{text.rstrip(' ,·')}…"


def wrap(text: str, style: str, room: float) -> list[str]:
    """Lines that each fit the room, broken at blanks."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(longer, style) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return [fit(line, style, room) for line in lines]


class Canvas:
    """Collects elements; `svg` is the file."""

    def __init__(self, size: tuple[int, int], title: str, description: str) -> None:
        self._size = size
        self._title = title
        self._description = description
        self._elements: list[str] = []

    def box(self, x: float, y: float, w: float, h: float, kind: str = "card") -> None:
        """A rounded rectangle."""
        self._elements.append(f'<rect class="{kind} edge" x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="6"/>')

    def text(self, x: float, y: float, text: str, style: str = "body", *, room: float, anchor: str = "start") -> None:
        """One line; `room` is what it may take, in pixels."""
        place = f' text-anchor="{anchor}"' if anchor != "start" else ""
        shown = escape(fit(text, style, room))
        self._elements.append(f'<text class="{style}" x="{x:g}" y="{y:g}"{place}>{shown}</text>')

    def lines(self, x: float, y: float, lines: Sequence[str], style: str = "body", *, room: float) -> None:
        """Lines below each other."""
        for index, line in enumerate(lines):
            self.text(x, y + index * (SIZES[style] + 5), line, style, room=room)

    def chips(self, x: float, y: float, names: Sequence[str], *, room: float) -> None:
        """Names in rounded boxes, in as many rows as they need."""
        left, top = x, y
        for name in names:
            w = width(name, "small") + 14
            if left > x and left + w > x + room:
                left, top = x, top + 30
            self._elements.append(f'<rect class="chip" x="{left:g}" y="{top:g}" width="{w:g}" height="24" rx="12"/>')
            self.text(left + w / 2, top + 16.5, name, "small", room=room, anchor="middle")
            left += w + 6

    def line(self, points: Sequence[Point], kind: str, *, head: str = "") -> None:
        """A line through the points."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._elements.append(f'<polyline class="{kind} way" points="{path}"{head}/>')

    def arrow(self, points: Sequence[Point], kind: str) -> None:
        """A line with a head at its end."""
        self.line(points, kind, head=f' marker-end="url(#{kind})"')

    def step(self, x: float, y: float, number: int) -> None:
        """A numbered dot on the way of a request."""
        self._elements.append(f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="9"/>')
        self._elements.append(f'<text class="number" x="{x:g}" y="{y + 4:g}" text-anchor="middle">{number}</text>')

    def svg(self) -> str:
        """The file's text."""
        w, h = self._size
        return "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
                'aria-labelledby="title description">',
                f'<title id="title">{escape(self._title)}</title>',
                f'<desc id="description">{escape(self._description)}</desc>',
                f"<style>{style()}</style>",
                f"<defs>{''.join(_head(kind) for kind in WAYS)}</defs>",
                f'<rect class="back" width="{w}" height="{h}" rx="10"/>',
                *self._elements,
                "</svg>\n",
            )
        )


def style() -> str:
    """The style sheet: shapes and sizes, the light colours, the dark ones."""
    sizes = "".join(
        f".{name}{{font-size:{size}px;{'font-weight:600' if name in BOLD else ''}}}" for name, size in SIZES.items()
    )
    shapes = (
        f"text{{font-family:{FONT}}}.number{{font-size:12px;font-weight:700}}.way{{fill:none;stroke-width:2}}"
        ".way.trail{stroke-dasharray:6 4}.edge{stroke-width:1}"
    )
    light, dark = (_colours({name: pair[index] for name, pair in PALETTE.items()}) for index in (0, 1))
    return f"{shapes}{sizes}{light}@media (prefers-color-scheme:dark){{{dark}}}"


def _colours(colour: dict[str, str]) -> str:
    fills = "".join(f".{name}{{fill:{colour[name]}}}" for name in ("back", "panel", "card", "vpc", "chip"))
    ways = "".join(f".way.{name}{{stroke:{colour[name]}}}.tip-{name}{{fill:{colour[name]}}}" for name in WAYS)
    texts = f"text{{fill:{colour['ink']}}}.small{{fill:{colour['soft']}}}.number{{fill:{colour['back']}}}"
    return f"{fills}{ways}{texts}.edge{{stroke:{colour['line']}}}.dot{{fill:{colour['request']}}}"


def _head(kind: str) -> str:
    return (
        f'<marker id="{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        f'<path class="tip-{kind}" d="M0 0 8 4 0 8z"/></marker>'
    )
