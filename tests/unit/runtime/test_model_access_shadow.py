"""A shadow's copy of a request: sent after the answer is recorded, asked once, and never an answer to anybody."""

from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools import Metrics

from genai_runtime.live import source
from genai_runtime.live.records import ShadowCopy
from genai_runtime.model_access.assembly import assemble_shadow
from genai_runtime.model_access.environment import QuestionEnvironment
from genai_runtime.model_access.errors import RequestFailed
from genai_runtime.model_access.shadow import ShadowAccess
from tests.unit.runtime import deployed_platform as deployed
from tests.unit.runtime.deployed_platform import (
    ENVIRONMENT,
    EVENT,
    MANIFEST,
    MODEL,
    OTHER_MODEL,
    PARAMETERS,
    PROMPT,
    go_live,
    invocation,
)
from tests.unit.runtime.fake_aws import FakeAws, Reply, aws_error
from tests.unit.runtime.live_platform import NEWER, OTHER_MANIFEST, counted, experiment, observed, records

Ask = Callable[..., dict[str, Any]]
COPY = ShadowCopy(
    use_case="claims",
    experiment="exp-1",
    request_id="request-1",
    prompt="grounded-answer",
    variables=EVENT["variables"],
    user="u-17",
    answer="It is 250 euro.",
    outcome="answered",
    latency_ms=5,
    at="2026-07-30T10:00:00.000000+00:00#request-1",
)


def test_a_copy_goes_to_the_shadow_after_the_record(ask: Ask, newer: FakeAws) -> None:
    go_live(newer, experiment=experiment("shadow"))
    result = ask()
    assert (result["prompt"]["version"], result["model"]) == (3, MODEL)
    assert result["release"] == {"sequence": 7, "manifest": MANIFEST, "experiment": "exp-1", "arm": "stable"}
    (call,) = newer.calls_of("sqs:SendMessage")
    assert call.body["QueueUrl"] == ENVIRONMENT["SHADOW_QUEUE_URL"]
    copy = ShadowCopy.model_validate_json(call.body["MessageBody"])
    assert copy == COPY.model_copy(update={"latency_ms": result["latency_ms"], "at": result["record"]})
    operations = [each.operation for each in newer.calls]
    assert operations.index("sqs:SendMessage") > operations.index("dynamodb:PutItem")


@pytest.mark.parametrize("share", [1e-9, 1.0])
def test_no_copy_of_a_request_that_is_not_chosen_or_not_answered(ask: Ask, newer: FakeAws, share: float) -> None:
    go_live(newer, experiment=experiment("shadow", share))
    if share == 1:
        newer.always("bedrock:Converse", aws_error("ValidationException"))
    ask()
    assert newer.calls_of("sqs:SendMessage") == []


def test_no_copy_of_an_answer_that_is_withheld(ask: Ask, newer: FakeAws) -> None:
    go_live(newer, experiment=experiment("shadow"))
    newer.always("dynamodb:PutItem", aws_error("ResourceNotFoundException"))
    assert ask()["outcome"] == "failed"
    assert newer.calls_of("sqs:SendMessage") == []


def test_fails_to_copy_without_failing_the_answer(ask: Ask, newer: FakeAws, metrics: Metrics) -> None:
    go_live(newer, experiment=experiment("shadow"))
    newer.always("sqs:SendMessage", aws_error("AccessDenied", status=403))
    assert ask()["outcome"] == "answered"
    assert "ShadowCopyNotSent" in counted(metrics)


def test_fails_to_copy_what_is_larger_than_a_message(ask: Ask, newer: FakeAws, metrics: Metrics) -> None:
    huge = {
        "max_input_tokens": 10**6,
        "variables": {"context": {"max_characters": 10**6}, "question": {"max_characters": 100}},
    }
    name = "/genai-foundation/prompts/grounded-answer/3"
    deployed.deploy(newer, PARAMETERS | NEWER | {name: PROMPT | {"limits": huge}})
    go_live(newer, experiment=experiment("shadow"))
    assert ask(variables={"context": "x" * 262_000, "question": "?"})["outcome"] == "answered"
    assert newer.calls_of("sqs:SendMessage") == []
    assert "ShadowCopyNotSent" in counted(metrics)


