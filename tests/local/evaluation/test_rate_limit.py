"""The limiter on the target's DynamoDB, shared by threads that each play a worker."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from foundation.local.target import Target
from genai_runtime.evaluation.calls.gcra import Clocks
from genai_runtime.evaluation.calls.rate import KEY, REQUEST_BURST_SECONDS, Limiter, RateTable, State
from genai_runtime.evaluation.run import Quota
from tests.local.conftest import ACCOUNTS

pytestmark = pytest.mark.local
WORKERS = 6


@pytest.fixture
def table(target: Target) -> RateTable:
    client: Any = target.client("dynamodb", ACCOUNTS["dev"], "eu-west-1")
    name = f"rate-{uuid.uuid4().hex[:8]}"
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": KEY, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": KEY, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return RateTable(client, name)


def together(work: Callable[[int], None]) -> None:
    """Run `work` in each worker; raises what one of them raised."""
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))


def test_a_state_is_read_as_it_was_written(table: RateTable) -> None:
    clocks = Clocks(requests=1763736846.1234567, tokens=0.1, floor_since=1 / 3, last=1763736846.0)
    assert table.read("m") == State()
    assert table.swap("m", State(), clocks) is None
    assert table.read("m") == State(clocks, 1)
    assert table.swap("m", State(), Clocks()) == State(clocks, 1)
    assert table.swap("m", State(clocks, 1), Clocks()) is None


def test_one_of_all_that_write_at_once_wins(table: RateTable) -> None:
    won: list[int] = []
    start = threading.Barrier(WORKERS, timeout=30)

    def work(number: int) -> None:
        start.wait()
        if table.swap("m", State(), Clocks(last=float(number))) is None:
            won.append(number)

    together(work)
    assert table.read("m") == State(Clocks(last=float(won[0])), 1)
    assert len(won) == 1


def test_workers_together_get_the_quota_and_no_more(table: RateTable) -> None:
    """Each worker leases as fast as it can; the slots of all are checked against rate and burst in every window."""
    rate, seconds = 50.0, 4.0
    quota = Quota(requests_per_minute=rate * 60, tokens_per_minute=rate * 60 * 1000)
    slots: list[float] = []
    end = time.time() + seconds

    def work(_: int) -> None:
        limiter = Limiter(table, "m", quota)
        while (now := time.time()) < end:
            lease = limiter.lease([1000.0] * 8)
            slots.extend(lease.slots)
            for slot in lease.slots:
                limiter.give_back(500.0, ended=slot)
            time.sleep(max(0.0, min(lease.ask_again, end) - now))

    together(work)
    slots.sort()
    for first in range(len(slots)):
        for last in range(first, len(slots)):
            assert last - first + 1 <= rate * (slots[last] - slots[first]) + rate * REQUEST_BURST_SECONDS + 1e-3
    span = slots[-1] - slots[0]
    assert len(slots) >= 0.97 * rate * span
