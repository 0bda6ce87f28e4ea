"""Quality against cost and latency, and the distributions of times, drawn by matplotlib."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from genai_runtime.evaluation.reporting import svg
from genai_runtime.evaluation.reporting.data import percentile
from genai_runtime.evaluation.reporting.pareto import Point, front
from genai_runtime.evaluation.reporting.text import listed, share

_MARKERS: Final = ("o", "s", "D", "^", "v", "P")
_SHAPES: Final = (
    "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0Z", "M-4-4H4V4H-4Z", "M0-5.5L5.5 0L0 5.5L-5.5 0Z",
    "M-5 4L0-5L5 4Z", "M-5-4L0 5L5-4Z", "M-5-2H-2V-5H2V-2H5V2H2V5H-2V2H-5Z",
)  # fmt: skip
"""The same marks as paths, for legends."""
_DASHES: Final = ((0, ()), (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)), (0, (9, 2)), (0, (3, 1, 1, 1, 1, 1)))
_STEPS: Final = 200
"""Quantiles drawn of each distribution: the eye sees no difference, and the page stays small."""


@dataclass(frozen=True)
class Series:
    """A candidate's measurements, sorted ascending."""

    label: str
    values: list[float]


def pareto(points: Sequence[Point], uid: str, *, quantity: str, unit: Callable[[float], str]) -> Markup:
    """Quality (up) against a quantity that should be small (left), with the front of those that nothing dominates."""
    best = front(points)
    names = [point.label for point in best]

    def plot(figure: Figure) -> None:
        figure.set_layout_engine("constrained")
        axes = figure.add_subplot()
        axes.plot(
            [point.x for point in best], [point.quality for point in best],
            color=svg.MUTED, linewidth=1.2, linestyle=(0, (4, 3)), zorder=2, drawstyle="steps-post",
        )  # fmt: skip
        for point in points:
            number = point.series
            colour, on_front = svg.SERIES[number % len(svg.SERIES)], point in best
            axes.plot(
                [point.x], [point.quality], marker=_MARKERS[number % len(_MARKERS)], markersize=9, linestyle="",
                markerfacecolor=colour if on_front else svg.SURFACE, markeredgecolor=colour, markeredgewidth=1.8,
                zorder=3, clip_on=False,
            )  # fmt: skip
        _margins(axes, [point.x for point in points], [point.quality for point in points])
        axes.set_xlabel(f"{quantity} (less is better)")
        axes.set_ylabel("cases passed")
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: unit(value)))
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g} %"))

    described = "; ".join(f"{point.label}: {share(point.quality)} at {unit(point.x)}" for point in points)
    return svg.draw(
        plot, uid, size=(4.4, 2.9),
        title=f"Cases passed against {quantity.lower()}",
        description=f"{described}. Pareto front: {listed(names, 6)}.",
    )  # fmt: skip


def distribution(
    series: Sequence[Series], uid: str, *, quantity: str, unit: Callable[[float], str], limit: float | None = None
) -> Markup:
    """Cumulative distributions: the share of answers (up) that took at most so much (right)."""
    shown = [each for each in series if each.values]

    def plot(figure: Figure) -> None:
        figure.set_layout_engine("constrained")
        axes = figure.add_subplot()
        for each in shown:
            number = series.index(each)
            axes.plot(
                *_steps(each.values), color=svg.SERIES[number % len(svg.SERIES)], linewidth=1.8,
                linestyle=_DASHES[number % len(_DASHES)], drawstyle="steps-post",
            )  # fmt: skip
        if limit is not None:
            axes.axvline(limit, color=svg.LIMIT, linewidth=1.4)
            axes.plot([limit], [0.95], marker="o", markersize=6, color=svg.LIMIT, linestyle="", clip_on=False)
        highest = max(percentile(each.values, 0.995) or 0.0 for each in shown)
        axes.set_xlim(0, max(highest, limit or 0.0) * 1.06 or 1.0)
        axes.set_ylim(0, 1.02)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 0.95], ["", "25 %", "50 %", "75 %", "95 %"])
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: unit(value)))

    medians = "; ".join(
        f"{each.label}: median {unit(percentile(each.values, 0.5) or 0)}, "
        f"95 % within {unit(percentile(each.values, 0.95) or 0)}"
        for each in shown
    )
    limited = f" The limit of the 95th percentile is {unit(limit)}." if limit is not None else ""
    return svg.draw(plot, uid, title=f"Distribution of {quantity.lower()}", description=f"{medians}.{limited}")


def swatch(number: int) -> Markup:
    """The line and the mark of a series, for legends: decoration beside a name."""
    kind, (_, dashes) = number % len(_MARKERS), _DASHES[number % len(_DASHES)]
    return Markup(
        '<svg class="plot swatch" viewBox="0 0 36 14" aria-hidden="true" focusable="false">'
        '<path d="M0 7H36" class="k-s{0}" stroke-width="1.8" stroke-dasharray="{1}"/>'
        '<path d="{2}" transform="translate(18 7)" class="f-s{0}"/></svg>'
    ).format(kind, " ".join(f"{1.8 * each:g}" for each in dashes), _SHAPES[kind])


def _steps(values: list[float]) -> tuple[list[float], list[float]]:
    count = min(len(values), _STEPS)
    shares = [(number + 1) / count for number in range(count)]
    return [values[0], *(percentile(values, each) or 0.0 for each in shares)], [0.0, *shares]


def _margins(axes: Axes, across: Sequence[float], up: Sequence[float]) -> None:
    """Room around the marks; quality never beyond 0 and 1 by more than a mark."""
    axes.set_xlim(0, max(across) * 1.15 or 1.0)
    room = max(max(up) - min(up), 0.04) * 0.35
    axes.set_ylim(max(min(up) - room, -0.02), min(max(up) + room, 1.02))
