"""The shared quota of a model: one DynamoDB item for each model and Region, moved by conditional writes.

A worker computes the next state from the one that it knows and writes it on the condition that nobody wrote in between;
a failed condition returns the item, so that the second attempt needs no read. One write leases slots for several
requests and gives back the unused tokens of the answers since the last one.

As Bedrock counts (user guide, "How tokens are counted in Amazon Bedrock"): the start of a request takes its input tokens
and its max_tokens, its end gives back what was not used, and an output token may burn down several tokens.

Time is the workers' own clock, which Lambda keeps by the Amazon Time Sync Service: the item needs no time of DynamoDB. A
worker whose clock is ahead by s seconds starts that much early, so the service sees a burst larger by `rate * s`; after
idle time it also wastes s seconds of quota, once.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Protocol, cast

from botocore.exceptions import ClientError

from genai_runtime.evaluation.calls import gcra
from genai_runtime.evaluation.calls.errors import QUOTA_BUSY, CallsFailed
from genai_runtime.evaluation.calls.gcra import Clocks, Rates
from genai_runtime.evaluation.run import Quota

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]

KEY = "quota"
"""Partition key of the table, a string."""
EXPIRES = "expires_at"
"""Time-to-live attribute: an unused item is a full bucket again."""
_KEEP_SECONDS = 86_400

# AWS documents a quota for a minute, not how much of it may be used at once. These stay far inside of a minute's bucket
# and still fill the quota. Tokens need the more, since a bucket must hold what answers under way have reserved beyond
# their use, (reserved / used) * seconds to answer at full rate: 15 s are enough for answers of 5 s that use a third.
REQUEST_BURST_SECONDS = 2.0
TOKEN_BURST_SECONDS = 15.0
HORIZON_SECONDS = 0.5
"""How far ahead slots are leased: longer than a lease takes, short enough that returned tokens are used at once."""

# Full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
_HOLD_BASE_SECONDS, _HOLD_MOST_SECONDS = 0.5, 20.0
_CONFLICTS, _CONFLICT_PAUSE_SECONDS = 100, 0.005
_NAMES = tuple(each.name for each in fields(Clocks))

Change = Callable[[Clocks, float], tuple[Clocks, list[float], float]]
"""From the state and the time to the next state, the slots, and when the first request without one could start."""


@dataclass(frozen=True)
class State:
    """An item: the clocks, and the number of their last write (0: there is no item)."""

    clocks: Clocks = field(default_factory=Clocks)
    version: int = 0


class SharedState(Protocol):
    """Holds one state for each key."""

    def read(self, key: str) -> State:
        """What was written last."""

    def swap(self, key: str, known: State, clocks: Clocks) -> State | None:
        """Write `clocks` if `known` is still the state; else return the state."""


class RateTable:
    """SharedState in DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def read(self, key: str) -> State:
        """Strongly consistent."""
        found = self._client.get_item(TableName=self._table, Key={KEY: {"S": key}}, ConsistentRead=True)
        return _state(found.get("Item"))

    def swap(self, key: str, known: State, clocks: Clocks) -> State | None:
        """One conditional UpdateItem. Raises botocore's errors other than the failed condition."""
        written = {**asdict(clocks), "version": known.version + 1, EXPIRES: int(clocks.last) + _KEEP_SECONDS}
        values: dict[str, AttributeValueTypeDef] = {f":{name}": {"N": repr(value)} for name, value in written.items()}
        if known.version:
            condition, values[":known"] = "#version = :known", {"N": str(known.version)}
        else:
            condition = "attribute_not_exists(#version)"
        try:
            self._client.update_item(
                TableName=self._table,
                Key={KEY: {"S": key}},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in written),
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in written},
                ExpressionAttributeValues=values,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return _state(cast("Item | None", error.response.get("Item")))
        return None


def _state(item: "Item | None") -> State:
    if not item:
        return State()
    return State(Clocks(**{name: float(item[name]["N"]) for name in _NAMES}), int(item["version"]["N"]))


@dataclass(frozen=True)
class Lease:
    """Slots for the first requests of those that were asked for, and when to ask for the others."""

    slots: tuple[float, ...]
    ask_again: float


class Limiter:
    """A worker's share of one model's quota. Not thread-safe: one thread of a worker leases for all."""

    def __init__(
        self,
        state: SharedState,
        key: str,
        quota: Quota,
        *,
        request_burst: float = REQUEST_BURST_SECONDS,
        token_burst: float = TOKEN_BURST_SECONDS,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._state = state
        self._key = key
        requests, tokens = quota.requests_per_minute, quota.tokens_per_minute
        self.rates = Rates(requests and requests / 60, tokens and tokens / 60, request_burst, token_burst)
        self._is_limited = requests is not None or tokens is not None
        self._now, self._sleep, self._uniform = now, sleep, uniform
        self._known = State()
        self._unused = 0.0
        self._ended = 0.0

    def lease(self, tokens: Sequence[float]) -> Lease:
        """Reserve for as many of these requests (tokens each) as may start within HORIZON_SECONDS."""
        if not self._is_limited:
            return Lease((self._now(),) * len(tokens), self._now())
        slots, earliest = self._change(lambda clocks, now: gcra.lease(clocks, self.rates, now, tokens, HORIZON_SECONDS))
        return Lease(tuple(slots), earliest - HORIZON_SECONDS / 2)

    def give_back(self, unused: float, ended: float) -> None:
        """An answer that ended at `ended` left tokens unused (negative: took more); written by the next lease or flush."""
        if self.rates.tokens and unused:
            self._ended = min(self._ended, ended) if self._unused else ended
            self._unused += unused

    def flush(self) -> None:
        """Write what was given back."""
        if self._unused:
            self._change(lambda clocks, now: (clocks, [], now))

    def throttled(self, attempt: int) -> float:
        """The service refused a request's `attempt`-th attempt: nobody starts before the time that this returns."""
        now = self._now()
        until = now + self._uniform(0, min(_HOLD_MOST_SECONDS, _HOLD_BASE_SECONDS * 2**attempt))
        if self._is_limited:
            self._change(lambda clocks, now: (gcra.hold(clocks, self.rates, now, until), [], now), always=True)
        return until

    def _change(self, next_of: Change, *, always: bool = False) -> tuple[list[float], float]:
        """Return unused tokens, then apply a change to the newest state; without slots and unused tokens nothing is
        written unless `always`. Raises CallsFailed when others always come first."""
        is_fresh = False
        for conflict in range(_CONFLICTS):
            now = self._now()
            clocks, slots, earliest = next_of(self._returned(now), now)
            if not (slots or self._unused or always):
                if is_fresh:
                    return slots, earliest
                self._known, is_fresh = self._state.read(self._key), True
                continue
            newer = self._state.swap(self._key, self._known, clocks)
            if newer is None:
                self._known, self._unused = State(clocks, self._known.version + 1), 0.0
                return slots, earliest
            self._known, is_fresh = newer, True
            self._sleep(self._uniform(0, _CONFLICT_PAUSE_SECONDS * min(conflict, 20)))
        raise CallsFailed(
            QUOTA_BUSY,
            f"the quota of {self._key} was written by others {_CONFLICTS} times in a row: run fewer batches at once "
            "(the Distributed Map's MaxConcurrency)",
        )

    def _returned(self, now: float) -> Clocks:
        clocks = self._known.clocks
        return gcra.give_back(clocks, self.rates, now, self._unused, self._ended) if self._unused else clocks
