"""The ledger's table: written once, read whole, believed only where each entry verifies."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genai_runtime.release import entries
from genai_runtime.release.errors import (
    ENTRY_DIFFERS,
    ENTRY_MISPLACED,
    ENTRY_UNREADABLE,
    OTHER_KEY,
    SIGNATURE_INVALID,
    ReleaseRefused,
)
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.manifest import canonical
from genai_runtime.release.records import Redeemed
from tests.unit.release.core import sample
from tests.unit.release.core.refusal import refuses
from tests.unit.release.core.sample import HASH, KEYS, OTHER_HASH


def change(dynamodb: Any, table: str, entry: str, **parts: str) -> None:
    """Somebody who can write the table changes an item."""
    found = dynamodb.get_item(TableName=table, Key={"manifest": {"S": HASH}, "entry": {"S": entry}})["Item"]
    dynamodb.put_item(TableName=table, Item=found | {name: {"S": value} for name, value in parts.items()})


def redeemed(session: str) -> Redeemed:
    return Redeemed(manifest=HASH, environment="dev", session=session, at=sample.at(), execution=sample.EXECUTION)


def test_what_is_appended_is_read_back(ledger: Ledger) -> None:
    made = [ledger.append(sample.sealed()), ledger.append(sample.promoted("dev")), ledger.append(sample.approved("qa"))]
    assert set(ledger.entries(HASH)) == set(made)
    assert ledger.find(HASH, "sealed") == made[0]
    assert ledger.find(HASH, "refused#dev#x") is None
    assert ledger.entries(OTHER_HASH) == ()


def test_the_same_statement_again_is_harmless_and_keeps_its_first_time(ledger: Ledger) -> None:
    first = ledger.append(sample.sealed())
    assert ledger.append(sample.sealed()) == first
    assert ledger.append(sample.sealed(at=sample.at(hours=1))) == first


def test_fails_when_another_statement_has_the_place(ledger: Ledger) -> None:
    ledger.append(sample.promoted("dev"))
    with refuses(ENTRY_DIFFERS, "promoted#dev#"):
        ledger.append(sample.promoted("dev", evidence=sample.evidence("dev", decision="HOLD")))


def test_a_redemption_can_be_written_once(ledger: Ledger) -> None:
    key = entries.redemption_key("dev", sample.sha("nonce"))
    assert ledger.write(key, redeemed("one")) == ledger.write(key, redeemed("one"))
    with refuses(ENTRY_DIFFERS):
        ledger.write(key, redeemed("two"))
    assert [each.signature for each in ledger.entries(HASH)] == [""]


def test_all_pages_are_read(ledger: Ledger) -> None:
    """A page has 1 MiB at most."""
    long = "x" * 300_000
    for number in range(8):
        ledger.append(sample.approved("qa", execution=f"execution-{number}", comment=long))
    assert len(ledger.entries(HASH)) == 8


def test_fails_when_the_table_can_not_be_written(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """What DynamoDB didn't take isn't there, whatever it says."""

    class Throttled:
        def put_item(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "PutItem")

    monkeypatch.setattr(ledger, "_client", Throttled())
    with pytest.raises(ClientError, match="slow down"):
        ledger.append(sample.sealed())


def test_fails_when_a_statement_was_changed(ledger: Ledger, dynamodb: Any, table: str) -> None:
    ledger.append(sample.approved("qa"))
    entry = entries.key_of(sample.approved("qa"))
    forged = canonical(sample.approved("qa", by="mallory@example.com")).decode()
    change(dynamodb, table, entry, statement=forged)
    for read in (lambda: ledger.entries(HASH), lambda: ledger.find(HASH, entry)):
        with refuses(SIGNATURE_INVALID, entry):
            read()


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"statement": "{}"}, ENTRY_UNREADABLE),
        ({"statement": "nothing"}, ENTRY_UNREADABLE),
        ({"statement": json.dumps(sample.sealed().model_dump(), indent=1)}, ENTRY_UNREADABLE),
        ({"statement": canonical(sample.promoted("dev")).decode()}, ENTRY_MISPLACED),
        ({"signature": "00"}, SIGNATURE_INVALID),
        ({"key": sample.ARNS["approval"]}, OTHER_KEY),
        ({"key": ""}, OTHER_KEY),
        ({"more": "attribute"}, ENTRY_UNREADABLE),
    ],
)
def test_fails_when_an_item_was_changed(
    ledger: Ledger, dynamodb: Any, table: str, parts: dict[str, str], code: str
) -> None:
    ledger.append(sample.sealed())
    ledger.append(sample.promoted("dev"))
    change(dynamodb, table, "sealed", **parts)
    with refuses(code, "sealed"):
        ledger.entries(HASH)


def test_fails_when_an_entry_of_another_release_was_copied(ledger: Ledger, dynamodb: Any, table: str) -> None:
    other = sample.signed(sample.approved("qa", manifest=OTHER_HASH))
    ledger.append(sample.approved("qa"))
    change(
        dynamodb, table, other.entry, statement=canonical(other.statement).decode(), signature=other.signature
    )  # fmt: skip
    with refuses(ENTRY_MISPLACED, other.entry):
        ledger.entries(HASH)


def test_fails_when_a_promotion_is_invented_as_a_redemption(ledger: Ledger, dynamodb: Any, table: str) -> None:
    """Redemptions are unsigned: nothing else may stand in their place."""
    key = entries.redemption_key("dev", sample.sha("nonce"))
    ledger.write(key, redeemed("one"))
    change(dynamodb, table, key, statement=canonical(sample.promoted("dev")).decode())
    with refuses(ENTRY_MISPLACED):
        ledger.entries(HASH)


def test_fails_when_the_table_can_not_be_used(dynamodb: Any) -> None:
    gone = Ledger(dynamodb, "no-such-table", KEYS)
    for call in (lambda: gone.append(sample.sealed()), lambda: gone.entries(HASH), lambda: gone.find(HASH, "sealed")):
        with pytest.raises(ClientError):
            call()


ENTRY = sample.signed(sample.promoted("dev"))
TEXT = canonical(ENTRY.statement)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.integers(0, len(TEXT) - 1), other=st.integers(32, 126))
def test_fails_whichever_byte_of_a_statement_is_changed(place: int, other: int) -> None:
    changed = TEXT[:place] + bytes([other]) + TEXT[place + 1 :]
    if changed == TEXT:
        return
    with pytest.raises(ReleaseRefused) as raised:
        entries.check(
            KEYS, entries.read(ENTRY.manifest, ENTRY.entry, changed.decode(), ENTRY.signature, ENTRY.key)
        )  # fmt: skip
    assert raised.value.code in {ENTRY_UNREADABLE, ENTRY_MISPLACED, SIGNATURE_INVALID}
