"""The live document as ModelAccess reads it: at most once in an interval, never waited for long, never beyond the contract."""

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from genai_runtime.live import source
from genai_runtime.live.records import Document
from genai_runtime.live.source import ContractsOnly, PatientProvider, Reading, Source
from tests.unit.live.samples import CONTRACT, document, experiment, versions
from tests.unit.runtime.deployed_platform import NOTHING_DEPLOYED, configuration
from tests.unit.runtime.fake_aws import Call, FakeAws, Reply, aws_error, serving

START, GET = "appconfigdata:StartConfigurationSession", "appconfigdata:GetLatestConfiguration"


class Clock:
    """Time that the test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def aws() -> Iterator[FakeAws]:
    """AppConfig that hands out tokens, and nothing else yet."""
    with serving() as server:
        tokens = iter(range(1000))
        server.answers[START] = lambda _: Reply({"InitialConfigurationToken": f"start-{next(tokens)}"}, 201)
        server.always(GET, NOTHING_DEPLOYED)
        yield server


@pytest.fixture
def clock() -> Clock:
    """Starts anywhere."""
    return Clock()


@pytest.fixture
def live(aws: FakeAws, clock: Clock) -> Source:
    """The source with its real adapter."""
    client = boto3.Session().client(
        "appconfigdata",
        endpoint_url=aws.url,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(
            connect_timeout=source.CONNECT_SECONDS,
            read_timeout=source.READ_SECONDS,
            retries={"total_max_attempts": 1},
        ),
    )
    return Source(PatientProvider(client, application="app", environment="live"), max_age=15, clock=clock)


def deployed(aws: FakeAws, *documents: Document | str) -> None:
    """Deployed one after the other; the last one stays."""
    replies = [configuration(each if isinstance(each, str) else each.model_dump_json()) for each in documents]
    aws.sequence(GET, *replies, configuration(""))


def test_reads_what_is_deployed(live: Source, aws: FakeAws) -> None:
    deployed(aws, document(3))
    assert live.read(CONTRACT) == Reading(document(3))
    (call,) = aws.calls_of(START)
    assert call.body == {
        "ApplicationIdentifier": "app",
        "EnvironmentIdentifier": "live",
        "ConfigurationProfileIdentifier": "claims",
        "RequiredMinimumPollIntervalInSeconds": 15,
    }


def test_asks_again_after_the_interval_only_and_in_the_same_session(live: Source, aws: FakeAws, clock: Clock) -> None:
    deployed(aws, document(3), document(4))
    for _ in range(5):
        assert live.read(CONTRACT).document == document(3)
    clock.now += 15
    assert live.read(CONTRACT).document == document(4)
    clock.now += 15
    assert live.read(CONTRACT) == Reading(document(4)), "an empty response says that nothing has changed"
    assert (len(aws.calls_of(START)), len(aws.calls_of(GET))) == (1, 3)
    assert "token-1" in aws.calls_of(GET)[1].path, "each token is used once"


@pytest.mark.parametrize(
    "nothing", [NOTHING_DEPLOYED, configuration(""), aws_error("ResourceNotFoundException", "", 404)]
)
def test_nothing_deployed_yet_is_no_fault_and_is_not_asked_about_each_time(
    live: Source, aws: FakeAws, clock: Clock, nothing: Reply
) -> None:
    aws.always(GET, nothing)
    assert [live.read(CONTRACT) for _ in range(3)] == [Reading(None)] * 3
    assert len(aws.calls_of(GET)) == 1
    clock.now += 15
    deployed(aws, document())
    assert live.read(CONTRACT) == Reading(document())


def test_a_use_case_without_a_profile_has_nothing_deployed(live: Source, aws: FakeAws) -> None:
    missing = {"__type": "ResourceNotFoundException", "ResourceType": "ConfigurationProfile"}
    aws.always(START, Reply(missing, 404))
    assert live.read(CONTRACT) == Reading(None)


def test_fails_without_its_application(live: Source, aws: FakeAws) -> None:
    aws.always(START, Reply({"__type": "ResourceNotFoundException", "ResourceType": "Application"}, 404))
    assert live.read(CONTRACT) == Reading(None, "unavailable")


@pytest.mark.parametrize("operation", [START, GET])
def test_fails_unavailable_with_nothing_read_yet_and_asks_no_sooner_than_in_an_interval(
    live: Source, aws: FakeAws, operation: str
) -> None:
    aws.always(operation, aws_error("AccessDeniedException", status=403))
    assert [live.read(CONTRACT) for _ in range(3)] == [Reading(None, "unavailable")] * 3
    assert len(aws.calls_of(operation)) == 1


def test_fails_unavailable_keeping_what_was_read_last(live: Source, aws: FakeAws, clock: Clock) -> None:
    deployed(aws, document())
    live.read(CONTRACT)
    clock.now += 15
    aws.always(GET, aws_error("InternalServerException", status=500))
    assert live.read(CONTRACT) == Reading(document(), "unavailable")
    clock.now += 15
    deployed(aws, document(2))
    assert live.read(CONTRACT) == Reading(document(2)), "in a session of its own"
    assert len(aws.calls_of(START)) == 2


def test_fails_unavailable_when_what_was_deployed_is_gone(live: Source, aws: FakeAws, clock: Clock) -> None:
    deployed(aws, document())
    live.read(CONTRACT)
    clock.now += 15
    aws.always(GET, NOTHING_DEPLOYED)
    assert live.read(CONTRACT) == Reading(document(), "unavailable")


def test_an_expired_token_is_replaced_at_once(live: Source, aws: FakeAws, clock: Clock) -> None:
    deployed(aws, document())
    live.read(CONTRACT)
    clock.now += 100_000
    aws.sequence(GET, aws_error("BadRequestException"), configuration(document(2).model_dump_json()))
    assert live.read(CONTRACT) == Reading(document(2))
    assert len(aws.calls_of(START)) == 2


@pytest.mark.parametrize("operation", [START, GET])
def test_fails_unavailable_within_a_second_when_appconfig_is_silent(live: Source, aws: FakeAws, operation: str) -> None:
    def late(_: Call) -> Reply:
        aws.slow.wait(5)
        return Reply()

    aws.answers[operation] = late
    began = time.monotonic()
    assert live.read(CONTRACT) == Reading(None, "unavailable")
    assert time.monotonic() - began < source.PATIENCE_SECONDS
    aws.slow.set()


def test_fails_unavailable_rather_than_begin_a_second_slow_call(live: Source, aws: FakeAws, monkeypatch: Any) -> None:
    monkeypatch.setattr(source, "PATIENCE_SECONDS", source.CONNECT_SECONDS + source.READ_SECONDS + 0.01)

    def slow(_: Call) -> Reply:
        time.sleep(0.05)
        return Reply({"InitialConfigurationToken": "t"}, 201)

    aws.answers[START] = slow
    assert live.read(CONTRACT).fault == "unavailable"
    assert aws.calls_of(GET) == []


@pytest.mark.parametrize(
    "content",
    [
        "no json",
        "[]",
        json.dumps(document(4).model_dump(mode="json") | {"extra": 1}),
        document(4, use_case="other").model_dump_json(),
        document(4, stable=versions(name="other")).model_dump_json(),
        document(4, stable=versions(models={"answer": "unknown"})).model_dump_json(),
        document(4, stable=versions().model_copy(update={"prompts": {"foreign": 1}})).model_dump_json(),
        document(4, experiment=experiment(candidate=versions(2, models={"foreign": "m"}))).model_dump_json(),
        document(4, experiment=experiment(candidate=versions(2, name="other"))).model_dump_json(),
    ],
)
def test_fails_malformed_for_what_is_no_document_or_goes_beyond_the_contract(
    live: Source, aws: FakeAws, clock: Clock, content: str
) -> None:
    deployed(aws, document(3), content, document(5))
    live.read(CONTRACT)
    clock.now += 15
    assert live.read(CONTRACT) == Reading(document(3), "malformed"), "the one before stays"
    assert live.read(CONTRACT).fault == "malformed", "for every request"
    clock.now += 15
    assert live.read(CONTRACT) == Reading(document(5))


def test_fails_malformed_without_any_good_one(live: Source, aws: FakeAws) -> None:
    deployed(aws, "{}")
    assert live.read(CONTRACT) == Reading(None, "malformed")


def test_fails_malformed_when_the_contract_has_shrunk(live: Source, aws: FakeAws) -> None:
    deployed(aws, document())
    live.read(CONTRACT)
    assert live.read(CONTRACT.model_copy(update={"prompts": {"classify": 1}})) == Reading(None, "malformed")
    assert live.read(CONTRACT) == Reading(document())


def test_an_experiment_is_left_when_nobody_says_whether_it_still_runs(live: Source, aws: FakeAws, clock: Clock) -> None:
    running = document(experiment=experiment())
    deployed(aws, running)
    assert live.read(CONTRACT).document == running
    aws.always(GET, aws_error("InternalServerException", status=500))
    clock.now += source.UNCONFIRMED_SECONDS
    assert live.read(CONTRACT).document == running
    clock.now += 1
    assert live.read(CONTRACT) == Reading(document(), "unavailable")
    clock.now += 15
    aws.always(GET, configuration(running.model_dump_json()))
    assert live.read(CONTRACT) == Reading(running)


def test_use_cases_have_documents_of_their_own(live: Source, aws: FakeAws) -> None:
    other = CONTRACT.model_copy(update={"name": "other"})
    deployed(aws, document(1), document(2, use_case="other"))
    assert live.read(CONTRACT).document == document(1)
    assert live.read(other).document == document(2, use_case="other")
    assert len(aws.calls_of(START)) == 2


def test_where_contracts_say_what_is_live_nobody_is_asked() -> None:
    assert ContractsOnly().read(CONTRACT) == Reading(None)
