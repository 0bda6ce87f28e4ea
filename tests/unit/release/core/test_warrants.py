"""Warrants: issued after all checks, redeemed once, in time, by the execution and for the environment that they are for."""

from collections.abc import Callable
from contextvars import copy_context
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.release import errors
from genai_runtime.release.accounts import Accounts
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.entries import redemption_key, warrant_key
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.manifest import Environment
from genai_runtime.release.records import Entry, Redeemed
from genai_runtime.release.warrants import AuthorizeParameters, Authorizer, Redeemer, nonce_hash
from tests.unit.release.core import sample
from tests.unit.release.core.fakes import Sts
from tests.unit.release.core.refusal import refuses
from tests.unit.release.core.sample import EARLIER, EXECUTION, HASH, NOW, OTHER_HASH, SUITE_FILES, at
from tests.unit.release.core.world import RESULT, VERSIONS, World, waiting


@pytest.fixture
def world(ledger: Ledger, releases: ReleaseBucket, s3: Any, bucket: str) -> World:
    return waiting(ledger, releases, s3, bucket)


def test_a_warrant_is_redeemed_for_a_session_that_is_bound_to_the_release(world: World) -> None:
    got = world.redeem(world.authorize())
    (asked,) = world.sts.asked
    assert asked["RoleArn"] == "arn:aws:iam::444444444444:role/genai-foundation-release-deployer"
    assert asked["DurationSeconds"] == 3600
    tags = {each["Key"]: each["Value"] for each in asked["Tags"]}
    assert tags == {"manifest": world.hash, "environment": "prod", "execution": EXECUTION}
    assert set(asked["TransitiveTagKeys"]) == set(tags)
    assert Entry.model_validate(got.pop("Sealed")) == world.entries("sealed")[0]
    assert got == {
        "Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "secret-of-session", "SessionToken": "token-of-session",
        "Expiration": "2026-09-10T13:00:00+00:00",
    }  # fmt: skip
    (redeemed,) = world.entries("redeemed")
    assert isinstance(redeemed.statement, Redeemed)
    assert redeemed.statement.session == asked["RoleSessionName"]
    assert world.opened == ["pre-prod", "pre-prod"], "evidence is read when a warrant is issued and when it is redeemed"


def test_the_ledger_holds_no_secret(world: World) -> None:
    nonce = world.authorize()
    assert len(nonce) >= 43
    assert nonce not in str(world.ledger.entries(world.hash))
    (made,) = [each for each in world.entries("warrant") if each.entry.startswith("warrant#prod")]
    assert made.entry == warrant_key("prod", EXECUTION, 0)


def test_an_authorization_that_is_repeated_gives_another_warrant(world: World) -> None:
    first, second = world.authorize(), world.authorize()
    assert first != second
    assert [
        each.entry[-2:] for each in world.entries("warrant") if "prod#" in each.entry and "pre-" not in each.entry
    ] == ["#0", "#1"]
    world.redeem(second)


