"""The curves and tables of docs/releasing/statistics.md: `python -m foundation.bench.release.curves` makes them again.

curves.json beside the pictures holds what they show. Minutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from foundation import drawing
from foundation.bench.release.comparisons import DRAWS, decided
from foundation.bench.release.delay import delay, least_requests, oracle_edge, repeated_edge, sequence_edge
from foundation.bench.release.later import later
from foundation.cdk import ROOT
from foundation.drawing import STYLE, line, svg
from genai_runtime.live.online.watch import WHOLE

FOLDER: Final = ROOT / "docs" / "images" / "releasing"
DATA: Final = FOLDER / "curves.json"
SEED: Final = 20261121
ALPHA: Final = 0.01
LIMITS: Final = (0.02, 0.05, 0.1, 0.2)
TIMES: Final = (1.5, 1.75, 2, 2.5, 3, 4, 5)
"""True share over limit."""
MOST: Final = 0.9
REQUESTS: Final = 30_000
LONG: Final = 20_000
CALM: Final = (0, 100, 200, 500, 1000, 2000, 5000)
LATE_RUNS: Final = 300
SHARE, LIMIT, CALM_SHARE = 0.2, 0.05, 0.01
PLANNED: Final = (50, 100, 200, 400, 800)
AB_RUNS: Final = 1000


def compute() -> dict[str, Any]:
    """Everything that the page shows."""
    return {
        "delays": {f"{limit:g}": [_delay(limit, share) for share in _shares(limit)] for limit in LIMITS},
        "alarms": _alarms(),
        "later": [_later(calm) for calm in CALM],
        "errors": {name: [_errors(name, planned) for planned in PLANNED] for name in DRAWS},
        "power": [_power(planned) for planned in PLANNED],
    }


def _shares(limit: float) -> list[float]:
    return [times * limit for times in TIMES if times * limit <= MOST]


def _delay(limit: float, share: float) -> dict[str, float]:
    found = delay(sequence_edge(limit, ALPHA * WHOLE, REQUESTS), share)
    oracle = delay(oracle_edge(limit, share, ALPHA, REQUESTS), share).mean
    row = {
        "share": share,
        "mean": found.mean,
        "p90": found.percentile(90),
        "least": least_requests(limit, share, ALPHA),
    }
    return _row(**row, oracle=oracle)


def _alarms() -> list[dict[str, float]]:
    ours, theirs = (
        np.cumsum(delay(each(LIMIT, level, LONG), LIMIT).probability)
        for each, level in ((sequence_edge, ALPHA * WHOLE), (repeated_edge, ALPHA))
    )
    return [
        _row(requests=at, sequence=ours[at - 1] + ALPHA * (1 - WHOLE), repeated=theirs[at - 1])
        for at in (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
    ]


def _later(calm: int) -> dict[str, float]:
    alone = delay(sequence_edge(LIMIT, ALPHA * WHOLE, calm + 10_000), SHARE, before=(calm, CALM_SHARE)).mean
    found = later(LIMIT, ALPHA, calm, (CALM_SHARE, SHARE), LATE_RUNS, SEED)
    return _row(calm=calm, both=float(np.mean(found)), p90=float(np.percentile(found, 90)), alone=alone)


def _errors(name: str, planned: int) -> dict[str, float]:
    """Both arms alike, nothing allowed: the candidate is exactly at the least acceptable difference."""
    found = decided(DRAWS[name], (0.95, 0.95), planned, ratio=3, alpha=ALPHA, runs=AB_RUNS, seed=planned)
    return _row(planned=planned, **found)


def _power(planned: int) -> dict[str, float]:
    draw = DRAWS["some requests each"]
    alike = decided(draw, (0.95, 0.95), planned, allowed=0.05, alpha=ALPHA, runs=AB_RUNS, seed=planned)
    worse = decided(draw, (0.85, 0.95), planned, allowed=0.05, alpha=ALPHA, runs=AB_RUNS, seed=planned)
    return _row(planned=planned, promoted=alike["PROMOTE"], rejected=worse["REJECT"], users=worse["users"])


def _row(**values: float) -> dict[str, float]:
    return {name: round(float(value), 6) for name, value in values.items()}


def draw(data: Mapping[str, Any]) -> dict[str, str]:
    """File name -> SVG. The same data gives the same bytes."""
    with mpl.rc_context(STYLE):
        return {"delay.svg": svg(_delays(data)), "alarms.svg": svg(_alarms_and_later(data))}


def _delays(data: Mapping[str, Any]) -> Figure:
    figure, (left, right) = _panels()
    for limit, rows in data["delays"].items():
        shown = [{**row, "times": row["share"] / float(limit), "ratio": row["mean"] / row["least"]} for row in rows]
        (drawn,) = line(left, shown, "times", "mean", f"limit {float(limit):.0%}")
        line(left, shown, "times", "least", "", color=drawn.get_color(), linestyle=":", marker="")
        line(right, shown, "times", "ratio", f"limit {float(limit):.0%}")
    left.set(title="requests until it is noticed (dotted: least)", xlabel="true share, times the limit", yscale="log")
    right.set(title="mean, times the least of any method", xlabel="true share, times the limit", ylim=(1, 2))
    left.legend(fontsize=8)
    return figure


def _alarms_and_later(data: Mapping[str, Any]) -> Figure:
    figure, (left, right) = _panels()
    line(left, data["alarms"], "requests", "repeated", "an exact 1 % test after each request")
    line(left, data["alarms"], "requests", "sequence", "the two watches, at most")
    left.axhline(ALPHA, color="black", linewidth=1, linestyle="--")
    left.set(title="rolled back though at the limit of 5 %", xlabel="requests", xscale="log", ylim=(0, 0.16))
    line(right, data["later"], "calm", "alone", "one watch over all requests")
    line(right, data["later"], "calm", "both", "both watches")
    right.set(title="requests until 20 % is noticed", xlabel="requests of 1 % before it", yscale="log", ylim=(10, 3000))
    for axes in (left, right):
        axes.legend(fontsize=8)
    return figure


def _panels() -> tuple[Figure, Sequence[Axes]]:
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    return figure, list(figure.subplots(1, 2))


def write(folder: Path = FOLDER) -> None:
    """Compute and draw everything."""
    drawing.write(compute(), folder / DATA.name, draw)


if __name__ == "__main__":
    write()
