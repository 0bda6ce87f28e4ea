"""The curves of docs/evaluation/statistics.md: `python -m foundation.evaluation.curves` simulates and draws them again.

curves.json beside the pictures holds what they show; a test repeats a part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from foundation import drawing
from foundation.cdk import ROOT
from foundation.drawing import STYLE, line, svg
from foundation.evaluation.simulation import (
    DISTRIBUTIONS,
    fixed_mean,
    fixed_rate,
    levels_of,
    sequential_mean,
    sequential_rate,
)
from genai_runtime.evaluation.gate.level import Level
from genai_runtime.evaluation.gate.spending import Spending

FOLDER: Final = ROOT / "docs" / "images" / "evaluation"
DATA: Final = FOLDER / "curves.json"
SEED: Final = 20260901
ALPHA: Final = 0.05
LEVEL: Final = Level(ALPHA / 2)
THRESHOLD: Final = 0.9
RATE_THRESHOLDS: Final = (0.8, 0.9, 0.95)
RATE_CASES: Final = (30, 40, 50, 60, 80, 100, 130, 160, 200, 250, 300, 400)
MEAN_CASES: Final = (20, 30, 50, 100, 200, 400)
MEAN_SAMPLES: Final = 4000
RESAMPLES: Final = 1999
POWER_CASES: Final = (100, 200, 400, 800)
TRUE: Final = tuple(round(0.84 + 0.005 * step, 3) for step in range(32))
SEQUENTIAL_CASES: Final = (60, 120, 180, 240)
SEQUENTIAL_SAMPLES: Final = 4000
SPENDINGS: Final[tuple[Spending, ...]] = ("obrien-fleming", "pocock")


def simulate() -> dict[str, Any]:
    """Everything that the pictures show. Takes minutes."""
    return {
        "rates": {f"{threshold:g}": rates(threshold, RATE_CASES) for threshold in RATE_THRESHOLDS},
        "means": {name: means(name, MEAN_CASES) for name in DISTRIBUTIONS},
        "power": {str(cases): power(cases) for cases in POWER_CASES},
        "sequential": {spending: sequential(spending) for spending in SPENDINGS}
        | {"fixed": power(SEQUENTIAL_CASES[-1])},
        "sequential-means": {
            spending: {name: sequential_means(name, spending) for name in DISTRIBUTIONS} for spending in SPENDINGS
        },
    }


def rates(threshold: float, sizes: Sequence[int]) -> list[dict[str, float]]:
    """True rate at the threshold, exactly."""
    return [_row(**vars(fixed_rate(threshold, threshold, cases, LEVEL))) for cases in sizes]


def means(name: str, sizes: Sequence[int]) -> list[dict[str, float]]:
    """True mean at the threshold, simulated."""
    draw = DISTRIBUTIONS[name]
    return [
        _row(cases=cases, **vars(fixed_mean(draw, THRESHOLD, THRESHOLD, cases, MEAN_SAMPLES, LEVEL, RESAMPLES, SEED)))
        for cases in sizes
    ]


def power(cases: int) -> list[dict[str, float]]:
    """A fixed run by the true rate, exactly."""
    return [_row(true=true, **vars(fixed_rate(true, THRESHOLD, cases, LEVEL))) for true in TRUE]


def sequential(spending: Spending) -> list[dict[str, float]]:
    """Early stopping by the true rate, exactly."""
    levels = _levels(spending)
    return [_row(true=true, **vars(sequential_rate(true, THRESHOLD, SEQUENTIAL_CASES, levels))) for true in TRUE]


def sequential_means(name: str, spending: Spending) -> dict[str, float]:
    """Early stopping with the true mean at the threshold, simulated."""
    levels = _levels(spending)
    draw = DISTRIBUTIONS[name]
    found = sequential_mean(draw, THRESHOLD, THRESHOLD, SEQUENTIAL_CASES, levels, SEQUENTIAL_SAMPLES, SEED)
    return _row(**vars(found))


def _levels(spending: Spending) -> list[Level]:
    fractions = tuple(cases / SEQUENTIAL_CASES[-1] for cases in SEQUENTIAL_CASES)
    return levels_of(fractions, Level(LEVEL.alpha, spending=spending))


def _row(**values: float) -> dict[str, float]:
    return {name: round(float(value), 6) for name, value in values.items()}


def draw(data: Mapping[str, Any]) -> dict[str, str]:
    """File name -> SVG. The same data gives the same bytes."""
    with mpl.rc_context(STYLE):
        return {
            "false-promote.svg": svg(_false_promote(data)),
            "power.svg": svg(_power(data)),
            "early-stopping.svg": svg(_early_stopping(data)),
        }


def _false_promote(data: Mapping[str, Any]) -> Figure:
    figure, (left, right, last) = _panels(3)
    for threshold, rows in data["rates"].items():
        line(left, rows, "cases", "promoted", f"threshold {threshold}")
    for name, rows in data["means"].items():
        line(right, rows, "cases", "bca_promoted", name)
        line(last, rows, "cases", "promoted", name)
    titles = ("rates, exact", f"means at {THRESHOLD:g}: BCa's bound alone", f"means at {THRESHOLD:g}: the gate")
    for axes, title in zip((left, right, last), titles, strict=True):
        axes.axhline(ALPHA, color="black", linewidth=1, linestyle="--")
        axes.axhline(ALPHA / 2, color="black", linewidth=1, linestyle=":")
        axes.set(title=title, xlabel="cases", xscale="log")
        axes.set_xticks([20, 50, 100, 200, 400], labels=["20", "50", "100", "200", "400"])
        axes.minorticks_off()
    left.set(ylabel="promoted though only at the threshold", ylim=(0, 0.08))
    last.set_ylim(0, 0.08)
    left.legend(fontsize=8)
    right.legend(fontsize=8)
    return figure


def _power(data: Mapping[str, Any]) -> Figure:
    figure, (left, right) = _panels(2)
    for cases, rows in data["power"].items():
        line(left, rows, "true", "promoted", f"{cases} cases")
        line(right, rows, "true", "rejected", f"{cases} cases")
    for axes, title in ((left, "PROMOTE"), (right, "REJECT")):
        axes.axvline(THRESHOLD, color="black", linewidth=1, linestyle="--")
        axes.axhline(0.8, color="black", linewidth=1, linestyle=":")
        axes.set(title=f"{title}, threshold {THRESHOLD:g}", xlabel="true rate", ylim=(0, 1))
    left.set_ylabel("probability")
    left.legend(fontsize=8)
    return figure


def _early_stopping(data: Mapping[str, Any]) -> Figure:
    figure, (left, right) = _panels(2)
    for name, rows in data["sequential"].items():
        line(left, rows, "true", "cases", name)
        line(right, rows, "true", "promoted", name)
    left.set(title="cases on average", xlabel="true rate", ylabel="cases", ylim=(0, 260))
    right.set(title=f"PROMOTE, threshold {THRESHOLD:g}", xlabel="true rate", ylabel="probability", ylim=(0, 1))
    for axes in (left, right):
        axes.axvline(THRESHOLD, color="black", linewidth=1, linestyle="--")
    left.legend(fontsize=8, loc="lower left")
    return figure


def _panels(count: int) -> tuple[Figure, Sequence[Axes]]:
    figure = Figure(figsize=(4 * count, 3.4), layout="constrained")
    return figure, list(figure.subplots(1, count))


def write(folder: Path = FOLDER) -> None:
    """Simulate and draw everything."""
    drawing.write(simulate(), folder / DATA.name, draw)


if __name__ == "__main__":
    write()
