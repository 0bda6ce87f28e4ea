"""Whatever the stream does, each observation counts once, and a breach ends its experiment once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_runtime.live.online.counting import ATTEMPTS
from genai_runtime.live.online.errors import OnlineError
from genai_runtime.live.online.records import ExperimentState, Observation
from genai_runtime.live.online.table import MOST_OBSERVATIONS
from tests.unit.live.online.toys import (
    DISLIKED,
    FAILED,
    USE_CASE,
    MemoryCounts,
    MemoryLog,
    experiment,
    feedback,
    observer,
    request,
    running,
)  # fmt: skip


class Killed(Exception):
    """The function ends here."""


def kill() -> None:
    raise Killed


def nothing() -> None:
    pass


@dataclass
class Delivery:
    """One delivery of a shard's next observations.

    :param shard: which
    :param size: how many
    :param repeats: how many that were acknowledged before come again in front of them
    :param killed: where the function ends
    """

    shard: int
    size: int
    repeats: int
    killed: str


DELIVERIES = st.lists(
    st.builds(
        Delivery,
        shard=st.integers(0, 2),
        size=st.integers(1, 70),
        repeats=st.sampled_from([0, 0, 0, 1, 5, 80]),
        killed=st.sampled_from(["", "", "", "before the write", "after the write", "before the rollback"]),
    ),
    max_size=25,
)


def deliver(
    shards: Sequence[Sequence[Observation]],
    deliveries: Sequence[Delivery],
    observe: Callable[[Sequence[Observation]], object],
    kill_at: Callable[[str], None],
) -> None:
    """Deliver as planned, then all that is left; a batch is acknowledged only when the function answered."""
    places = [0] * len(shards)
    rest = [Delivery(shard, 33, 0, "") for shard in range(len(shards)) for _ in range(40)]
    for each in (*deliveries, *rest):
        start = places[each.shard]
        end = min(start + each.size, len(shards[each.shard]))
        batch = shards[each.shard][max(0, start - each.repeats) : end]
        if not batch:
            continue
        kill_at(each.killed)
        try:
            observe(batch)
        except Killed:
            continue
        finally:
            kill_at("")
        places[each.shard] = end
    assert places == [len(each) for each in shards]


def totals(state: ExperimentState, arm: str) -> tuple[int, int, int, int]:
    found = [state.counts(arm)] + ([state.late] if arm == "candidate" else [])  # type: ignore[arg-type]
    return (
        sum(each.requests for each in found),
        sum(each.failed for each in found),
        sum(each.liked for each in found),
        sum(each.disliked for each in found),
    )


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), max_size=260), st.sampled_from([0, 1, 8]), DELIVERIES)
def test_every_observation_counts_once(plan: list[tuple[int, int]], failing: int, deliveries: list[Delivery]) -> None:
    """Repeated, split, out of order between shards, killed before and after the write, and before the rollback."""
    shards: list[list[Observation]] = [[], [], []]
    for number, (shard, kind) in enumerate(plan):
        outcome = "failed" if kind < failing else "answered"
        made: Observation = request(number, outcome)
        if kind == 9:
            made = feedback(number, "down" if number % 2 else "up")
        shards[shard].append(made)
    log, counts = running(experiment("canary", FAILED, DISLIKED)), MemoryCounts()
    watching = observer(log, counts)

    def kill_at(point: str) -> None:
        counts.before_write = kill if point == "before the write" else nothing
        counts.after_write = kill if point == "after the write" else nothing
        log.before_rollback = kill if point == "before the rollback" else nothing

    deliver(shards, deliveries, watching.observe, kill_at)
    state = counts.state(USE_CASE, "e1")
    if not plan:
        assert state is None
        return
    assert state is not None
    kinds = [kind for _, kind in plan]
    ratings = ["down" if number % 2 else "up" for number, kind in enumerate(kinds) if kind == 9]
    assert totals(state, "candidate") == (
        len(kinds) - len(ratings),
        sum(kind < failing for kind in kinds),
        ratings.count("up"),
        ratings.count("down"),
    )
    assert log.actions == ["release", "experiment"] + ["rollback"] * (state.breach is not None)
    if failing == 8 and len(plan) > 100:
        assert state.breach is not None


def breached() -> tuple[MemoryLog, MemoryCounts, list[Observation]]:
    return running(experiment()), MemoryCounts(), [request(number, "failed") for number in range(10)]


def test_a_breach_ends_the_experiment_and_the_rest_is_late() -> None:
    log, counts, observations = breached()
    watching = observer(log, counts)
    first = watching.observe(observations[:3])[0]
    assert (first.ended, first.late, dict(first.counted)) == (True, 0, {"candidate": 3})
    assert first.breach is not None
    assert first.breach.metric == "failed"
    second = watching.observe(observations)[0]
    assert (second.ended, second.late, second.repeated) == (False, 7, 3)
    assert log.asked == [first.breach.reason]


def test_a_rollback_that_failed_is_asked_for_by_the_next_batch_of_repetitions() -> None:
    log, counts, observations = breached()
    watching, log.before_rollback = observer(log, counts), kill
    with pytest.raises(Killed):
        watching.observe(observations)
    assert log.actions[-1] == "experiment"
    log.before_rollback = nothing
    said = watching.observe(observations[-1:])[0]
    assert (said.ended, said.repeated) == (True, 1)
    assert log.actions[-1] == "rollback"


def test_two_functions_at_once_end_it_once() -> None:
    """The other one counts, breaches and rolls back between this one's read and its write."""
    log, counts, observations = breached()
    mine, other = observer(log, counts), observer(log, counts)

    def overtake() -> None:
        counts.before_write = nothing
        other.observe(observations)

    counts.before_write = overtake
    said = mine.observe(observations)[0]
    assert (said.repeated, counts.writes) == (10, 1)
    assert log.actions.count("rollback") == 1


def test_a_large_batch_is_written_in_parts_that_a_transaction_takes() -> None:
    log, counts = running(experiment()), MemoryCounts()
    observer(log, counts).observe([request(number) for number in range(100)])
    assert counts.writes == -(-100 // MOST_OBSERVATIONS)


def test_experiments_and_use_cases_of_one_batch_are_apart() -> None:
    log, counts = running(experiment()), MemoryCounts()
    log.record("stop")
    log.record("experiment", experiment(id="e2"))
    said = observer(log, counts).observe([request(1), request(2, experiment="e2"), request(3)])
    assert [(each.experiment, each.late, each.counted.total()) for each in said] == [("e1", 2, 2), ("e2", 0, 1)]
    found = counts.state(USE_CASE, "e2")
    assert found is not None
    assert found.counts("candidate").requests == 1


def test_fails_when_others_always_come_first() -> None:
    log, counts = running(experiment()), MemoryCounts()
    numbers = iter(range(1000, 2000))

    def overtake() -> None:
        counts.before_write = nothing
        observer(log, counts).observe([request(next(numbers))])
        counts.before_write = overtake

    counts.before_write = overtake
    with pytest.raises(OnlineError, match=f"GF-LIVE-202.*{ATTEMPTS} times in a row"):
        observer(log, counts).observe([request(1)])


def test_an_experiment_that_the_log_never_had_is_told_and_not_counted() -> None:
    log, counts = running(experiment()), MemoryCounts()
    said = observer(log, counts).observe([request(1, experiment="other")])[0]
    assert (said.unknown, counts.states) == (1, {})
