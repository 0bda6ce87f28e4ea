"""The confidence sequence: its closed form, its validity at every time, its inversion."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaincc, betaln
from scipy.stats import binom

from genai_runtime.live.online.sequence import MIXTURE, log_evidence, lower_bound, upper_bound

LIMITS = st.sampled_from([0.001, 0.01, 0.05, 0.1, 0.3, 0.5, 0.9, 0.99])
COUNTS = st.integers(0, 3000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))
ALPHA = 0.01


def by_scipy(bad: int, good: int, limit: float) -> float:
    parts = [
        math.log(weight * b)
        + float(betaln(bad + 1, good + b))
        + math.log(betaincc(bad + 1, good + b, limit))
        - bad * math.log(limit)
        - (good + b) * math.log1p(-limit)
        for weight, b in MIXTURE
    ]
    return float(np.logaddexp.reduce(parts))


def test_the_closed_form_equals_scipy_at_thousands_of_points() -> None:
    chance, compared = random.Random(7), 0  # noqa: S311
    for _ in range(6000):
        of = int(10 ** chance.uniform(0, 6))
        limit = chance.choice([0.001, 0.01, 0.05, 0.1, 0.3, 0.5, 0.9, 0.99])
        near = min(of, int(of * limit * chance.uniform(0.3, 3)))
        bad = near if chance.random() < 0.7 else chance.randint(0, of)
        if betaincc(bad + 1, of - bad + 2, limit) < 1e-290:  # scipy's tail is no logarithm
            continue
        compared += 1
        assert log_evidence(bad, of - bad, limit) == pytest.approx(by_scipy(bad, of - bad, limit), rel=1e-8, abs=1e-7)
    assert compared > 4000


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 60), st.integers(0, 300), st.sampled_from([0.01, 0.05, 0.2, 0.6]))
def test_it_is_the_integral_that_its_proof_is_about(bad: int, good: int, limit: float) -> None:
    def integrand(u: float) -> float:
        share = limit + (1 - limit) * u
        density = sum(weight * b * (1 - u) ** (b - 1) for weight, b in MIXTURE)
        return math.exp(bad * math.log(share / limit) + good * math.log1p(-u)) * density if u < 1 else 0.0

    peak = max(0.0, (bad / max(1, bad + good) - limit) / (1 - limit))
    expected = quad(integrand, 0, 1, points=[0.02, peak], limit=400, epsrel=1e-11)[0]
    assert log_evidence(bad, good, limit) == pytest.approx(math.log(expected), abs=1e-6)


@settings(deadline=None)
@given(COUNTS, LIMITS, st.floats(0, 1))
def test_one_more_request_never_raises_it_on_average(counts: tuple[int, int], limit: float, part: float) -> None:
    """The step of the proof: whatever was before, with any probability of going wrong up to the limit."""
    bad, good = counts[0], counts[1] - counts[0]
    before, share = log_evidence(bad, good, limit), limit * part
    worse = math.exp(log_evidence(bad + 1, good, limit) - before)
    better = math.exp(log_evidence(bad, good + 1, limit) - before)
    assert share * worse + (1 - share) * better <= 1 + 1e-7
    assert limit * worse + (1 - limit) * better == pytest.approx(1, abs=1e-7)
    assert better < 1 < worse


def test_nothing_observed_is_no_evidence() -> None:
    assert log_evidence(0, 0, 0.05) == pytest.approx(0, abs=1e-12)


@settings(deadline=None)
@given(COUNTS, st.sampled_from([0.2, 0.05, 0.01, 0.0001]))
def test_the_bounds_hold_the_observed_share_and_invert_the_evidence(counts: tuple[int, int], alpha: float) -> None:
    bad, of = counts
    low, high = lower_bound(bad, of - bad, alpha), upper_bound(bad, of - bad, alpha)
    assert 0 <= low <= (bad / of if of else 0) <= high <= 1
    if low > 1e-6:
        assert log_evidence(bad, of - bad, low) == pytest.approx(-math.log(alpha), abs=1e-4)
    for limit in (low * 0.5, low * 0.99):
        assert limit == 0 or log_evidence(bad, of - bad, limit) > -math.log(alpha)
    for limit in (low * 1.01 + 1e-6, low * 2 + 0.01):
        assert limit >= 1 or log_evidence(bad, of - bad, limit) < -math.log(alpha)


@settings(deadline=None)
@given(COUNTS, LIMITS)
def test_evidence_falls_with_the_limit(counts: tuple[int, int], limit: float) -> None:
    bad, good = counts[0], counts[1] - counts[0]
    assert bad == 0 or log_evidence(bad, good, limit) > log_evidence(bad, good, limit + 0.005)


def boundary(limit: float, alpha: float, horizon: int) -> list[int]:
    """The least number of bad requests that breaches, at each number of requests; one more than all where none does."""
    found, bad = [0], 1
    for of in range(1, horizon + 1):
        while bad <= of and log_evidence(bad, of - bad, limit) < -math.log(alpha):
            bad += 1
        found.append(bad)
    return found


def ever_breached(limit: float, share: float, alpha: float, horizon: int) -> float:
    """Exact probability of a breach at any of the first requests, by the distribution of those that go on."""
    going_on, breached = np.ones(1), 0.0
    for bad in boundary(limit, alpha, horizon)[1:]:
        step = np.convolve(going_on, [1 - share, share])
        breached += float(step[bad:].sum())
        going_on = step[:bad]
    return breached


@pytest.mark.parametrize("alpha", [0.01, 0.1])
@pytest.mark.parametrize("limit", [0.01, 0.05, 0.3])
def test_a_candidate_at_its_limit_is_hardly_ever_breached(limit: float, alpha: float) -> None:
    """At every one of 4,000 requests, summed exactly; a better one less often."""
    at_limit = ever_breached(limit, limit, alpha, 4000)
    assert alpha * 0.2 < at_limit <= alpha
    assert ever_breached(limit, limit * 0.8, alpha, 4000) < at_limit


def test_simulated_streams_keep_alpha_over_a_long_time() -> None:
    """12,000 requests each, shares that wander below the limit included: validity needs no fixed share."""
    rng, limit, alpha, runs, horizon = np.random.default_rng(3), 0.05, 0.1, 1500, 12_000
    edge = np.array(boundary(limit, alpha, horizon)[1:])
    for shares in (np.full(horizon, limit), limit * (0.6 + 0.4 * np.sin(np.arange(horizon) / 400) ** 2)):
        bad = np.cumsum(rng.random((runs, horizon), dtype=np.float32) < shares, axis=1, dtype=np.int32)
        breached = int(np.any(bad >= edge, axis=1).sum())
        assert binom.sf(breached - 1, runs, alpha) > 1e-4


def test_an_ordinary_interval_would_breach_by_chance() -> None:
    """Why there is a sequence: an exact binomial test at 1 % after each request, 2,000 times."""
    rng, limit, horizon = np.random.default_rng(5), 0.05, 2000
    bad = np.cumsum(rng.random((400, horizon)) < limit, axis=1)
    alarms = binom.sf(bad - 1, np.arange(1, horizon + 1), limit) <= ALPHA
    assert np.mean(np.any(alarms, axis=1)) > 5 * ALPHA
