"""Candidates beside what is live: split, counted and rolled back; shadows stay in the dark."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.platform.conftest import Platform
from tests.local.platform.live import LiveUseCase, until

pytestmark = pytest.mark.local
FIRST, SECOND = "a" * 64, "b" * 64
MICRO = "eu.amazon.nova-micro-v1:0"
LITE = "eu.amazon.nova-lite-v1:0"
USERS = [f"user-{number}" for number in range(60)]
SHARE = 0.4


def named(name: str) -> str:
    """An experiment's id: each is used once."""
    return f"{name}-{uuid.uuid4().hex[:6]}"


def canary(name: str, **changed: Any) -> dict[str, Any]:
    """A canary of the smaller model."""
    return {
        "id": name, "kind": "canary", "share": SHARE, "limits": [{"metric": "failed", "share": 0.3}],
        "candidate": {"prompts": {}, "models": {"grounded-answer": MICRO}, "guardrail": {"name": "baseline", "version": 1}},
        **changed,
    }  # fmt: skip


def test_a_canary_gets_its_share_and_every_request_is_counted_once(platform: Platform) -> None:
    live, name = LiveUseCase(platform.target, "pre-prod", "policy-search"), named("smaller-model")
    live.release(FIRST)
    with live.caller() as caller:
        caller.settle(live.start(canary(name)))
        results = caller.all(USERS)
        again = caller.all(USERS[:5])
    assert {each["outcome"] for each in results} == {"answered"}
    arms = [each["release"]["arm"] for each in results]
    assert [each["release"]["arm"] for each in again] == arms[:5]  # a user's requests aren't torn apart
    assert 0.2 < Counter(arms)["candidate"] / len(USERS) < 0.6
    models = {(each["release"]["arm"], each["model"]) for each in results}
    assert models == {("candidate", MICRO), ("stable", LITE)}
    asked = len(live.audited(name))
    assert asked >= len(results) + len(again)

    def counted() -> int:
        state = live.state(name)
        return sum(state.counts(arm).requests for arm in ("stable", "candidate")) if state else 0

    until(lambda: counted() == asked)
    assert live.records()[-1].document.experiment is not None  # within its limits it goes on
    live.stop(name)


def test_a_canary_that_breaks_its_limit_is_rolled_back_by_itself(platform: Platform) -> None:
    live, name = LiveUseCase(platform.target, "prod", "policy-search"), named("too-slow")
    live.release(FIRST)
    slow = [{"metric": "slow", "share": 0.1, "slow_ms": 0.001}]  # no model is that fast
    before = live.records()[-1].document
    with live.caller() as caller:
        caller.settle(live.start(canary(name, share=0.5, limits=slow)))
        caller.all(USERS)

        def ended() -> Any:
            newest = live.records()[-1]
            return newest if newest.action == "rollback" else None

        record = until(ended)
        assert (record.document.experiment, record.document.stable) == (None, before.stable)
        state = live.state(name)
        assert state
        assert state.breach
        assert state.breach.metric == "slow"
        # Each of the function's environments asks AppConfig by itself, every 15 seconds.
        until(lambda: {each["release"]["arm"] for each in caller.all(USERS[:10])} == {"stable"})


def test_a_shadow_is_asked_and_scored_and_never_returned(platform: Platform) -> None:
    live, name = LiveUseCase(platform.target, "dev", "pension-guidance"), named("in-the-dark")
    live.release(FIRST)
    stable = json.loads(live.value("prompts/grounded-answer/1"))["model"]
    (other,) = set(live.contract["models"]) - {stable}
    candidate = {"prompts": {}, "models": {"grounded-answer": other}, "guardrail": live.contract["guardrail"]}
    limits = [{"metric": "disagreeing", "share": 0.9}]
    shadow = {"id": name, "kind": "shadow", "share": 1, "candidate": candidate, "limits": limits}
    users = [f"user-{number}" for number in range(5)]
    with live.caller() as caller:
        caller.settle(live.start(shadow))
        results = caller.all(users)
    assert {(each["model"], each["release"]["arm"]) for each in results} == {(stable, "stable")}

    def shadows() -> list[str]:
        arms = [each for each in live.audited(name) if each["arm"]["S"] == "shadow"]
        return [each["model"]["S"] for each in arms if "model" in each]

    until(lambda: len(shadows()) >= len(users))
    assert set(shadows()) == {other}
    until(lambda: (state := live.state(name)) and state.counts("shadow").requests >= len(users))
    live.stop(name)


def test_a_rating_is_taken_from_the_use_case_s_own_users_and_counted_once(platform: Platform) -> None:
    live, name = LiveUseCase(platform.target, "pre-prod", "pension-guidance"), named("rated")
    live.release(FIRST)
    candidate = {"prompts": {}, "models": {"grounded-answer": LITE}, "guardrail": live.contract["guardrail"]}
    limits = [{"metric": "disliked", "share": 0.5}]
    done = live.start({"id": name, "kind": "ab", "share": 0.5, "candidate": candidate, "limits": limits})
    function = live.value("live/feedback-function-name")
    with live.caller() as caller:
        caller.settle(done)
        answers = caller.all(USERS[:6])

        def rate(record: str, rating: str) -> dict[str, Any]:
            payload = json.dumps({"record": record, "rating": rating}).encode()
            said = caller.client.invoke(FunctionName=function, Qualifier=live.use_case, Payload=payload)
            return dict(json.loads(said["Payload"].read()))

        for each in answers:
            assert rate(each["record"], "up") == {"outcome": "recorded", "given": "up"}
        assert rate(answers[0]["record"], "down") == {"outcome": "already-rated", "given": "up"}
        with pytest.raises(ClientError) as error:
            caller.client.invoke(FunctionName=function, Qualifier="policy-search", Payload=b"{}")
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"

    def liked() -> int:
        state = live.state(name)
        return state.counts("stable").liked + state.counts("candidate").liked if state else 0

    until(lambda: liked() == len(answers))
    live.stop(name)


def test_an_ab_test_keeps_users_in_their_arm_and_its_winner_goes_live(platform: Platform) -> None:
    """As good as what is live, within the allowed difference: promoted once enough users were seen, and not before."""
    live, name = LiveUseCase(platform.target, "pre-prod", "policy-search"), named("smaller-for-half")
    live.release(SECOND)
    users = [f"tester-{number}" for number in range(110)]
    with live.caller() as caller:
        caller.settle(live.start(canary(name, kind="ab", share=0.5, allowed_difference=0.2)))
        first = caller.all(users[:20])
        early = live.change(action="promote", experiment=name)
        assert (early["state"], early["error"]["code"]) == ("refused", "GF-LIVE-109")
        assert live.records()[-1].action == "experiment"
        arms = {user: each["release"]["arm"] for user, each in zip(users, first, strict=False)}
        arms |= {user: each["release"]["arm"] for user, each in zip(users[20:], caller.all(users[20:]), strict=True)}
        assert [each["release"]["arm"] for each in caller.all(users[:10])] == [arms[user] for user in users[:10]]
        assert caller.one()["release"]["arm"] == "stable"  # nobody to be sticky with
        assert min(Counter(arms.values()).values()) >= 40

        def decided() -> Any:
            state = live.state(name)
            return state if state and state.looks and state.looks[-1].fraction == 1 else None

        state = until(decided)
        assert state.looks[-1].result == "PROMOTE"
        assert live.change(action="promote", experiment=name)["changed"]
        until(lambda: caller.one()["model"] == MICRO)
    live.release(FIRST)
