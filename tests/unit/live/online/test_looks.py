"""A/B tests: users are compared, at planned looks, with errors that are kept."""

import random

import numpy as np
import pytest
from scipy.stats import binom

from genai_runtime.evaluation.gate.level import Level
from genai_runtime.evaluation.gate.sample import Values, on_grid
from genai_runtime.live.online import plan
from genai_runtime.live.online.experiment import decide
from genai_runtime.live.online.looks import difference, look
from genai_runtime.live.online.records import ExperimentState, UserCounts
from genai_runtime.live.online.users import count_users, share, user_key
from tests.unit.live.online.toys import (
    NOW,
    USE_CASE,
    MemoryCounts,
    experiment,
    feedback,
    fresh,
    observer,
    request,
    running,
    scored,
)  # fmt: skip

QUARTERS = (0.25, 0.5, 0.75, 1.0)


def with_users(state: ExperimentState, stable: int, candidate: int) -> ExperimentState:
    arms = {"stable": state.counts("stable"), "candidate": state.counts("candidate")}
    numbers = {"stable": stable, "candidate": candidate}
    return state.model_copy(
        update={"arms": {arm: counts.model_copy(update={"users": numbers[arm]}) for arm, counts in arms.items()}}
    )


def users(good: list[float]) -> dict[str, UserCounts]:
    return {f"{at:04d}": UserCounts(requests=20, answered=round(20 * each)) for at, each in enumerate(good)}


def compared(state: ExperimentState, stable: list[float], candidate: list[float]) -> ExperimentState:
    state = with_users(state, len(stable), len(candidate))
    return state.model_copy(
        update={"looks": (*state.looks, look(state, {"stable": users(stable), "candidate": users(candidate)}))}
    )


def test_a_user_is_one_value_however_many_requests_they_send() -> None:
    state, kept = fresh("ab"), dict[str, UserCounts]()
    for number in range(9):
        state, kept = count_users(state, kept, request(number, "failed" if number else "answered", user="ann"))
    for made in (
        request(20, user="bob"),
        request(21, user="bob", arm="stable"),
        request(22),
        scored(23, disagrees=True),
    ):
        state, kept = count_users(state, kept, made)
    assert {key.split("#")[0]: share(counts, "answered") for key, counts in kept.items()} == {
        "candidate": pytest.approx(1.0),
        "stable": 1.0,
    }
    assert sorted(share(counts, "answered") or 0 for counts in kept.values()) == [pytest.approx(1 / 9), 1.0, 1.0]
    assert (state.counts("candidate").users, state.counts("stable").users) == (2, 1)


def test_a_user_without_the_outcome_is_not_counted() -> None:
    state, kept = fresh("ab", outcome="liked"), dict[str, UserCounts]()
    state, kept = count_users(state, kept, request(1, user="ann"))
    assert state.counts("candidate").users == 0
    state, kept = count_users(state, kept, feedback(1, "down", user="ann"))
    state, kept = count_users(state, kept, feedback(2, "up", user="ann"))
    assert state.counts("candidate").users == 1
    assert [share(each, "liked") for each in kept.values()] == [0.5]
    rejected = request(3, "rejected", user="bob", error_code="GF-RUN-003")
    assert share(count_users(state, {}, rejected)[1][user_key(rejected, state.experiment) or ""], "answered") is None


def test_a_user_s_key_tells_no_name_and_differs_between_experiments() -> None:
    key = user_key(request(1, user="ann"), experiment("ab"))
    assert key is not None
    assert key.startswith("candidate#")
    assert "ann" not in key
    assert key != user_key(request(1, user="ann"), experiment("ab", id="e2"))
    assert user_key(request(1, user="ann"), experiment("canary")) is None


