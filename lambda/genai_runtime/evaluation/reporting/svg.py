"""Figures of matplotlib as inline SVG that follows the page: its colours in light and dark, its font, its policy.

The page's content security policy forbids style attributes, so colours become classes and all else presentation
attributes. Ids are renumbered below the figure's own, because a page holds several figures.
"""

import io
import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as Xml

import matplotlib
from markupsafe import Markup
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

SERIES: Final = ("#0a0001", "#0a0002", "#0a0003", "#0a0004", "#0a0005", "#0a0006")
TEXT, MUTED, GRID, SURFACE, LIMIT = "#0a0010", "#0a0011", "#0a0012", "#0a0013", "#0a0014"
_NAMES: Final = {
    **{colour: f"s{number}" for number, colour in enumerate(SERIES)},
    TEXT: "text", MUTED: "muted", GRID: "line", SURFACE: "surface", LIMIT: "limit",
}  # fmt: skip
"""Colours that no page shows: the page's CSS gives each class its real one."""
_SETTINGS: Final[dict["RcKeyType", Any]] = {
    "svg.fonttype": "none", "axes.facecolor": "none",
    "svg.hashsalt": "genai-foundation", "text.parse_math": False, "font.size": 9.5,
    "text.color": TEXT, "axes.edgecolor": GRID, "axes.labelcolor": MUTED, "xtick.color": GRID, "ytick.color": GRID,
    "xtick.labelcolor": MUTED, "ytick.labelcolor": MUTED, "grid.color": GRID, "grid.linewidth": 0.8,
    "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False, "axes.grid": True,
    "axes.axisbelow": True, "xtick.major.size": 0, "ytick.major.size": 0, "axes.labelsize": 9.5, "path.simplify": False,
}  # fmt: skip
_SPACE: Final = re.compile(r"\s+")
_REFERENCE: Final = re.compile(r"url\(#([^)]+)\)")
_DROPPED: Final = {"metadata", "style"}


def draw(
    plot: Callable[[Figure], None], uid: str, *, title: str, description: str, size: tuple[float, float] = (4.1, 2.7)
) -> Markup:
    """An inline SVG of what `plot` draws. `size` is in inches of 72 CSS pixels; the page scales it to its column."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        # A name in a script that matplotlib's own font lacks is drawn by the browser, with the page's fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=size)
        plot(figure)
        figure.patch.set_visible(False)
        out = io.BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    root = Xml.fromstring(out.getvalue())  # noqa: S314 made by matplotlib just now
    return Markup(_serialised(root, uid, title, description))  # noqa: S704 serialised by ElementTree, which escapes


def _serialised(root: Xml.Element, uid: str, title: str, description: str) -> str:
    _strip(root)
    _renumber(root, uid)
    viewbox = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update({"viewBox": viewbox, "class": "plot", "role": "img", "aria-labelledby": f"{uid}-t {uid}-d"})
    for position, (tag, text, suffix) in enumerate((("title", title, "t"), ("desc", description, "d"))):
        element = Xml.Element(tag, {"id": f"{uid}-{suffix}"})
        element.text = text
        root.insert(position, element)
    return Xml.tostring(root, encoding="unicode", short_empty_elements=False)


def _strip(element: Xml.Element) -> None:
    """Local names, classes for colours, no metadata, no white space between elements."""
    element.tag = element.tag.rpartition("}")[2]
    element.tail = None
    if element.text is not None and element.tag != "text":
        element.text = None
    for key in [key for key in element.attrib if "}" in key]:
        element.set(key.rpartition("}")[2], element.attrib.pop(key))
    if "d" in element.attrib:
        element.set("d", _SPACE.sub(" ", element.attrib["d"]).strip())
    _restyle(element)
    for child in list(element):
        if child.tag.rpartition("}")[2] in _DROPPED:
            element.remove(child)
        else:
            _strip(child)


def _restyle(element: Xml.Element) -> None:
    classes = []
    for declaration in filter(None, map(str.strip, element.attrib.pop("style", "").split(";"))):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name in ("fill", "stroke") and value in _NAMES:
            classes.append(f"{'f' if name == 'fill' else 'k'}-{_NAMES[value]}")
        elif name not in ("font", "font-family"):
            element.set(name, value)
    if classes:
        element.set("class", " ".join(classes))


def _renumber(root: Xml.Element, uid: str) -> None:
    used: dict[str, str] = {}
    for element in root.iter():
        for value in element.attrib.values():
            found = _REFERENCE.findall(value) + ([value[1:]] if value.startswith("#") else [])
            for old in found:
                used.setdefault(old, f"{uid}-{len(used) + 1}")
    for element in root.iter():
        if (old_id := element.attrib.pop("id", None)) in used:
            element.set("id", used[old_id or ""])
        for key, value in element.attrib.items():
            if key == "href":
                element.set(key, "#" + used[value[1:]])
            elif match := _REFERENCE.search(value):
                element.set(key, f"url(#{used[match[1]]})")
