"""How much error one look may make, and Holm's step-down procedure on it."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from scipy.special import ndtr, ndtri

from genai_runtime.evaluation.gate.spending import Spending, boundaries
from genai_runtime.evaluation.suite import Suite

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Level:
    """Error of one-sided statements at one look.

    All intervals are two-sided at the suite's confidence, so each bound errs with (1 - confidence) / 2: at the threshold
    PROMOTE and REJECT share 1 - confidence.

    :param alpha: one-sided error over all looks, (1 - confidence) / 2
    :param fractions: of all cases, that each look has seen; one look of everything in a fixed run
    :param look: from 1
    """

    alpha: float
    fractions: tuple[float, ...] = (1.0,)
    look: int = 1
    spending: Spending = "obrien-fleming"

    @classmethod
    def of(cls, suite: Suite, fractions: tuple[float, ...] = (1.0,), look: int = 1) -> "Level":
        """The level of a suite's look."""
        return cls((1 - suite.confidence) / 2, fractions, look, suite.sampling.spending)

    @property
    def sequential(self) -> bool:
        """Whether there is more than one look."""
        return len(self.fractions) > 1

    def at(self, share: float = 1) -> float:
        """Nominal one-sided level at this look, for a hypothesis that gets alpha / share over all looks."""
        if not self.sequential:
            return self.alpha / share
        return float(ndtr(-boundaries(self.alpha / share, self.fractions, self.spending)[self.look - 1]))

    @property
    def nominal(self) -> float:
        """One-sided error of each bound of an interval at this look."""
        return self.at()

    @property
    def confidence(self) -> float:
        """Two-sided confidence of an interval at this look."""
        return 1 - 2 * self.nominal

    @property
    def critical(self) -> float:
        """Distance of an interval's bounds, in standard errors."""
        return -float(ndtri(self.nominal))


def holm(p_values: Mapping[K, float], level: Level) -> frozenset[K]:
    """Hypotheses that are refused, with a family-wise error of at most `level.alpha` (Holm 1979).

    The smallest p-value is held against alpha / m, the next one against alpha / (m - 1), until one isn't below; at a look
    of several, against that look's nominal level for the same share of alpha (Maurer and Bretz 2013).
    """
    refused: set[K] = set()
    ordered = sorted(p_values, key=lambda key: (p_values[key], str(key)))
    for done, key in enumerate(ordered):
        if p_values[key] > level.at(len(ordered) - done):
            break
        refused.add(key)
    return frozenset(refused)