@pytest.mark.parametrize(
    ("numbers", "looks"),
    [
        ([25, 50, 75, 100], [0.25, 0.5, 0.75, 1.0]),
        ([30, 49, 51, 74, 99, 130, 150], [0.3, 0.51, 0.99, 1.0]),
        ([10, 24, 90, 95, 99, 100], [0.9, 1.0]),
        ([400], [1.0]),
    ],
)
def test_looks_are_made_when_planned_numbers_of_users_are_there(numbers: list[int], looks: list[float]) -> None:
    state = fresh("ab", minimum=100)
    for number in numbers:
        state = with_users(state, 9 * number, number)
        while plan.due(state):
            state = compared(state, [0.9, 1.0] * (number * 9 // 2), [0.9, 1.0] * (number // 2) + [0.95] * (number % 2))
    assert [each.fraction for each in state.looks] == pytest.approx(looks)


def test_few_planned_users_are_never_enough_to_tell() -> None:
    assert plan.planned_users(experiment("ab", minimum=1)) == plan.LEAST_USERS
    assert not plan.due(with_users(fresh("ab", minimum=1), 9, 9))
    assert not plan.due(with_users(fresh("canary"), 500, 500))


def test_promote_comes_at_the_last_look_and_reject_at_any() -> None:
    better, same = [1.0] * 90 + [0.9] * 10, [0.8] * 50 + [0.9] * 50
    state = compared(fresh("ab", minimum=200), same, better)
    assert state.looks[-1].result == "HOLD"
    assert "good so far" in state.looks[-1].reason
    state = compared(state, same * 2, better * 2)
    assert state.looks[-1].result == "PROMOTE"
    assert decide(state).state == "ready"
    worse = compared(fresh("ab", minimum=200), better, same)
    assert worse.looks[-1].result == "REJECT"
    assert worse.looks[-1].reason.startswith("the candidate's users differ by -14.0% (-15.4% to -4.7%): at least +0.0%")


def test_equal_users_hold_without_an_allowed_difference_and_promote_with_one() -> None:
    same = [1.0, 0.9, 0.95, 0.8] * 100
    assert compared(fresh("ab", minimum=400), same, same).looks[-1].result == "HOLD"
    assert compared(fresh("ab", minimum=400, allowed_difference=0.05), same, same).looks[-1].result == "PROMOTE"


def test_nothing_is_known_of_a_single_user() -> None:
    found = compared(fresh("ab"), [1.0] * 50, [1.0]).looks[-1]
    assert (found.low, found.high, found.result) == (-1.0, 1.0, "HOLD")


def test_a_shadow_or_canary_is_not_compared_and_a_rejected_test_ends_by_itself() -> None:
    log, counts = running(experiment("ab", minimum=40)), MemoryCounts()
    watching = observer(log, counts)
    numbers = iter(range(10_000))
    for user in range(60):
        batch = [
            request(next(numbers), user=f"s{user}", arm="stable"),
            request(next(numbers), "blocked" if user % 2 else "answered", user=f"c{user}"),
        ]
        watching.observe(batch)
    state = counts.state(USE_CASE, "e1")
    assert state is not None
    assert state.breach is not None
    assert (state.breach.metric, state.breach.of) == ("difference", state.looks[-1].users["candidate"])
    assert state.looks[-1].result == "REJECT"
    assert state.breach.at == NOW.isoformat(timespec="microseconds")
    assert log.actions == ["release", "experiment", "rollback"]
    assert decide(state).state == "breached"


def binary(rng: np.random.Generator, count: int, mean: float) -> Values:
    return (rng.random(count) < mean).astype(float)


def returning(rng: np.random.Generator, count: int, mean: float) -> Values:
    """Users of one to many requests, each with an own quality."""
    requests = rng.geometric(0.3, count)
    return np.asarray(rng.binomial(requests, rng.beta(8 * mean, 8 * (1 - mean), count)) / requests)


def rare(rng: np.random.Generator, count: int, mean: float) -> Values:
    """Nearly all users are content, a few get nothing."""
    return np.where(rng.random(count) < 1 - mean / 0.985, 0.0, 0.97 + 0.03 * rng.random(count))


@pytest.mark.parametrize("requests", [50, 1000])
def test_an_arm_with_a_single_failure_is_compared_too(requests: int) -> None:
    """No share above 0 is refused of what went wrong there: a bound that was looked for wasn't found, and no look was made."""
    stable = on_grid([1.0] * 999 + [1 - 1 / requests])
    found = difference(stable, stable, promote=Level(1e-6), reject=Level(1e-6, QUARTERS, 1), least=-0.5)
    assert -0.03 < found.low < -0.01 < found.estimate == 0.0


@pytest.mark.parametrize("draw", [binary, returning, rare])
@pytest.mark.parametrize(("planned", "ratio"), [(40, 1), (60, 9), (30, 20)])
def test_errors_are_kept_at_the_least_acceptable_difference(draw: object, planned: int, ratio: int) -> None:
    """All four looks, an arm of a share: rejected as often as promised, and promoted as often, at most."""
    assert callable(draw)
    rng, alpha, runs = np.random.default_rng(planned), 0.05, 200
    rejected = promoted = 0
    for _ in range(runs):
        candidate, stable = draw(rng, planned, 0.95), draw(rng, planned * ratio, 0.95)
        for number, part in enumerate(QUARTERS, start=1):
            found = difference(
                on_grid(candidate[: int(planned * part)]),
                on_grid(stable[: int(planned * ratio * part)]),
                promote=Level(alpha),
                reject=Level(alpha / 2, QUARTERS, number),
                least=0.0,
            )
            if found.high < 0:
                rejected += 1
                break
        else:
            promoted += found.low >= 0
    assert binom.sf(rejected - 1, runs, alpha / 2) > 1e-4
    assert binom.sf(promoted - 1, runs, alpha) > 1e-4


def test_the_order_of_users_changes_nothing() -> None:
    state, chance = with_users(fresh("ab", minimum=50), 50, 50), random.Random(1)  # noqa: S311
    mine, theirs = users([chance.random() for _ in range(50)]), users([chance.random() for _ in range(50)])
    shuffled = dict(chance.sample(list(mine.items()), 50))
    assert look(state, {"stable": mine, "candidate": theirs}) == look(state, {"candidate": theirs, "stable": shuffled})
