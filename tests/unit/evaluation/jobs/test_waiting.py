"""Waiting for jobs: results are noticed soon, and weeks of waiting fit into an execution's history."""

import pytest

from genai_runtime.evaluation.jobs.waiting import LONGEST_SECONDS, SHORTEST_SECONDS, wait_seconds
from tests.unit.evaluation.jobs.planned_run import LOOK, RUN, Bedrock, creator, planned, poller
from tests.unit.evaluation.jobs.test_create import CORRECT

# Events of one turn: the wait, the function and the choice (Step Functions Developer Guide, "Service quotas": 25,000 in all).
EVENTS, HISTORY = 9, 25_000
DAY = 24 * 3600


def polls(seconds: int) -> list[int]:
    """Seconds since the jobs were made at which they are asked about, until these have passed."""
    asked = [wait_seconds(0)]
    while asked[-1] < seconds:
        asked.append(asked[-1] + wait_seconds(asked[-1]))
    return asked


@pytest.mark.parametrize("took", [1, 30, 600, 3600, 8 * 3600, 3 * DAY])
def test_a_result_is_noticed_five_seconds_or_five_percent_late(took: int) -> None:
    assert polls(took)[-1] - took <= max(SHORTEST_SECONDS, took / 20)


def test_no_wait_is_longer_than_an_hour() -> None:
    assert wait_seconds(30 * DAY) == LONGEST_SECONDS


def test_two_weeks_fit_into_a_history_several_times() -> None:
    assert len(polls(14 * DAY)) < 500
    assert len(polls(14 * DAY)) * EVENTS * 5 < HISTORY


def test_polling_carries_the_time_that_passes_until_the_next_poll() -> None:
    store, bedrock = planned(CORRECT), Bedrock()
    created = creator(store, bedrock).create(RUN, LOOK)
    assert (created["wait_seconds"], created["waited_seconds"]) == (5, 5)
    polled = poller(store, bedrock).poll(RUN, LOOK, 400)
    assert (polled["wait_seconds"], polled["waited_seconds"]) == (20, 420)
