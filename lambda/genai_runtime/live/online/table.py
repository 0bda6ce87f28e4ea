"""Counts of experiments in the log's table.

`experiment#ID` under the use case holds an experiment's state. Under `USE_CASE#ID` lie an item for each observation that is
counted (`seen#DIGEST`, which expires when the stream can't deliver the observation again) and for each user of an A/B test
(`user#ARM#DIGEST`). One transaction writes all that a part of a batch changes. It is bound to the version of the state that
was read first, so that nothing which was read meanwhile can have changed either.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from pydantic import ValidationError

from genai_runtime.live.online import errors
from genai_runtime.live.online.errors import OnlineError
from genai_runtime.live.online.records import ExperimentState, UserCounts
from genai_runtime.live.records import Experiment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

MOST_OBSERVATIONS: Final = 45
"""In one transaction of at most 100 items: each may write two."""
_SEEN: Final = timedelta(days=2)
"""Twice a stream's memory."""
_USERS: Final = timedelta(days=180)
_READ_AT_ONCE: Final = 100
_EXPIRES = "expires_at"

Item = dict[str, "AttributeValueTypeDef"]


class ExperimentTable:
    """Raises botocore's errors where the table can't be used."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def state(self, use_case: str, experiment: str) -> ExperimentState | None:
        """What is counted, read consistently; None before the first observation. Raises OnlineError (GF-LIVE-201)."""
        key = _key(use_case, f"experiment#{experiment}")
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        if item is None:
            return None
        try:
            return ExperimentState.model_validate_json(item["state"]["S"])
        except (KeyError, ValidationError):
            raise OnlineError(
                errors.STATE_BROKEN,
                f"the counts of experiment {experiment!r} of {use_case!r} can't be read: stop it, and start another under a "
                "new id",
            ) from None

    def seen(self, state: ExperimentState, keys: Sequence[str]) -> frozenset[str]:
        """Which of these observations are counted already."""
        by_entry = {_seen(key): key for key in keys}
        return frozenset(by_entry[entry] for entry, _ in self._read(state, list(by_entry)))

    def users(self, state: ExperimentState, keys: Sequence[str]) -> dict[str, UserCounts]:
        """Users by `users.user_key`; who isn't counted yet is left out."""
        found = self._read(state, [f"user#{key}" for key in dict.fromkeys(keys)])
        return {entry.removeprefix("user#"): _user(item) for entry, item in found}

    def all_users(self, state: ExperimentState) -> dict[str, dict[str, UserCounts]]:
        """Every user of an A/B test by arm and digest."""
        arms: dict[str, dict[str, UserCounts]] = {}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="use_case = :group AND begins_with(entry, :prefix)",
            ExpressionAttributeValues={":group": {"S": _group(state)}, ":prefix": {"S": "user#"}},
            ConsistentRead=True,
        )
        for item in (item for page in pages for item in page["Items"]):
            _, arm, digest = item["entry"]["S"].split("#")
            arms.setdefault(arm, {})[digest] = _user(item)
        return arms

    def write(
        self,
        state: ExperimentState,
        *,
        now: datetime,
        counted: Sequence[str] = (),
        users: Mapping[str, UserCounts] | None = None,
    ) -> bool:
        """Write a state as the version after the one it was read as. False when another writer was faster.

        :param counted: keys of the observations that are new in it
        :param users: users that they changed
        """
        group, items = _group(state), [self._put_state(state)]
        for key in counted:
            items.append(self._put({**_key(group, _seen(key)), _EXPIRES: _epoch(now + _SEEN)}))
        for user, counts in (users or {}).items():
            numbers: Item = {name: {"N": str(count)} for name, count in counts.model_dump().items()}
            items.append(self._put({**_key(group, f"user#{user}"), **numbers, _EXPIRES: _epoch(now + _USERS)}))
        try:
            self._client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if _others_were_faster(error):
                return False
            raise
        return True

    def _put_state(self, state: ExperimentState) -> "TransactWriteItemTypeDef":
        next_one = state.model_copy(update={"version": state.version + 1})
        item: Item = {
            **_key(state.use_case, f"experiment#{state.experiment.id}"),
            "state": {"S": next_one.model_dump_json()},
            "version": {"N": str(next_one.version)},
        }
        put = self._put(item)
        if state.version:
            put["Put"]["ConditionExpression"] = "version = :known"
            put["Put"]["ExpressionAttributeValues"] = {":known": {"N": str(state.version)}}
        else:
            put["Put"]["ConditionExpression"] = "attribute_not_exists(entry)"
        return put

    def _put(self, item: Item) -> "TransactWriteItemTypeDef":
        return {"Put": {"TableName": self._table, "Item": item}}

    def _read(self, state: ExperimentState, entries: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        group = _group(state)
        for start in range(0, len(entries), _READ_AT_ONCE):
            keys = [_key(group, entry) for entry in entries[start : start + _READ_AT_ONCE]]
            while keys:
                read = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
                for item in read["Responses"].get(self._table, []):
                    yield item["entry"]["S"], item
                unread = read["UnprocessedKeys"].get(self._table)
                keys = [_key(group, str(key["entry"]["S"])) for key in unread["Keys"]] if unread else []


def new_state(use_case: str, experiment: Experiment) -> ExperimentState:
    """Of an experiment that nothing is known of yet."""
    return ExperimentState(use_case=use_case, experiment=experiment)


def _key(use_case: str, entry: str) -> Item:
    return {"use_case": {"S": use_case}, "entry": {"S": entry}}


def _group(state: ExperimentState) -> str:
    return f"{state.use_case}#{state.experiment.id}"


def _seen(key: str) -> str:
    return f"seen#{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _user(item: Mapping[str, Any]) -> UserCounts:
    return UserCounts(**{name: int(item[name]["N"]) for name in UserCounts.model_fields})


def _epoch(at: datetime) -> "AttributeValueTypeDef":
    return {"N": str(int(at.timestamp()))}


def _others_were_faster(error: ClientError) -> bool:
    if error.response["Error"]["Code"] == "TransactionInProgressException":
        return True
    reasons = [each.get("Code") for each in error.response.get("CancellationReasons", [])]
    return any(reason in ("ConditionalCheckFailed", "TransactionConflict") for reason in reasons)
