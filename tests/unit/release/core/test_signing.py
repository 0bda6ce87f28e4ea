"""Signatures by real ECDSA keys: what one is for, and where it stands, is part of what is signed."""

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_runtime.release import entries
from genai_runtime.release.errors import KEY_UNKNOWN, OTHER_KEY, SIGNATURE_INVALID
from genai_runtime.release.records import Entry, Purpose, Statement
from genai_runtime.release.signing import KmsKeys
from tests.unit.release.core import sample
from tests.unit.release.core.refusal import refuses

PURPOSES: tuple[Purpose, ...] = ("seal", "promotion", "approval", "warrant")


@pytest.fixture(scope="module")
def keys(kms: Any) -> KmsKeys:
    made = {
        purpose: kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
        for purpose in PURPOSES
    }
    return KmsKeys(kms, made)


def entry(keys: KmsKeys, purpose: Purpose = "seal") -> Entry:
    statements: dict[Purpose, Statement] = {
        "seal": sample.sealed(),
        "promotion": sample.promoted("dev"),
        "approval": sample.approved("qa"),
        "warrant": sample.warrant("dev"),
    }
    return entries.make(keys, statements[purpose], sample.signed(statements[purpose]).entry)


@pytest.fixture(scope="module")
def seal(keys: KmsKeys) -> Entry:
    """The same signature each time: ECDSA's differ, also in length."""
    return entry(keys)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_an_entry_is_signed_by_the_key_of_its_purpose(keys: KmsKeys, purpose: Purpose) -> None:
    made = entry(keys, purpose)
    assert made.key == keys.arn(purpose)
    entries.check(keys, made)


@pytest.mark.parametrize("other", ["promotion", "approval", "warrant"])
def test_fails_when_another_purpose_s_key_signed(keys: KmsKeys, other: Purpose) -> None:
    made = entry(keys)
    digest = entries.digest("seal", made.entry, made.statement)
    forged = made.model_copy(update={"signature": keys.sign(other, digest)})
    with refuses(SIGNATURE_INVALID, "sealed"):
        entries.check(keys, forged)
    with refuses(OTHER_KEY, keys.arn(other)):
        entries.check(keys, forged.model_copy(update={"key": keys.arn(other)}))


def test_fails_when_a_signature_is_copied_to_another_execution_s_entry(keys: KmsKeys) -> None:
    made = entry(keys, "warrant")
    copied = made.model_copy(update={"entry": made.entry.removesuffix("0") + "1"})
    with refuses(SIGNATURE_INVALID, copied.entry):
        entries.check(keys, copied)


def test_fails_when_another_manifest_s_signature_is_used(keys: KmsKeys) -> None:
    made = entry(keys)
    other = sample.signed(sample.sealed(manifest=sample.OTHER_HASH))
    with refuses(SIGNATURE_INVALID):
        entries.check(keys, other.model_copy(update={"signature": made.signature, "key": made.key}))


@pytest.mark.parametrize("signature", ["", "not base64!", "AAAA", "QUJD\n", "QUJD===="])
def test_fails_when_a_signature_is_none(keys: KmsKeys, signature: str) -> None:
    with refuses(SIGNATURE_INVALID):
        entries.check(keys, entry(keys).model_copy(update={"signature": signature}))


def test_fails_when_a_signature_is_spelled_otherwise(keys: KmsKeys) -> None:
    """Base64 has spare bits before its padding, so that several texts stand for the same bytes."""
    made = next(each for each in (entry(keys) for _ in range(200)) if each.signature.endswith("="))
    text = made.signature.rstrip("=")
    spellings = [
        f"{text[:-1]}{last}{made.signature[len(text) :]}"
        for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    ]
    same = [each for each in spellings if base64.b64decode(each) == base64.b64decode(made.signature)]
    assert len(same) > 1
    for each in set(same) - {made.signature}:
        with refuses(SIGNATURE_INVALID):
            entries.check(keys, made.model_copy(update={"signature": each}))


def test_fails_without_a_key_for_the_purpose(kms: Any, keys: KmsKeys) -> None:
    with refuses(KEY_UNKNOWN, "approval"):
        entries.check(KmsKeys(kms, {"seal": keys.arn("seal")}), entry(keys, "approval"))


def test_who_verifies_seals_needs_that_key_alone(kms: Any, keys: KmsKeys) -> None:
    entries.check(KmsKeys(kms, {"seal": keys.arn("seal")}), entry(keys))


def test_fails_when_kms_can_not_be_asked(kms: Any) -> None:
    gone = "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000"
    with pytest.raises(ClientError):
        KmsKeys(kms, {"seal": gone}).verify("seal", b"0" * 32, "QUJD")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_fails_whichever_character_of_a_signature_is_changed(keys: KmsKeys, seal: Entry, data: st.DataObject) -> None:
    made = seal
    place = data.draw(st.integers(0, len(made.signature) - 1))
    other = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
    changed = made.signature[:place] + other + made.signature[place + 1 :]
    if changed != made.signature:
        with refuses(SIGNATURE_INVALID):
            entries.check(keys, made.model_copy(update={"signature": changed}))
