"""Token buckets: never more than the quota, never less than what it refills, refusals take nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.local.bedrock.errors import BedrockError
from foundation.local.bedrock.quota import Bucket, Quotas

KEY = ("222222222222", "eu-west-1", "eu.amazon.nova-lite-v1:0")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def admitted(quotas: Quotas, *, requests: int | None = None, tokens: int | None = None, reserve: int = 0) -> bool:
    try:
        quotas.admit(KEY, requests_per_minute=requests, tokens_per_minute=tokens, reserve=reserve)
    except BedrockError as error:
        return (error.code, error.status) != ("ThrottlingException", 429)
    return True


@given(
    quota=st.integers(1, 200),
    gaps=st.lists(st.floats(0, 90, allow_nan=False), min_size=1, max_size=200),
)
def test_requests_in_any_window_stay_within_quota_and_refill(quota: int, gaps: list[float]) -> None:
    clock = Clock()
    quotas = Quotas(clock)
    times = []
    for gap in gaps:
        clock.now += gap
        if admitted(quotas, requests=quota):
            times.append(clock.now)
    for first, start in enumerate(times):
        for last, end in enumerate(times[first:], start=first):
            assert last - first + 1 <= quota + (end - start) * quota / 60 + 1e-6


@given(quota=st.integers(1, 10_000), used=st.integers(0, 10_000), waited=st.floats(0, 600, allow_nan=False))
def test_level_never_exceeds_the_quota(quota: int, used: int, waited: float) -> None:
    bucket = Bucket(quota, 0.0)
    bucket.take(used)
    assert bucket.level(waited) <= quota
    assert bucket.level(waited) >= min(quota, quota - used + waited * quota / 60) - 1e-6


@given(reserve=st.integers(1, 500), used=st.integers(0, 500))
def test_settling_leaves_what_was_really_used(reserve: int, used: int) -> None:
    quotas = Quotas(Clock())
    ticket = quotas.admit(KEY, requests_per_minute=None, tokens_per_minute=1_000, reserve=reserve)
    quotas.settle(ticket, used)
    assert admitted(quotas, tokens=1_000, reserve=1_000 - used)
    assert not admitted(quotas, tokens=1_000, reserve=1)


def test_a_minute_refills_everything() -> None:
    clock = Clock()
    quotas = Quotas(clock)
    assert [admitted(quotas, requests=2) for _ in range(3)] == [True, True, False]
    clock.now = 30
    assert [admitted(quotas, requests=2) for _ in range(2)] == [True, False]
    clock.now = 90
    assert [admitted(quotas, requests=2) for _ in range(3)] == [True, True, False]


def test_fails_without_taking_anything() -> None:
    quotas = Quotas(Clock())
    assert not admitted(quotas, requests=1, tokens=100, reserve=101)
    assert admitted(quotas, requests=1, tokens=100, reserve=100)


def test_fails_with_the_message_of_the_exceeded_quota() -> None:
    quotas = Quotas(Clock())
    assert admitted(quotas, requests=1)
    with pytest.raises(BedrockError, match="Too many requests, please wait"):
        quotas.admit(KEY, requests_per_minute=1, tokens_per_minute=None, reserve=0)
    with pytest.raises(BedrockError, match="Too many tokens, please wait"):
        quotas.admit(KEY, requests_per_minute=None, tokens_per_minute=10, reserve=11)


def test_accounts_regions_and_models_have_their_own_quota() -> None:
    quotas = Quotas(Clock())
    for key in (KEY, ("333333333333", *KEY[1:]), (KEY[0], "eu-central-1", KEY[2]), (*KEY[:2], "other")):
        quotas.admit(key, requests_per_minute=1, tokens_per_minute=None, reserve=0)


def test_new_settings_start_full() -> None:
    quotas = Quotas(Clock())
    assert admitted(quotas, requests=1)
    quotas.clear()
    assert admitted(quotas, requests=1)
