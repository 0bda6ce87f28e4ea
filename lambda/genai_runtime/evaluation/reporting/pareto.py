"""Which models and prompts are worth their price: the Pareto front of quality against a cost."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """A candidate: `quality` should be great, `x` small. `series` numbers its colour and mark."""

    label: str
    quality: float
    x: float
    series: int = 0


def dominates(one: Point, other: Point) -> bool:
    """Whether `one` is at least as good in both and better in one."""
    at_least = one.quality >= other.quality and one.x <= other.x
    return at_least and (one.quality > other.quality or one.x < other.x)


def front(points: Sequence[Point]) -> list[Point]:
    """The points that no other dominates, the cheapest first."""
    best = [point for point in points if not any(dominates(other, point) for other in points)]
    return sorted(best, key=lambda point: (point.x, point.quality, point.label))
