"""Counts in the table: one transaction, bound to the version that was read."""

# ruff: noqa: N803 (boto3 names the arguments)

import json
from datetime import timedelta
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from genai_runtime.live.online.errors import OnlineError
from genai_runtime.live.online.records import UserCounts
from genai_runtime.live.online.table import MOST_OBSERVATIONS, ExperimentTable
from tests.unit.live.fakes import client_error
from tests.unit.live.online.toys import NOW, USE_CASE, fresh

TABLE = "live"


class Dynamo:
    """Transactions of puts, as DynamoDB decides them, and reads that leave a part unprocessed."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.largest = 0

    def get_item(self, *, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:
        assert (TableName, ConsistentRead) == (TABLE, True)
        item = self.items.get((Key["use_case"]["S"], Key["entry"]["S"]))
        return {"Item": item} if item else {}

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:
        request = RequestItems[TABLE]
        assert request["ConsistentRead"]
        keys = request["Keys"]
        assert 0 < len(keys) <= 100
        now, later = keys[:30], keys[30:]
        found = [self.items.get((key["use_case"]["S"], key["entry"]["S"])) for key in now]
        return {
            "Responses": {TABLE: [item for item in found if item]},
            "UnprocessedKeys": {TABLE: {"Keys": later}} if later else {},
        }

    def transact_write_items(self, *, TransactItems: list[dict[str, Any]]) -> None:
        puts = [each["Put"] for each in TransactItems]
        self.largest = max(self.largest, len(puts))
        assert len({self._key(put) for put in puts}) == len(puts) <= 100
        reasons = [{"Code": "None" if self._holds(put) else "ConditionalCheckFailed"} for put in puts]
        if any(each["Code"] != "None" for each in reasons):
            raise client_error("TransactionCanceledException", CancellationReasons=reasons)
        for put in puts:
            self.items[self._key(put)] = put["Item"]

    def _holds(self, put: dict[str, Any]) -> bool:
        there, condition = self.items.get(self._key(put)), put.get("ConditionExpression")
        if condition == "attribute_not_exists(entry)":
            return there is None
        if condition == "version = :known":
            return there is not None and there["version"] == put["ExpressionAttributeValues"][":known"]
        assert condition is None
        return True

    def _key(self, put: dict[str, Any]) -> tuple[str, str]:
        return put["Item"]["use_case"]["S"], put["Item"]["entry"]["S"]

    def get_paginator(self, operation: str) -> Any:
        assert operation == "query"
        return self

    def paginate(self, *, ExpressionAttributeValues: dict[str, Any], **_: Any) -> list[dict[str, Any]]:
        group, prefix = (ExpressionAttributeValues[name]["S"] for name in (":group", ":prefix"))
        keys = [key for key in sorted(self.items) if key[0] == group and key[1].startswith(prefix)]
        return [{"Items": [self.items[key]]} for key in keys]


@pytest.fixture
def dynamo() -> Dynamo:
    return Dynamo()


@pytest.fixture
def table(dynamo: Dynamo) -> ExperimentTable:
    return ExperimentTable(cast(Any, dynamo), TABLE)


def test_a_state_is_read_as_it_was_written(table: ExperimentTable) -> None:
    assert table.state(USE_CASE, "e1") is None
    assert table.write(fresh("ab"), now=NOW)
    assert table.state(USE_CASE, "e1") == fresh("ab").model_copy(update={"version": 1})


def test_only_the_writer_that_read_the_newest_version_writes(table: ExperimentTable, dynamo: Dynamo) -> None:
    first = fresh()
    assert table.write(first, now=NOW, counted=["a"])
    assert not table.write(first, now=NOW, counted=["b"])
    second = table.state(USE_CASE, "e1")
    assert second is not None
    assert table.write(second, now=NOW)
    assert not table.write(second, now=NOW, users={"candidate#1": UserCounts(requests=1)})
    assert table.seen(first, ["a", "b"]) == {"a"}
    assert table.users(first, ["candidate#1"]) == {}


def test_marks_expire_after_the_stream_has_forgotten_and_states_never(table: ExperimentTable, dynamo: Dynamo) -> None:
    table.write(fresh(), now=NOW, counted=["a"])
    expiry = {entry: item.get("expires_at") for (_, entry), item in dynamo.items.items()}
    assert expiry.pop("experiment#e1") is None
    assert list(expiry.values()) == [{"N": str(int((NOW + timedelta(hours=48)).timestamp()))}]


def test_users_are_kept_by_arm_without_their_names(table: ExperimentTable, dynamo: Dynamo) -> None:
    users = {
        f"{arm}#{number:032x}": UserCounts(requests=number, answered=1)
        for number in (1, 2)
        for arm in ("stable", "candidate")
    }
    table.write(fresh("ab"), now=NOW, users=users)
    assert table.users(fresh("ab"), [*users, "stable#ff"]) == users
    every = table.all_users(fresh("ab"))
    assert {f"{arm}#{user}": counts for arm, each in every.items() for user, counts in each.items()} == users


def test_a_whole_part_fits_a_transaction_and_reads_go_on_until_all_is_read(
    table: ExperimentTable, dynamo: Dynamo
) -> None:
    keys = [str(number) for number in range(MOST_OBSERVATIONS)]
    table.write(fresh(), now=NOW, counted=keys, users={f"stable#{key}": UserCounts() for key in keys})
    assert dynamo.largest == 1 + 2 * MOST_OBSERVATIONS <= 100
    many = [*keys, *(f"other{number}" for number in range(160))]
    assert table.seen(fresh(), many) == set(keys)


def test_a_transaction_that_meets_another_one_is_no_fault(table: ExperimentTable, dynamo: Dynamo) -> None:
    for code in ("TransactionConflict", "ConditionalCheckFailed"):
        error = client_error("TransactionCanceledException", CancellationReasons=[{"Code": code}])
        dynamo.transact_write_items = raising(error)  # type: ignore[method-assign]
        assert not table.write(fresh(), now=NOW)


@pytest.mark.parametrize(
    "error",
    [
        client_error("TransactionCanceledException", CancellationReasons=[{"Code": "ThrottlingError"}]),
        client_error("AccessDeniedException"),
    ],
)
def test_fails_with_every_other_fault(table: ExperimentTable, dynamo: Dynamo, error: ClientError) -> None:
    dynamo.transact_write_items = raising(error)  # type: ignore[method-assign]
    with pytest.raises(ClientError, match=error.response["Error"]["Code"]):
        table.write(fresh(), now=NOW)


def test_fails_for_counts_that_cannot_be_read(table: ExperimentTable, dynamo: Dynamo) -> None:
    table.write(fresh(), now=NOW)
    item = dynamo.items[USE_CASE, "experiment#e1"]
    item["state"] = {"S": json.dumps({**json.loads(item["state"]["S"]), "unknown": 1})}
    with pytest.raises(OnlineError, match=r"GF-LIVE-201.*'e1' of 'claims'"):
        table.state(USE_CASE, "e1")


def raising(error: Exception) -> Any:
    def fail(**_: Any) -> None:
        raise error

    return fail
