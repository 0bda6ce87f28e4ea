"""The log of what is live: DynamoDB, records written once under consecutive sequences, each naming the one before."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

from genai_runtime.live import errors
from genai_runtime.live.errors import LiveError
from genai_runtime.live.records import LogRecord, digest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

PREFIX = "record#"


class SequenceTaken(LiveError):
    """Another writer was faster: read the log again, and decide again."""


class Log(Protocol):
    """What the parts that change and show what is live need of the log."""

    def newest(self, use_case: str) -> LogRecord | None: ...

    def history(self, use_case: str) -> tuple[LogRecord, ...]: ...

    def append(self, record: LogRecord) -> None: ...


def entry(sequence: int) -> str:
    """Sort key of a record."""
    return f"{PREFIX}{sequence:010d}"


def verify(use_case: str, records: Sequence[LogRecord]) -> None:
    """Sequences from 1 without a gap, each naming the digest of the one before. Raises LiveError naming the first record
    that breaks this."""
    previous: str | None = None
    for expected, record in enumerate(records, start=1):
        found = record.document.sequence
        if found != expected:
            raise _broken(use_case, expected, f"it is missing, the next one is {found}")
        if record.document.use_case != use_case:
            raise _broken(use_case, expected, f"it is of {record.document.use_case!r}")
        if record.previous != previous:
            raise _broken(
                use_case, expected, "it doesn't name the digest of the record before, so one of both was changed"
            )
        previous = digest(record)


class LogTable:
    """The log in its table. Raises botocore's errors where the table can't be used."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def newest(self, use_case: str) -> LogRecord | None:
        """The record that is live, read consistently; None before the first one. Raises LiveError for an unreadable one."""
        found = self._client.query(**self._query(use_case), ScanIndexForward=False, Limit=1)  # type: ignore[arg-type]
        return next((_record(use_case, item) for item in found["Items"]), None)

    def history(self, use_case: str) -> tuple[LogRecord, ...]:
        """All records, oldest first, with their chain verified. Raises LiveError naming the first broken record."""
        pages = self._client.get_paginator("query").paginate(**self._query(use_case))  # type: ignore[arg-type]
        records = tuple(_record(use_case, item) for page in pages for item in page["Items"])
        verify(use_case, records)
        return records

    def append(self, record: LogRecord) -> None:
        """Write the record under its sequence. Raises SequenceTaken when another record has that sequence."""
        key = self._key(record)
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**key, "record": {"S": record.model_dump_json()}, "digest": {"S": digest(record)}},
                ConditionExpression="attribute_not_exists(entry)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            if self._at(key) != record:  # else our own, from an attempt whose response was lost
                raise _taken(record) from None

    def _at(self, key: "dict[str, AttributeValueTypeDef]") -> LogRecord | None:
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return _record(key["use_case"]["S"], item) if item else None

    def _query(self, use_case: str) -> dict[str, object]:
        return {
            "TableName": self._table,
            "KeyConditionExpression": "use_case = :use_case AND begins_with(entry, :prefix)",
            "ExpressionAttributeValues": {":use_case": {"S": use_case}, ":prefix": {"S": PREFIX}},
            "ConsistentRead": True,
        }

    @staticmethod
    def _key(record: LogRecord) -> "dict[str, AttributeValueTypeDef]":
        return {"use_case": {"S": record.document.use_case}, "entry": {"S": entry(record.document.sequence)}}


def _record(use_case: str, item: "dict[str, AttributeValueTypeDef]") -> LogRecord:
    key = item["entry"]["S"]
    try:
        record = LogRecord.model_validate_json(item["record"]["S"])
    except (KeyError, ValueError):
        raise LiveError(
            errors.RECORD_BROKEN,
            f"the item {key} of {use_case!r} is no record of the log: {_RESTORE}",
        ) from None
    if key != entry(record.document.sequence):
        raise _broken(use_case, record.document.sequence, f"it lies under {key}")
    return record


_RESTORE = "find out in the trail who wrote the table, and restore it from its backup"


def _broken(use_case: str, sequence: int, why: str) -> LiveError:
    return LiveError(errors.RECORD_BROKEN, f"record {sequence} of {use_case!r} is broken: {why}: {_RESTORE}")


def _taken(record: LogRecord) -> SequenceTaken:
    return SequenceTaken(
        errors.SEQUENCE_TAKEN,
        f"record {record.document.sequence} of {record.document.use_case!r} was written by someone else in the meantime: "
        "look at what is live now, and ask again",
    )
