"""Records of DynamoDB streams that a mapping has still to deliver: part of what the journal keeps.

A mapping's position is an absolute index into its table's stream. Records that every mapping has passed are left out, so
a restored stream begins at the position that lags most; a stream that no mapping reads begins empty.
"""

from __future__ import annotations

from typing import Any

from ministack.core.responses import AccountRegionScopedDict, request_scope
from ministack.services import dynamodb, lambda_svc

STORE = "undelivered_stream_records"

_state = dynamodb.get_state
_load = dynamodb.load_persisted_state


def install() -> None:
    dynamodb.get_state = lambda: {**_state(), STORE: undelivered()}
    dynamodb.load_persisted_state = load


def undelivered() -> AccountRegionScopedDict:
    """By account, Region and table: where its mappings' slowest reader stands, and the records from there on."""
    found = AccountRegionScopedDict()
    for (account, region, mapping), position in list(lambda_svc._dynamodb_stream_positions.all_items()):
        table = table_of(lambda_svc._esms.get_scoped(account, region, mapping, {}).get("EventSourceArn", ""))
        known = found.get_scoped(account, region, table)
        if table and (known is None or position < known["position"]):
            with request_scope(account, region):
                records = dynamodb.stream_records_since(table, position, _ALL)
            found.set_scoped(account, region, table, {"position": position, "records": records})
    return found


def load(data: dict[str, Any]) -> Any:
    """Restore tables as upstream does, then their streams."""
    done = _load(data)
    for (account, region, table), kept in (data or {}).get(STORE, AccountRegionScopedDict()).all_items():
        dynamodb._stream_trimmed.set_scoped(account, region, table, kept["position"])
        dynamodb._stream_records.set_scoped(account, region, table, list(kept["records"]))
    return done


def table_of(stream_arn: str) -> str:
    """The table of a DynamoDB stream; empty for another source."""
    return stream_arn.partition(":table/")[2].partition("/stream/")[0]


_ALL = 2**31
