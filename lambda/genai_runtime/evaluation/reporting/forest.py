"""Forest plots: one small SVG for each row of a table, all rows on the same axis.

Horizontal positions are percentages, so that a row is as wide as its cell without distorting marks and text.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from genai_runtime.evaluation.verdict import Decision, Interval

HEIGHT: Final = 38
_MIDDLE: Final = 14
_BELOW: Final = 30
"""Where the baseline's ring is, clear of the interval."""
_INSET: Final = 3.0
"""Per cent left free on either side, for marks at the ends of the axis."""
_STEPS: Final = (0.02, 0.05, 0.1, 0.2)
_MARKS: Final[dict[Decision, str]] = {
    "PROMOTE": "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0Z",
    "HOLD": "M-6.5 0L0-6.5L6.5 0L0 6.5Z",
    "REJECT": "M-5-5H5V5H-5Z",
}
"""A circle, a diamond and a square: the decision is seen without colour."""


@dataclass(frozen=True)
class Axis:
    """A linear axis from `low` to `high`, with a tick every `step`."""

    low: float
    high: float
    step: float

    def at(self, value: float) -> float:
        """Position in per cent of the width; beyond the ends, the end."""
        inside = min(max(value, self.low), self.high)
        return round(_INSET + (100 - 2 * _INSET) * (inside - self.low) / (self.high - self.low), 3)

    @property
    def ticks(self) -> tuple[float, ...]:
        """Values of the ticks."""
        return tuple(self.low + number * self.step for number in range(round((self.high - self.low) / self.step) + 1))


@dataclass(frozen=True)
class Row:
    """What a row shows; all in the axis' unit."""

    title: str
    description: str
    estimate: float | None
    interval: Interval | None
    threshold: float
    decision: Decision
    baseline: float | None = None


def share_axis(values: Iterable[float]) -> Axis:
    """An axis between 0 and 1 that holds all `values`, with two to six steps of the smallest size that does."""
    inside = [min(max(value, 0.0), 1.0) for value in values] or [0.0, 1.0]
    for step in _STEPS:
        most = round(1 / step)
        start = max(math.floor(min(inside) / step - 0.25), 0)
        end = min(math.ceil(max(inside) / step + 0.25), most)
        start, end = min(start, most - 2), max(end, 2)
        if end - start < 2:
            end = start + 2
        if end - start <= 6:
            break
    return Axis(round(start * step, 4), round(end * step, 4), step)


def own_axis(values: Iterable[float]) -> Axis:
    """An axis from 0 to somewhat more than the greatest value."""
    high = max(values, default=1.0) * 1.15 or 1.0
    return Axis(0.0, high, high)


def axis_labels(axis: Axis) -> Markup:
    """The axis above the rows."""
    anchors = {axis.low: "start", axis.high: "end"}
    texts = Markup("").join(
        Markup('<text x="{}%" y="12" class="a-{}">{}</text>').format(
            axis.at(tick) if anchors.get(tick) is None else (0 if tick == axis.low else 100),
            anchors.get(tick, "middle"),
            f"{tick:.3g}".replace("-", "−"),
        )
        for tick in axis.ticks
    )
    return Markup('<svg class="axis" height="16" aria-hidden="true" focusable="false">{}</svg>').format(texts)


def forest_row(axis: Axis, row: Row, uid: str, *, grid: bool = True) -> Markup:
    """One row: threshold as a line, interval as a bar with its ends, estimate as a mark, baseline as a ring."""
    parts = [_line(axis.at(tick), 0, HEIGHT, "grid") for tick in axis.ticks] if grid else []
    threshold = axis.at(row.threshold)
    parts.append(_line(threshold, 2, HEIGHT - 2, "threshold"))
    tone = row.decision.lower()
    if row.interval is not None:
        low, high = axis.at(row.interval.low), axis.at(row.interval.high)
        parts.append(
            Markup('<line x1="{}%" x2="{}%" y1="{}" y2="{}" class="interval {}"/>').format(
                low, high, _MIDDLE, _MIDDLE, tone
            )
        )
        parts += [_line(each, _MIDDLE - 5, _MIDDLE + 5, f"interval {tone}") for each in (low, high)]
    if row.baseline is not None:
        parts.append(
            Markup('<circle cx="{}%" cy="{}" r="4.5" class="baseline"/>').format(axis.at(row.baseline), _BELOW)
        )
    if row.estimate is not None:
        parts.append(
            Markup('<svg x="{}%" y="{}" class="mark"><path d="{}" class="estimate {}"/></svg>').format(
                axis.at(row.estimate), _MIDDLE, _MARKS[row.decision], tone
            )
        )
    return Markup(
        '<svg class="forest" height="{}" role="img" aria-labelledby="{}-t {}-d"><title id="{}-t">{}</title>'
        '<desc id="{}-d">{}</desc>{}</svg>'
    ).format(HEIGHT, uid, uid, uid, escape(row.title), uid, escape(row.description), Markup("").join(parts))


def _line(x: float, top: float, bottom: float, kind: str) -> Markup:
    return Markup('<line x1="{}%" x2="{}%" y1="{}" y2="{}" class="{}"/>').format(x, x, top, bottom, kind)
