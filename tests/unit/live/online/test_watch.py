"""The second watch: begins again when all is well, and errs no more than it may."""

import math
import random

import pytest
from scipy.stats import binom

from foundation.bench.release.later import later
from genai_runtime.live.online import watch
from genai_runtime.live.online.experiment import decide, observe
from genai_runtime.live.online.records import Watch
from genai_runtime.live.online.sequence import log_evidence, lower_bound
from genai_runtime.live.online.watch import EVERY, WELL, WHOLE, found, going_on
from tests.unit.live.online.toys import DISLIKED, FAILED, feedback, fresh, request

LIMIT, ALPHA = 0.05, 0.01


def test_it_begins_again_only_at_planned_requests_and_only_when_all_is_well() -> None:
    state, began = Watch(), []
    for of in range(1, 301):
        after = going_on(state, 0, of, LIMIT)
        if after != state:
            began.append(of)
            assert (of - state.of) % EVERY == 0
            assert log_evidence(0, of - state.of, LIMIT) <= math.log(WELL)
            assert after == Watch(number=state.number + 1, bad=0, of=of)
        state = after
    assert began
    assert going_on(Watch(), 10, 25, LIMIT) == Watch()
    assert going_on(Watch(), 0, 0, LIMIT) == Watch()


def test_each_beginning_may_err_with_its_part_of_alpha() -> None:
    parts = sum(ALPHA * (1 - WHOLE) / (number * (number + 1)) for number in range(1, 100_000))
    assert parts + ALPHA * WHOLE <= ALPHA
    state = Watch(number=3, bad=4, of=400)
    bad = 5
    while not (seen := found(state, bad, 400 + 2 * (bad - 4), LIMIT, ALPHA)):
        bad += 1
    level = ALPHA * (1 - WHOLE) / 12
    assert (seen.bad, seen.of, seen.since) == (bad - 4, 2 * (bad - 4), 400)
    assert log_evidence(seen.bad - 1, seen.of - seen.bad - 1, LIMIT) < -math.log(level)
    assert seen.bound == lower_bound(seen.bad, seen.of - seen.bad, level) > LIMIT


@pytest.mark.parametrize("share", [LIMIT, 0.02])
def test_both_watches_together_keep_alpha(share: float) -> None:
    """A large alpha, so that a simulation can tell; 1,500 requests each."""
    chance, alpha, runs, breached = random.Random(4), 0.2, 250, 0  # noqa: S311
    for _ in range(runs):
        state, bad = Watch(), 0
        for of in range(1, 1501):
            went_wrong = chance.random() < share
            bad += went_wrong
            if went_wrong and found(state, bad, of, LIMIT, alpha):
                breached += 1
                break
            state = going_on(state, bad, of, LIMIT)
    assert binom.sf(breached - 1, runs, alpha) > 1e-4


def test_a_late_degradation_is_noticed_soon() -> None:
    """The watch over all requests alone takes 490 on average (docs/releasing/statistics.md)."""
    delays = later(LIMIT, ALPHA, 1000, (0.01, 0.2), 60, 9)
    assert 60 < sum(delays) / len(delays) < 150


def test_a_breach_by_the_latest_requests_says_so() -> None:
    state, number = fresh(), 0
    for number in range(600):
        state = observe(state, request(number))
    assert state.breach is None
    assert state.watches["failed"].number > 1
    while state.breach is None:
        number += 1
        state = observe(state, request(number, "failed"))
    breach = state.breach
    assert breach.since == state.watches["failed"].of > 0
    assert breach.since + breach.of == breach.request
    assert f"{breach.bad} of the candidate's last {breach.of} requests failed" in breach.reason
    assert decide(state).limits[0].low < breach.limit < breach.bound


def test_a_limit_is_looked_at_when_its_own_count_changes() -> None:
    state = fresh("canary", FAILED, DISLIKED)
    for number in range(5):
        state = observe(state, request(number))
    assert state.watches.keys() == {"failed"}
    state = observe(state, feedback(1, "up"))
    assert state.watches.keys() == {"failed", "disliked"}


def test_levels_leave_the_first_watch_nearly_all() -> None:
    assert -math.log(watch.WHOLE) < 0.11
