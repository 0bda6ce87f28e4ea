"""Pictures of the documents: one style, and files that come out byte for byte the same each time."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

mpl.use("Agg")
from matplotlib.axes import Axes
from matplotlib.figure import Figure

STYLE: Final[dict[Any, Any]] = {
    "svg.hashsalt": "genai-foundation", "svg.fonttype": "path", "font.size": 10, "axes.grid": True, "grid.alpha": 0.3,
    "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False, "figure.facecolor": "white",
}  # fmt: skip

Draw = Callable[[Mapping[str, Any]], Mapping[str, str]]
"""File name -> SVG, of computed data."""


def line(axes: Axes, rows: Sequence[Mapping[str, float]], across: str, up: str, label: str, **style: Any) -> Any:
    """Draw two columns of a table against each other."""
    given = {"marker": "o", "markersize": 2.5, **style}
    return axes.plot([row[across] for row in rows], [row[up] for row in rows], label=label or None, **given)


def svg(figure: Figure) -> str:
    """The picture, without its date."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return "".join(f"{each.rstrip()}\n" for each in out.getvalue().splitlines())


def write(data: Mapping[str, Any], file: Path, draw: Draw) -> None:
    """Write computed data, and beside it the pictures drawn from it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    for name, text in draw(data).items():
        (file.parent / name).write_text(text, encoding="utf-8")
