"""Counts of experiments on the target's DynamoDB: its transactions keep what the in-memory table of the unit tests keeps."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from foundation.local.target import Target
from genai_runtime.live.online.counting import Counting
from genai_runtime.live.online.looks import look
from genai_runtime.live.online.observer import Observer
from genai_runtime.live.online.table import ExperimentTable
from tests.local.conftest import ACCOUNTS
from tests.unit.live.online.toys import USE_CASE, experiment, request, running

pytestmark = pytest.mark.local


@pytest.fixture
def table(target: Target) -> ExperimentTable:
    client: Any = target.client("dynamodb", ACCOUNTS["dev"], "eu-west-1")
    name = f"live-{uuid.uuid4().hex[:8]}"
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "use_case", "KeyType": "HASH"}, {"AttributeName": "entry", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "use_case", "AttributeType": "S"},
            {"AttributeName": "entry", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return ExperimentTable(client, name)


def test_functions_that_count_at_once_and_repeat_each_other_count_once(table: ExperimentTable) -> None:
    """Three shards, each delivered twice; users, marks and the state of one A/B test."""
    log = running(experiment("ab", minimum=1000))
    batches = [
        [
            request(
                1000 * shard + number,
                "failed" if number == 7 else "answered",
                "candidate" if number % 2 else "stable",
                user=f"u{number % 20}",
            )
            for number in range(60)
        ]
        for shard in range(3)
    ]

    def deliver(batch: list[Any]) -> None:
        Observer(log, Counting(log, table, look), log.rollback).observe(batch)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(deliver, [*batches, *batches]))
    state = table.state(USE_CASE, "e1")
    assert state is not None
    counts = {arm: (each.requests, each.failed, each.users) for arm, each in state.arms.items()}
    assert counts == {"candidate": (90, 3, 10), "stable": (90, 0, 10)}
    every = table.all_users(state)
    assert {arm: sum(user.requests for user in users.values()) for arm, users in every.items()} == {
        "candidate": 90,
        "stable": 90,
    }
    assert state.breach is None
    assert log.actions == ["release", "experiment"]
