"""Error rates and power of the gate, by its own code: exact for rates, by seeded simulation for means.

docs/evaluation/statistics.md shows the results; the tests hold the gate to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from genai_runtime.evaluation.gate.bootstrap import bootstraps
from genai_runtime.evaluation.gate.evidence import Evidence, evidence
from genai_runtime.evaluation.gate.level import Level
from genai_runtime.evaluation.gate.sample import on_grid

Values = NDArray[np.float64]
Draw = Callable[[np.random.Generator, float, tuple[int, int]], Values]

CHUNK: Final = 250
"""Samples whose bootstrap is held in memory at once."""


@dataclass(frozen=True)
class Rates:
    """How often a candidate of one true quality is promoted and rejected; `cases` that this takes on average."""

    promoted: float
    rejected: float
    cases: float


def fixed_rate(true: float, threshold: float, cases: int, level: Level) -> Rates:
    """A rate in a run of fixed size: the sum over all numbers of passed cases, nothing simulated."""
    passed = np.arange(cases + 1)
    promoted, rejected = _decisions(cases, threshold, level)
    chance = binom.pmf(passed, cases, true)
    return Rates(float(chance[promoted].sum()), float(chance[rejected].sum()), cases)


def sequential_rate(true: float, threshold: float, looks: Sequence[int], levels: Sequence[Level]) -> Rates:
    """A rate with early stopping: the distribution of passed cases, carried from look to look.

    looks: cases that each look has seen in all
    """
    chance: Values = np.ones(1)
    before, promoted, rejected, taken = 0, 0.0, 0.0, 0.0
    for cases, level in zip(looks, levels, strict=True):
        chance = np.convolve(chance, binom.pmf(np.arange(cases - before + 1), cases - before, true))
        above, below = _decisions(cases, threshold, level)
        stop = above | below if cases < looks[-1] else np.ones_like(above)
        promoted += float(chance[above].sum())
        rejected += float(chance[below].sum())
        taken += cases * float(chance[stop].sum())
        chance = np.where(stop, 0.0, chance)
        before = cases
    return Rates(promoted, rejected, taken)


@lru_cache(maxsize=256)
def _decisions(cases: int, threshold: float, level: Level) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the gate promotes and rejects, by the number of passed cases."""
    found = [_of_passed(passed, cases, threshold, level) for passed in range(cases + 1)]
    return np.array([each.shown for each in found]), np.array([each.refuted for each in found])


def _of_passed(passed: int, cases: int, threshold: float, level: Level) -> Evidence:
    values = np.zeros(cases)
    values[:passed] = 1.0
    return evidence(values, threshold, level, None)


@dataclass(frozen=True)
class MeanRates:
    """Shares of simulated samples: what the gate promotes and rejects, and what BCa's bounds alone would."""

    promoted: float
    rejected: float
    bca_promoted: float
    bca_rejected: float


def fixed_mean(
    draw: Draw, true: float, threshold: float, cases: int, samples: int, level: Level, resamples: int, seed: int
) -> MeanRates:
    """A mean in a run of fixed size."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, cases))))
    found: list[Evidence] = []
    for start in range(0, samples, CHUNK):
        drawn = draw(rng, true, (min(CHUNK, samples - start), cases))
        vectors = {number: on_grid(values) for number, values in enumerate(drawn)}
        boots = bootstraps(vectors, seed + start, resamples)
        found += [evidence(values, threshold, level, boots.get(number)) for number, values in vectors.items()]
    return MeanRates(
        promoted=_share(each.shown for each in found),
        rejected=_share(each.refuted for each in found),
        bca_promoted=_share(each.interval.method == "bca" and each.interval.low >= threshold for each in found),
        bca_rejected=_share(each.interval.method == "bca" and each.interval.high < threshold for each in found),
    )


def sequential_mean(
    draw: Draw, true: float, threshold: float, looks: Sequence[int], levels: Sequence[Level], samples: int, seed: int
) -> Rates:
    """A mean with early stopping."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, looks[-1]))))
    promoted = rejected = taken = 0
    for values in draw(rng, true, (samples, looks[-1])):
        for cases, level in zip(looks, levels, strict=True):
            found = evidence(on_grid(values[:cases]), threshold, level, None)
            if found.shown or found.refuted or cases == looks[-1]:
                promoted, rejected, taken = promoted + found.shown, rejected + found.refuted, taken + cases
                break
    return Rates(promoted / samples, rejected / samples, taken / samples)


def levels_of(fractions: tuple[float, ...], level: Level) -> list[Level]:
    """The level of each look."""
    return [Level(level.alpha, fractions, look, level.spending) for look in range(1, len(fractions) + 1)]


def _share(hits: Iterable[bool]) -> float:
    return float(np.mean(list(hits)))


def _beta(concentration: float) -> Draw:
    def draw(rng: np.random.Generator, true: float, shape: tuple[int, int]) -> Values:
        return rng.beta(concentration * true, concentration * (1 - true), shape)

    return draw


def _often_right(rng: np.random.Generator, true: float, shape: tuple[int, int]) -> Values:
    """1 for most cases, anything between 0 and 1 for the others: token F1 of short answers."""
    return np.where(rng.random(shape) < 2 * (1 - true), rng.random(shape), 1.0)


def _graded(rng: np.random.Generator, true: float, shape: tuple[int, int]) -> Values:
    """0, 0.5 or 1: a judge with three levels."""
    drawn = rng.random(shape)
    missing = 1 - true
    return np.where(drawn < missing / 2, 0.0, np.where(drawn < 1.5 * missing, 0.5, 1.0))


def _zero_inflated(rng: np.random.Generator, true: float, shape: tuple[int, int]) -> Values:
    """Good answers between 0.95 and 1, and total failures: similarity that is 0 for a refusal."""
    return np.where(rng.random(shape) < 1 - true / 0.975, 0.0, rng.uniform(0.95, 1.0, shape))


def _rarely_zero(rng: np.random.Generator, true: float, shape: tuple[int, int]) -> Values:
    """Nearly equal answers, and a failure in 50 cases: the hardest one, because samples without it look certain."""
    centre = true / 0.98
    spread = min(0.02, 1 - centre)
    return np.where(rng.random(shape) < 0.02, 0.0, centre + rng.uniform(-spread, spread, shape))


DISTRIBUTIONS: Final[Mapping[str, Draw]] = {
    "wide beta": _beta(2),
    "narrow beta": _beta(10),
    "often right": _often_right,
    "three grades": _graded,
    "zero-inflated": _zero_inflated,
    "rarely zero": _rarely_zero,
}
"""Distributions of values with a given mean, for thresholds from 0.5 to 0.97."""
