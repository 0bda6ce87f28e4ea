"""The promises of docs/evaluation/statistics.md: error rates at the threshold, power at the stated effect.

Rates are summed over all outcomes with the gate's own decisions: nothing is random. Means are simulated with fixed
seeds; a simulated share may exceed its promise by no more than binomial error explains.
"""

import numpy as np
import pytest
from scipy.stats import binom, norm

from foundation.evaluation.simulation import (
    DISTRIBUTIONS,
    fixed_mean,
    fixed_rate,
    levels_of,
    sequential_mean,
    sequential_rate,
)  # fmt: skip
from genai_runtime.evaluation.gate.bootstrap import bootstraps
from genai_runtime.evaluation.gate.evidence import paired_evidence
from genai_runtime.evaluation.gate.level import Level, holm
from genai_runtime.evaluation.gate.power import Spread, cases_for
from genai_runtime.evaluation.gate.rates import PairedRates, Rate
from genai_runtime.evaluation.gate.sample import on_grid
from genai_runtime.evaluation.gate.sample_size import Question, answer
from genai_runtime.evaluation.gate.spending import Spending

ALPHA = 0.05
LEVEL = Level(ALPHA / 2)
SAMPLES = 1000
QUARTERS = (0.25, 0.5, 0.75, 1.0)


def at_most(share: float, promised: float, samples: int) -> bool:
    """Whether binomial error explains what a simulated share has beyond the promise (1 in 10,000)."""
    return bool(binom.sf(round(share * samples) - 1, samples, promised) > 1e-4)


@pytest.mark.parametrize("threshold", [0.02, 0.1, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("cases", [30, 31, 47, 60, 100, 150, 240])
def test_a_rate_at_its_threshold_is_rarely_decided(threshold: float, cases: int) -> None:
    rates = fixed_rate(threshold, threshold, cases, LEVEL)
    assert rates.promoted <= ALPHA
    assert rates.rejected <= ALPHA


@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.99])
def test_other_confidences_keep_their_promise(confidence: float) -> None:
    level = Level((1 - confidence) / 2)
    for threshold in (0.5, 0.9):
        for cases in (30, 75, 160):
            rates = fixed_rate(threshold, threshold, cases, level)
            assert max(rates.promoted, rates.rejected) <= 1 - confidence


@pytest.mark.parametrize("cases", [30, 100])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_mean_at_its_threshold_is_rarely_decided(name: str, cases: int) -> None:
    rates = fixed_mean(DISTRIBUTIONS[name], 0.9, 0.9, cases, SAMPLES, LEVEL, resamples=999, seed=cases)
    assert at_most(rates.promoted, ALPHA, SAMPLES)
    assert at_most(rates.rejected, ALPHA, SAMPLES)


def test_bca_alone_would_promote_what_is_only_lucky() -> None:
    """Why there is a check: nine samples of thirty without the rare zero look certain."""
    rates = fixed_mean(DISTRIBUTIONS["rarely zero"], 0.9, 0.9, 30, 500, LEVEL, resamples=999, seed=2)
    assert rates.bca_promoted > 0.3
    assert rates.promoted <= ALPHA


@pytest.mark.parametrize(("threshold", "true"), [(0.9, 0.95), (0.9, 0.85), (0.8, 0.9), (0.5, 0.6), (0.95, 0.99)])
def test_a_rate_is_decided_with_the_stated_power(threshold: float, true: float) -> None:
    cases = cases_for(true, threshold, Spread.of_rate(threshold, true), LEVEL.alpha)
    assert cases is not None
    near = [fixed_rate(true, threshold, each, LEVEL) for each in range(cases - 4, cases + 5, 2)]
    power = float(np.mean([rates.promoted if true > threshold else rates.rejected for rates in near]))
    assert power == pytest.approx(0.8, abs=0.035)  # the binomial's steps, and the normal approximation


@pytest.mark.parametrize("name", ["wide beta", "often right", "three grades"])
def test_a_mean_is_decided_with_the_stated_power(name: str) -> None:
    draw, true, threshold = DISTRIBUTIONS[name], 0.83, 0.8
    deviation = float(np.std(draw(np.random.default_rng(4), true, (1, 200_000))))
    cases = answer(Question(threshold, true, deviation)).cases
    rates = fixed_mean(draw, true, threshold, cases, SAMPLES, LEVEL, resamples=999, seed=8)
    assert 0.72 <= rates.promoted <= 0.9  # skewed values take a little more than the normal approximation says