def test_fails_to_copy_half_of_a_character_without_losing_the_answer(
    ask: Ask, newer: FakeAws, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    """A model may write half of a surrogate pair; JSON can carry it to the caller, and no message can."""
    go_live(newer, experiment=experiment("shadow"))
    newer.always("bedrock:Converse", Reply(deployed.converse_response("250 euro \ud83d")))
    assert ask()["answer"] == "250 euro \ud83d"
    assert newer.calls_of("sqs:SendMessage") == []
    assert "ShadowCopyNotSent" in counted(metrics)
    assert "250 euro" not in caplog.text


@pytest.fixture
def shadow(newer: FakeAws, metrics: Metrics) -> ShadowAccess:
    """What the function `shadow` asks with; `newer` is deployed, and nothing is live."""
    del newer
    return assemble_shadow(QuestionEnvironment.read(ENVIRONMENT), metrics)


def test_a_shadow_asks_the_candidate_and_is_recorded_as_one(shadow: ShadowAccess, newer: FakeAws) -> None:
    go_live(newer, experiment=experiment("shadow"))
    result = shadow.ask(COPY, invocation())
    assert result is not None
    assert (result["outcome"], result["answer"], result["prompt"]["version"]) == ("answered", "It is 250 euro.", 4)
    (record,) = records(newer)
    assert (record["at"], record["request_id"]) == (f"{COPY.at}#shadow", "request-1")
    assert (record["arm"], record["experiment"], record["user"]) == ("shadow", "exp-1", "u-17")
    assert (record["prompt_version"], record["model"], record["manifest"]) == ("4", OTHER_MODEL, OTHER_MANIFEST)
    assert newer.calls_of("sqs:SendMessage") == [], "a shadow has none of its own"
    (found,) = observed(newer)
    assert found is not None
    assert (found.kind, found.arm, found.key) == ("request", "shadow", record["at"])


@pytest.mark.parametrize("live", [{}, {"experiment": experiment("shadow", id="exp-2")}])
def test_a_copy_of_an_experiment_that_is_over_is_dropped(
    shadow: ShadowAccess, newer: FakeAws, live: dict[str, Any]
) -> None:
    go_live(newer, **live)
    assert shadow.ask(COPY, invocation()) is None
    assert records(newer) == []
    assert newer.calls_of("bedrock:Converse") == []


def test_a_copy_for_a_prompt_that_is_not_agreed_any_more_is_dropped(shadow: ShadowAccess) -> None:
    assert shadow.ask(COPY.model_copy(update={"prompt": "extract"}), invocation()) is None


def test_fails_a_shadow_when_nobody_says_what_runs(shadow: ShadowAccess, newer: FakeAws) -> None:
    newer.always("appconfigdata:StartConfigurationSession", aws_error("InternalServerException", status=500))
    with pytest.raises(RequestFailed, match="delivered again"):
        shadow.ask(COPY, invocation())


@pytest.mark.parametrize("seconds", [source.UNCONFIRMED_SECONDS + 1, 16])
def test_fails_a_shadow_when_what_was_read_last_may_not_have_its_experiment_yet(
    shadow: ShadowAccess, newer: FakeAws, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """A document that was left without its experiment, and one from before it, don't say that the experiment is over."""
    clock = [1000.0]
    monkeypatch.setattr(shadow._live, "_clock", lambda: clock[0])
    go_live(newer, **({"experiment": experiment("shadow")} if seconds > source.UNCONFIRMED_SECONDS else {}))
    first = shadow.ask(COPY, invocation())
    assert (first is None) == (seconds == 16)
    newer.always("appconfigdata:GetLatestConfiguration", aws_error("InternalServerException", status=500))
    clock[0] += seconds
    with pytest.raises(RequestFailed, match="delivered again"):
        shadow.ask(COPY, invocation())


def test_fails_a_shadow_with_a_result_when_the_candidate_fails(shadow: ShadowAccess, newer: FakeAws) -> None:
    go_live(newer, experiment=experiment("shadow"))
    newer.always("bedrock:Converse", aws_error("ValidationException"))
    result = shadow.ask(COPY, invocation())
    assert result is not None
    assert (result["outcome"], result["error"]["code"]) == ("failed", "GF-RUN-034")
    assert (records(newer)[0]["arm"], records(newer)[0]["outcome"]) == ("shadow", "failed")
