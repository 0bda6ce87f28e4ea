"""Group sequential boundaries against published ones."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from genai_runtime.evaluation.gate.spending import Spending, boundaries, exits, spent

QUARTERS = (0.25, 0.5, 0.75, 1.0)
FIFTHS = (0.2, 0.4, 0.6, 0.8, 1.0)


@pytest.mark.parametrize(
    ("spending", "fractions", "published"),
    [
        # Two-sided 0.05 as two one-sided 0.025, spending functions: Lan and DeMets 1983; Reboussin et al. 2000.
        ("obrien-fleming", QUARTERS, (4.333, 2.963, 2.359, 2.014)),
        ("obrien-fleming", FIFTHS, (4.877, 3.357, 2.680, 2.290, 2.031)),
        ("pocock", QUARTERS, (2.368, 2.368, 2.358, 2.350)),
        ("pocock", FIFTHS, (2.438, 2.427, 2.410, 2.397, 2.386)),
    ],
)
def test_spending_boundaries_are_the_published_ones(
    spending: Spending, fractions: tuple[float, ...], published: tuple[float, ...]
) -> None:
    assert boundaries(0.025, fractions, spending) == pytest.approx(published, abs=6e-4)


@pytest.mark.parametrize(
    "published",
    [
        # Jennison and Turnbull 2000, tables 2.1 and 2.3, two-sided 0.05: C_P = 2.361, C_B = 2.024 with 4 looks.
        (2.361, 2.361, 2.361, 2.361),
        (4.049, 2.863, 2.337, 2.024),
    ],
)
def test_published_boundaries_cross_with_their_level(published: tuple[float, ...]) -> None:
    above, below = exits(published, [-each for each in published], QUARTERS)
    assert sum(above) + sum(below) == pytest.approx(0.05, abs=1e-4)
    assert above == pytest.approx(below)


@pytest.mark.parametrize("drift", [0.0, 1.5, 3.0])
def test_integration_agrees_with_the_multivariate_normal(drift: float) -> None:
    fractions, bounds = (0.3, 0.65, 1.0), (2.6, 2.4, 2.0)
    times = np.array(fractions)
    covariance = np.minimum.outer(times, times) / np.sqrt(np.outer(times, times))
    stay = multivariate_normal.cdf(
        np.array(bounds), mean=drift * np.sqrt(times), cov=covariance, abseps=1e-8, releps=1e-8
    )
    above, _ = exits(bounds, [-50.0] * 3, fractions, drift)
    assert 1 - sum(above) == pytest.approx(float(stay), abs=2e-5)


@pytest.mark.parametrize("spending", ["obrien-fleming", "pocock"])
@pytest.mark.parametrize("alpha", [0.001, 0.025, 0.05])
@pytest.mark.parametrize(
    "fractions", [(1.0,), (0.1, 1.0), (0.05, 0.2, 0.7, 0.9, 1.0), tuple((k + 1) / 10 for k in range(10))]
)
def test_all_looks_together_spend_alpha(spending: Spending, alpha: float, fractions: tuple[float, ...]) -> None:
    bounds = boundaries(alpha, fractions, spending)
    above, _ = exits(bounds, [-9.0] * len(bounds), fractions)
    assert sum(above) == pytest.approx(alpha, rel=1e-6)
    assert spent(alpha, 1.0, spending) == alpha


@pytest.mark.parametrize("spending", ["obrien-fleming", "pocock"])
def test_a_smaller_alpha_has_higher_boundaries_at_every_look(spending: Spending) -> None:
    """What Holm's procedure over looks rests on (Maurer and Bretz 2013)."""
    found = [boundaries(0.025 / share, QUARTERS, spending) for share in range(1, 8)]
    assert all(np.all(np.diff([each[look] for each in found]) > 0) for look in range(4))
