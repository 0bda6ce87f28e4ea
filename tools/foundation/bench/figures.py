"""Figures: samples of one quantity, their summary, and the aim that they are held against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import median
from typing import Any, Final

from foundation.bench.errors import BenchError

DECIMALS: Final = 4


@dataclass(frozen=True)
class Aim:
    """The most that a figure's median is meant to be, in the figure's unit; `text` says it as people agreed it."""

    limit: float
    text: str

    def met(self, value: float) -> bool:
        """Whether a value keeps to it; exactly the limit does."""
        return value <= self.limit


@dataclass(frozen=True)
class Figure:
    """Samples of one quantity.

    :param key: stable name in bench.json
    :param percentiles: percentiles that are shown beside the median, such as 95
    :param note: what a reader must know to read it rightly
    """

    key: str
    name: str
    unit: str
    samples: tuple[float, ...] = field(repr=False)
    aim: Aim | None = None
    percentiles: tuple[int, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if not self.samples:
            raise BenchError("GF-BENCH-001", f"{self.key} has no samples: nothing was measured, run the section again")

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.samples)

    @property
    def median(self) -> float:
        """Median of the samples."""
        return median(self.samples)

    @property
    def met(self) -> bool | None:
        """Whether the median keeps to the aim; None without one."""
        return self.aim.met(self.median) if self.aim else None

    def as_json(self) -> dict[str, Any]:
        """The figure for bench.json."""
        data: dict[str, Any] = {
            "key": self.key,
            "name": self.name,
            "unit": self.unit,
            "n": self.n,
            "min": round(min(self.samples), DECIMALS),
            "median": round(self.median, DECIMALS),
            "max": round(max(self.samples), DECIMALS),
        }
        data |= {f"p{each}": round(percentile(self.samples, each), DECIMALS) for each in self.percentiles}
        if self.aim:
            data["aim"] = {"limit": round(self.aim.limit, DECIMALS), "text": self.aim.text, "met": self.met}
        if self.note:
            data["note"] = self.note
        return data


def percentile(samples: Sequence[float], percent: int) -> float:
    """The smallest sample that at least `percent` of all samples don't exceed (nearest rank)."""
    if not samples or not 0 < percent <= 100:
        raise BenchError(
            "GF-BENCH-002", f"no {percent}th percentile of {len(samples)} samples: give 1 to 100, and samples"
        )
    ordered = sorted(samples)
    return ordered[ceil(percent * len(ordered) / 100) - 1]


def ratios(numerators: Iterable[float], denominators: Iterable[float]) -> tuple[float, ...]:
    """Ratio pair by pair: each pair ran one right after the other, so that load on the machine hits both."""
    return tuple(one / other for one, other in zip(numerators, denominators, strict=True))


def slopes(more: Iterable[float], fewer: Iterable[float], more_count: int, fewer_count: int) -> tuple[float, ...]:
    """What each further 1000 of something costs, pair by pair: the differences over the difference in number."""
    if more_count <= fewer_count:
        raise BenchError("GF-BENCH-003", f"{more_count} isn't more than {fewer_count}: there is no slope between them")
    step = (more_count - fewer_count) / 1000
    return tuple((one - other) / step for one, other in zip(more, fewer, strict=True))