def test_two_authorizations_at_once_both_get_one(world: World) -> None:
    barrier, nonces = Barrier(2), iter(("one", "two"))

    def nonce() -> str:
        barrier.wait(5)
        return next(nonces)

    authorizer = Authorizer(world.admissions, world.ledger, 15, lambda: NOW, nonce)
    parameters = AuthorizeParameters(execution=EXECUTION, manifest=world.hash, environment="prod")
    both = [Thread(target=in_context(lambda: authorizer.authorize(parameters))) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    hashes = {each.statement.nonce_sha256 for each in world.entries("warrant") if each.statement.kind == "warrant"}
    assert hashes >= {nonce_hash("one"), nonce_hash("two")}


def in_context(call: Callable[[], object]) -> Callable[[], object]:
    """In this thread's account."""
    context = copy_context()
    return lambda: context.run(call)


def test_fails_warrant_redeemed_twice(world: World) -> None:
    nonce = world.authorize()
    world.redeem(nonce)
    with refuses(errors.WARRANT_REDEEMED, "retry the whole stage"):
        world.redeem(nonce)
    assert len(world.sts.asked) == 1


def test_fails_warrant_redeemed_twice_at_once(world: World) -> None:
    """Both pass the checks; whose redemption was written gets the session."""
    nonce = world.authorize()
    barrier, outcomes = Barrier(2), list[str]()

    class Slow(Sts):
        def assume_role(self, **given: Any) -> Any:
            barrier.wait(5)
            return super().assume_role(**given)

    world.sts = Slow()

    def redeem() -> None:
        try:
            outcomes.append(world.redeem(nonce)["AccessKeyId"])
        except ReleaseRefused as refused:
            outcomes.append(refused.code)

    both = [Thread(target=in_context(redeem)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(outcomes) == ["ASIAEXAMPLE", errors.WARRANT_REDEEMED]


def test_fails_when_the_ledger_refuses_for_another_reason(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It isn't taken for a place that is taken."""
    nonce = world.authorize()

    def forged(*_: object) -> None:
        raise ReleaseRefused(errors.SIGNATURE_INVALID, "forged")

    monkeypatch.setattr(world.ledger, "write", forged)
    with refuses(errors.SIGNATURE_INVALID):
        world.redeem(nonce)
    with refuses(errors.SIGNATURE_INVALID):
        world.authorize()


def test_fails_warrant_expired(world: World) -> None:
    nonce = world.authorize()
    world.time = NOW + timedelta(minutes=15)
    with refuses(errors.WARRANT_EXPIRED, "Authorize issues another"):
        world.redeem(nonce)
    world.time = NOW + timedelta(minutes=14, seconds=59)
    world.redeem(nonce)


def test_fails_warrant_for_another_execution(world: World) -> None:
    """Of a rollback, whose approvals are of an earlier execution: there the binding of the warrant is all that is left."""
    world.ledger.append(sample.promoted("prod", manifest=world.hash))
    nonce = world.authorize()
    with refuses(errors.WARRANT_OF_OTHER_EXECUTION, EARLIER):
        world.redeem(nonce, execution=EARLIER)
    assert world.sts.asked == []


@pytest.mark.parametrize("environment", ["dev", "pre-prod"])
def test_fails_warrant_for_another_environment(world: World, environment: Environment) -> None:
    nonce = world.authorize()
    with refuses(errors.WARRANT_OF_OTHER_ENVIRONMENT, "prod", environment):
        world.redeem(nonce, environment)
    assert world.sts.asked == []


def test_fails_a_deployment_by_hand(world: World) -> None:
    """Whoever may invoke the function, but wasn't given a warrant."""
    world.authorize()
    guesses = ["", "guess", nonce_hash("guess")]
    for each in guesses[1:]:
        with refuses(errors.WARRANT_UNKNOWN, world.hash):
            world.redeem(each)
    with refuses(errors.REQUEST_INVALID, "warrant"):
        world.redeem("")
    assert world.sts.asked == []


def test_fails_to_redeem_with_what_the_ledger_shows(world: World) -> None:
    nonce = world.authorize()
    with refuses(errors.WARRANT_UNKNOWN):
        world.redeem(nonce_hash(nonce))


def test_fails_warrant_of_another_release(world: World, s3: Any, releases: ReleaseBucket) -> None:
    """A warrant is looked for among the entries of the release that is to be deployed."""
    nonce = world.authorize()
    with refuses(errors.NOT_SEALED, HASH):
        world.redeem(nonce, manifest=HASH)
    with refuses(errors.MANIFEST_MISSING):
        world.redeem(nonce, manifest=OTHER_HASH)


@pytest.mark.parametrize("event", [None, {}, {"manifest": "x", "execution": "e", "warrant": "secret-nonce"}, []])
def test_fails_when_the_event_is_no_request(world: World, event: object) -> None:
    accounts = Accounts(world.sts, {}, "eu-west-1")  # type: ignore[arg-type]
    with pytest.raises(ReleaseRefused) as raised:
        Redeemer("prod", world.admissions, world.ledger, accounts, lambda: NOW).redeem(event)
    assert raised.value.code == errors.REQUEST_INVALID
    assert "secret-nonce" not in str(raised.value)


def test_all_is_verified_again_when_a_warrant_is_redeemed(world: World) -> None:
    nonce = world.authorize()
    world.runs.write(layout.result("pre-prod-answers"), b"changed")
    with refuses(errors.EVIDENCE_CHANGED):
        world.redeem(nonce)
    world.runs.write(layout.result("pre-prod-answers"), RESULT)
    key = layout.golden("golden", "answers", VERSIONS["answers"], "dataset.jsonl")
    world.datasets.write(key, b"changed")
    with refuses(errors.DATASET_CHANGED):
        world.redeem(nonce)
    world.datasets.write(key, SUITE_FILES["dataset.jsonl"])
    world.ledger.append(sample.refused("pre-prod", manifest=world.hash, execution=EARLIER, at=at()))
    with refuses(errors.GATE_REFUSED):
        world.redeem(nonce)
    assert world.sts.asked == []


def test_a_session_that_sts_refuses_does_not_spend_the_warrant(world: World, s3: Any) -> None:
    nonce = world.authorize()
    world.sts.fails = s3.exceptions.ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole")
    with refuses(errors.ROLE_DENIED, "genai-foundation-release-deployer"):
        world.redeem(nonce)
    world.sts.fails = s3.exceptions.ClientError({"Error": {"Code": "Throttling"}}, "AssumeRole")
    with pytest.raises(s3.exceptions.ClientError):
        world.redeem(nonce)
    assert world.entries("redeemed") == []
    world.redeem(nonce)


def test_fails_when_an_execution_asks_for_warrants_without_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genai_runtime.release.warrants._MOST_WARRANTS", 2)
    world.authorize()
    world.authorize()
    with refuses(errors.ENTRY_DIFFERS, "2 warrants"):
        world.authorize()


def test_dev_needs_the_seal_alone_and_opens_no_account(world: World) -> None:
    world.redeem(world.authorize("dev"), "dev")
    assert world.opened == []
    assert world.sts.asked[0]["RoleArn"].startswith("arn:aws:iam::222222222222:")


def test_a_redemption_stands_where_its_warrant_says(world: World) -> None:
    nonce = world.authorize()
    world.redeem(nonce)
    assert world.ledger.find(world.hash, redemption_key("prod", nonce_hash(nonce))) is not None
