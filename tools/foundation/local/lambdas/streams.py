"""Event source mappings of DynamoDB streams: retries, halves of a batch, partial answers, what is given up.

ministack repeats a failed batch for ever and waits for it with all other mappings. Source: AWS Lambda Developer Guide,
"How Lambda processes records from stream and queue-based event sources" and "Process Amazon DynamoDB records with Lambda".
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import dynamodb, lambda_svc

from foundation.local.lambdas.undelivered import table_of

Record = dict[str, Any]
Mapping = dict[str, Any]

PAUSE_SECONDS = 0.2
"""Between two attempts; Lambda waits longer each time."""


def install() -> None:
    lambda_svc._poll_dynamodb_streams = poll


def poll() -> bool:
    """Start a batch of every mapping that has records and none under way; whether there was one."""
    started = [_started(account, region, mapping) for account, region, mapping in lambda_svc._iter_all_esms()]
    return any(started)


@dataclass(frozen=True)
class Batch:
    """Records of a mapping's table, those that its filters leave, from a position on."""

    mapping: Mapping
    function: Any
    table: str
    start: int
    length: int
    records: list[Record]


def _started(account: str, region: str, mapping: Mapping) -> bool:
    if ":dynamodb:" not in mapping.get("EventSourceArn", "") or not mapping.get("Enabled", True):
        return False
    if lambda_svc._esm_inflight.get(mapping["UUID"]):
        return False
    with request_scope(account, region):
        batch = _next(mapping)
        if batch is None:
            return False
        if batch.records:
            lambda_svc._dispatch_esm_batch(mapping["UUID"], _process, account, region, batch)
        else:
            _advance(batch)
    return True


def _next(mapping: Mapping) -> Batch | None:
    name = table_of(mapping["EventSourceArn"])
    table = dynamodb._tables.get(name)
    function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    if function is None or not table or table.get("LatestStreamArn") != mapping["EventSourceArn"]:
        return None
    with lambda_svc._dynamodb_stream_positions_lock:
        positions = lambda_svc._dynamodb_stream_positions
        start = max(
            positions.get(mapping["UUID"], dynamodb.stream_end_position(name)), dynamodb.stream_start_position(name)
        )
        positions[mapping["UUID"]] = start
    raw = dynamodb.stream_records_since(name, start, int(mapping.get("BatchSize", 100)))
    if not raw:
        return None
    return Batch(mapping, function, name, start, len(raw), lambda_svc._apply_filter_criteria(raw, mapping))


def _advance(batch: Batch) -> None:
    with lambda_svc._dynamodb_stream_positions_lock:
        lambda_svc._dynamodb_stream_positions[batch.mapping["UUID"]] = batch.start + batch.length


def _process(account: str, region: str, batch: Batch) -> None:
    with request_scope(account, region):
        given_up = _delivered(batch, batch.records, attempt=0)
        _advance(batch)
        batch.mapping["LastProcessingResult"] = f"PROBLEM: {given_up} records were given up" if given_up else "OK"


def _delivered(batch: Batch, records: list[Record], *, attempt: int) -> int:
    """Invoke until the records are through or their attempts are used up; how many were given up."""
    retries = int(batch.mapping.get("MaximumRetryAttempts", -1))
    while records:
        answer = lambda_svc._execute_function(batch.function, {"Records": records})
        left = _left(batch.mapping, records, answer)
        if not left:
            return 0
        records = left
        if _is_halved(batch.mapping) and len(records) > 1:  # which doesn't count as an attempt
            return sum(_delivered(batch, half, attempt=attempt) for half in _halves(records))
        if 0 <= retries <= attempt:
            condition = "RetryAttemptsExhausted"
            lambda_svc._send_ddb_stream_failure_record(
                batch.mapping, batch.function, records, batch.mapping["EventSourceArn"], answer, condition
            )
            return len(records)
        attempt += 1
        time.sleep(PAUSE_SECONDS)
    return 0


def _is_halved(mapping: Mapping) -> bool:
    return str(mapping.get("BisectBatchOnFunctionError", "")).lower() == "true"


def _left(mapping: Mapping, records: list[Record], answer: Any) -> list[Record]:
    """The records that must be delivered again: all of a failed batch, or those from the first reported one on."""
    if answer.get("error"):
        return records
    body = answer.get("body")
    if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []) or not isinstance(body, dict):
        return []
    failed = {each.get("itemIdentifier") for each in body.get("batchItemFailures", [])}
    for index, record in enumerate(records):
        if record["dynamodb"]["SequenceNumber"] in failed:
            return records[index:]
    return []


def _halves(records: list[Record]) -> Iterator[list[Record]]:
    middle = len(records) // 2
    yield records[:middle]
    yield records[middle:]
