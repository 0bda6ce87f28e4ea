"""Values of a metric as the statistics take them: one order, one grid, so that the same input gives the same bytes."""

import math
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

DECIMALS: Final = 9
"""Of every number in a verdict. Decisions are made on the rounded numbers, which are the ones that people see."""
_STEP: Final = 2.0**-32


def on_grid(values: Iterable[float]) -> Values:
    """Values of at most 1 in size, rounded to multiples of 2^-32 (2.3e-10).

    Sums of up to two million of them are exact in binary64: whatever order a BLAS or a vector unit adds in, the same
    input gives the same mean, and resamples that hold the same cases tie as they should.
    """
    return np.rint(np.fromiter(values, dtype=np.float64) / _STEP) * _STEP


def vector(values: Mapping[str, float]) -> Values:
    """The values of cases in the order of the cases' ids."""
    return on_grid(values[case] for case in sorted(values))


def is_binary(values: Values) -> bool:
    """Whether every value is 0 or 1: a rate."""
    return bool(np.all((values == 0.0) | (values == 1.0)))


def is_constant(values: Values) -> bool:
    """Whether all values are equal: nothing can be resampled."""
    return bool(np.all(values == values[0]))


def mean(values: Values) -> float:
    """Mean of values on the grid: one rounding."""
    return float(np.sum(values)) / values.size


def deviation(values: Values) -> float:
    """Standard deviation, with n - 1; 0 for one value."""
    centre = mean(values)
    return math.sqrt(math.fsum((values - centre) ** 2) / (values.size - 1)) if values.size > 1 else 0.0


def rounded(value: float) -> float:
    """As it stands in a verdict; never a negative zero."""
    return round(float(value), DECIMALS) + 0.0
