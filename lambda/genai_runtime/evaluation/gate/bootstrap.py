"""BCa bootstrap of means: bias-corrected and accelerated (Efron 1987; DiCiccio and Efron 1996).

One matrix of resampled case numbers serves every vector of the same length: it depends on the suite's seed and on the
length alone, so that neither other metrics nor their order change an interval, and paired quantities are resampled
alike. The jackknife of a mean has a closed form. Equal to scipy.stats.bootstrap(method="BCa") for the same resamples.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from genai_runtime.evaluation.gate.sample import Values, is_constant, mean

RESAMPLES: Final = 9_999
_BLOCK: Final = 2**18
"""Resampled numbers held at once: 2 MB, which stays in a core's cache."""

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Bootstrap:
    """Distribution of a mean over resamples.

    :param means: means of the resamples, ascending
    :param bias: z0, the bias correction
    :param acceleration: a, from the jackknife
    """

    estimate: float
    means: Values = field(repr=False)
    bias: float
    acceleration: float

    def bound(self, level: float) -> float:
        """The BCa bound that the true mean lies below with probability `level`: 0.025 gives a lower, 0.975 an upper one."""
        shifted = self.bias + float(ndtri(level))
        position = float(ndtr(self.bias + _stretched(shifted, self.acceleration))) * (self.means.size - 1)
        below = min(int(position), self.means.size - 2)
        low, high = float(self.means[below]), float(self.means[below + 1])
        return low + (high - low) * (position - below)

    def p_at_most(self, value: float) -> float:
        """One-sided p-value of "the true mean is at most `value`": the level whose lower bound is `value`.

        Resolves no less than 1 / (resamples + 1).
        """
        size = self.means.size
        ties = np.searchsorted(self.means, value, "left") + np.searchsorted(self.means, value, "right")
        share = min(max(float(ties) / 2 / size, 1 / (size + 1)), size / (size + 1))
        distance = float(ndtri(share)) - self.bias
        return float(ndtr(_stretched(distance, -self.acceleration) - self.bias))

    def p_at_least(self, value: float) -> float:
        """One-sided p-value of "the true mean is at least `value`"."""
        return 1 - self.p_at_most(value)


def bootstraps(vectors: Mapping[K, Values], seed: int, resamples: int = RESAMPLES) -> dict[K, Bootstrap]:
    """Bootstrap the mean of each vector (values on the grid, see sample.on_grid). Constant ones are left out."""
    by_length: defaultdict[int, list[K]] = defaultdict(list)
    for key, values in vectors.items():
        if values.size > 1 and not is_constant(values):
            by_length[values.size].append(key)
    made: dict[K, Bootstrap] = {}
    for length, keys in by_length.items():
        means = resampled_means(np.column_stack([vectors[key] for key in keys]), generator(seed, length), resamples)
        made |= {key: _bootstrap(vectors[key], means[:, column]) for column, key in enumerate(keys)}
    return made


def generator(seed: int, length: int) -> np.random.Generator:
    """The source of resamples for vectors of a length."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, length))))


def resampled_means(columns: Values, rng: np.random.Generator, resamples: int) -> Values:
    """Means of every column (cases x columns) in every resample: resamples x columns."""
    length = columns.shape[0]
    means: Values = np.empty((resamples, columns.shape[1]))
    done = 0
    for counts in _counts(rng, length, resamples):
        np.matmul(counts, columns, out=means[done : done + len(counts)])
        done += len(counts)
    means /= length
    return means


def _counts(rng: np.random.Generator, length: int, resamples: int) -> Iterator[NDArray[np.float64]]:
    """How often each case is in each resample, in blocks of rows. The block's size doesn't change the numbers drawn."""
    rows = max(1, _BLOCK // length)
    block = np.empty((rows, length))
    for start in range(0, resamples, rows):
        drawn = rng.integers(0, length, (min(rows, resamples - start), length))
        for row, cases in enumerate(drawn):
            block[row] = np.bincount(cases, minlength=length)
        yield block[: len(drawn)]


def _bootstrap(values: Values, means: Values) -> Bootstrap:
    estimate = mean(values)
    ordered = np.sort(means)
    below = np.searchsorted(ordered, estimate, "left") + np.searchsorted(ordered, estimate, "right")
    share = min(max(float(below) / 2 / means.size, 0.5 / means.size), 1 - 0.5 / means.size)
    away = values - estimate
    spread = math.fsum(away**2)
    return Bootstrap(estimate, ordered, float(ndtri(share)), math.fsum(away**3) / 6 / spread**1.5)


def _stretched(distance: float, acceleration: float) -> float:
    """What the acceleration makes of a distance; beyond the formula's pole it is endless, not of the other sign."""
    scale = 1 - acceleration * distance
    return distance / scale if scale > 0 else math.copysign(math.inf, distance)
