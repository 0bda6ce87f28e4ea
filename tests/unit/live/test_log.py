"""The log: one record for each sequence, and a chain that shows what was changed."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_runtime.live.changes import next_record
from genai_runtime.live.errors import LiveError
from genai_runtime.live.log import LogTable, SequenceTaken, entry, verify
from genai_runtime.live.records import LogRecord
from tests.unit.live.fakes import FakeDynamo, client_error
from tests.unit.live.samples import MANIFEST, NOW, OTHER, USE_CASE, log_of, release


def table(dynamo: FakeDynamo) -> LogTable:
    """The log in a fake table."""
    return LogTable(cast(Any, dynamo), "live")


def filled(*records: LogRecord) -> tuple[FakeDynamo, LogTable]:
    """A log with records."""
    dynamo = FakeDynamo()
    log = table(dynamo)
    for each in records:
        log.append(each)
    return dynamo, log


RECORDS = log_of(release(), release(OTHER, 2), release(MANIFEST, 3))


def test_keeps_what_was_appended_in_order() -> None:
    _, log = filled(*RECORDS)
    assert log.history(USE_CASE) == RECORDS
    assert log.newest(USE_CASE) == RECORDS[-1]
    assert (log.newest("other"), log.history("other")) == (None, ())


def test_other_entries_of_the_use_case_are_no_records() -> None:
    dynamo, log = filled(*RECORDS)
    dynamo.items[USE_CASE, "experiment#canary-1"] = {"entry": {"S": "experiment#canary-1"}}
    dynamo.items[USE_CASE, "zzz"] = {"entry": {"S": "zzz"}}
    assert log.newest(USE_CASE) == RECORDS[-1]
    assert log.history(USE_CASE) == RECORDS


def test_fails_a_second_record_of_the_same_sequence() -> None:
    _, log = filled(*RECORDS[:1])
    with pytest.raises(SequenceTaken) as caught:
        log.append(log_of(release(OTHER, 9))[0])
    assert caught.value.code == "GF-LIVE-101"
    assert log.history(USE_CASE) == RECORDS[:1]


def test_a_record_whose_response_was_lost_is_stored() -> None:
    dynamo = FakeDynamo()
    dynamo.lose_response = True
    table(dynamo).append(RECORDS[0])
    assert table(dynamo).newest(USE_CASE) == RECORDS[0]


def test_fails_with_dynamodbs_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    dynamo = FakeDynamo()

    def denied(**_: Any) -> None:
        raise client_error("AccessDeniedException")

    monkeypatch.setattr(dynamo, "put_item", denied)
    with pytest.raises(Exception, match="AccessDeniedException"):
        table(dynamo).append(RECORDS[0])


def broken(records: tuple[LogRecord, ...]) -> str:
    """The message about a broken chain."""
    with pytest.raises(LiveError) as caught:
        verify(USE_CASE, records)
    assert caught.value.code == "GF-LIVE-100"
    return caught.value.message


def test_fails_naming_the_first_record_that_is_missing() -> None:
    assert "record 2 of 'claims' is broken: it is missing, the next one is 3" in broken((RECORDS[0], RECORDS[2]))


def test_fails_naming_the_record_after_a_changed_one() -> None:
    changed = RECORDS[0].model_copy(update={"by": "someone else"})
    assert "record 2 of 'claims' is broken: it doesn't name the digest" in broken((changed, *RECORDS[1:]))


def test_fails_a_first_record_that_names_one_before() -> None:
    assert "record 1" in broken((RECORDS[0].model_copy(update={"previous": "0" * 64}),))


def test_fails_a_record_of_another_use_case() -> None:
    document = RECORDS[0].document.model_copy(update={"use_case": "other"})
    assert "it is of 'other'" in broken((RECORDS[0].model_copy(update={"document": document}),))


def test_fails_an_item_that_is_no_record() -> None:
    dynamo, log = filled(*RECORDS)
    dynamo.items[USE_CASE, entry(3)]["record"] = {"S": "{}"}
    with pytest.raises(LiveError, match="GF-LIVE-100: the item record#0000000003 of 'claims' is no record"):
        log.newest(USE_CASE)


def test_fails_a_record_under_another_key() -> None:
    dynamo, log = filled(*RECORDS)
    dynamo.items[USE_CASE, entry(3)]["record"] = dynamo.items[USE_CASE, entry(2)]["record"]
    with pytest.raises(LiveError, match="record 2 of 'claims' is broken: it lies under record#0000000003"):
        log.newest(USE_CASE)


def writer(log: LogTable, name: str, todo: int) -> Iterator[None]:
    """Appends `todo` records; gives way between reading and writing, and decides again when it was too late."""
    for number in range(todo):
        while True:
            history = log.history(USE_CASE)
            yield
            record = next_record(history, release(f"{number + 1:02x}" * 32, number + 1, by=name), now=NOW)
            if record is None:
                break
            try:
                log.append(record)
            except SequenceTaken:
                continue
            break


@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=4),
    st.lists(st.integers(0, 3), max_size=40),
)
def test_any_interleaving_of_writers_leaves_a_chain_without_gaps(todo: list[int], turns: list[int]) -> None:
    dynamo = FakeDynamo()
    writers = {number: writer(table(dynamo), f"writer-{number}", count) for number, count in enumerate(todo)}
    for turn in turns:
        if turn in writers and next(writers[turn], "ended") == "ended":
            del writers[turn]
    for left in writers.values():
        list(left)
    history = table(dynamo).history(USE_CASE)  # verifies the chain
    assert [each.document.sequence for each in history] == list(range(1, len(history) + 1))
    assert len(history) == len(dynamo.items) >= max(todo)
    for before, after in pairwise(history):
        assert (before.document.manifest, before.document.stable) != (after.document.manifest, after.document.stable)