@pytest.mark.parametrize("spending", ["obrien-fleming", "pocock"])
@pytest.mark.parametrize("threshold", [0.6, 0.8, 0.9])
def test_early_stopping_keeps_the_error_of_rates(spending: Spending, threshold: float) -> None:
    rates = sequential_rate(
        threshold, threshold, (50, 100, 150, 200), levels_of(QUARTERS, Level(LEVEL.alpha, spending=spending))
    )
    assert rates.promoted <= ALPHA
    assert rates.rejected <= ALPHA


@pytest.mark.parametrize("spending", ["obrien-fleming", "pocock"])
@pytest.mark.parametrize("name", ["wide beta", "zero-inflated", "rarely zero"])
def test_early_stopping_keeps_the_error_of_means(name: str, spending: Spending) -> None:
    levels = levels_of(QUARTERS, Level(LEVEL.alpha, spending=spending))
    rates = sequential_mean(DISTRIBUTIONS[name], 0.9, 0.9, (40, 80, 120, 160), levels, 300, seed=5)
    assert at_most(rates.promoted, ALPHA, 300)
    assert at_most(rates.rejected, ALPHA, 300)


@pytest.mark.parametrize("spending", ["obrien-fleming", "pocock"])
def test_early_stopping_takes_fewer_cases_for_the_same_power(spending: Spending) -> None:
    planned = answer(Question(0.9, 0.95, spending=spending))
    looks = [round(planned.sequential_most * part) for part in QUARTERS]
    fractions = tuple(each / looks[-1] for each in looks)
    rates = sequential_rate(0.95, 0.9, looks, levels_of(fractions, Level(LEVEL.alpha, spending=spending)))
    assert rates.promoted == pytest.approx(0.8, abs=0.04)
    assert rates.cases < 0.93 * planned.cases
    assert rates.cases == pytest.approx(planned.sequential_expected, rel=0.12)


def test_holm_keeps_the_family_wise_error() -> None:
    """Five correlated metrics, all exactly at their threshold, and three of five."""
    rng = np.random.default_rng(12)
    samples, cases, threshold = 4000, 200, 0.85
    shared = rng.standard_normal((samples, cases, 1))
    cut = norm.ppf(1 - threshold)
    for good in (0, 2):
        own = rng.standard_normal((samples, cases, 5))
        passed = (np.sqrt(0.5) * shared + np.sqrt(0.5) * own > cut).sum(axis=1)
        refused = 0
        for counts in passed:
            p_values = {
                f"m{number}": Rate(int(count), cases).p_at_least(threshold) for number, count in enumerate(counts)
            }
            p_values |= {f"m{number}": 1e-6 for number in range(good)}
            refused += bool(holm(p_values, LEVEL) - {f"m{number}" for number in range(good)})
        assert at_most(refused / samples, 0.035, samples)  # 0.025, and what the score test adds with 200 cases


@pytest.mark.parametrize("cases", [40, 100])
@pytest.mark.parametrize(("differing", "allowed"), [(0.1, 0.0), (0.3, 0.0), (0.2, 0.03)])
def test_a_paired_rate_is_rarely_called_worse_when_it_is_not(cases: int, differing: float, allowed: float) -> None:
    """Exact, over all numbers of cases that only one of both passed."""
    won, lost = (differing - allowed) / 2, (differing + allowed) / 2
    error = 0.0
    for differ in range(cases + 1):
        chance = binom.pmf(differ, cases, differing)
        if chance < 1e-9:
            continue
        alarms = [
            PairedRates(differ - worse, worse, cases).p_at_least(-allowed) <= LEVEL.nominal
            for worse in range(differ + 1)
        ]
        error += chance * float(binom.pmf(np.flatnonzero(alarms), differ, lost / (won + lost)).sum())
    assert error <= ALPHA


@pytest.mark.parametrize("cases", [40, 120])
def test_a_paired_mean_is_rarely_called_worse_when_it_is_not(cases: int) -> None:
    """Most cases get the same value twice, some differ, as often for the better as for the worse."""
    rng = np.random.default_rng(cases)
    alarms = 0
    for start in range(0, SAMPLES, 250):
        released = rng.beta(4, 1, (250, cases))
        candidate = np.where(rng.random((250, cases)) < 0.3, rng.beta(4, 1, (250, cases)), released)
        pairs = [(on_grid(one), on_grid(other)) for one, other in zip(candidate, released, strict=True)]
        boots = bootstraps({number: one - other for number, (one, other) in enumerate(pairs)}, start, 999)
        found = [paired_evidence(*pair, 0.0, LEVEL, boots.get(number)) for number, pair in enumerate(pairs)]
        alarms += sum(each.p_at_least <= LEVEL.nominal for each in found)
    assert at_most(alarms / SAMPLES, ALPHA, SAMPLES)
