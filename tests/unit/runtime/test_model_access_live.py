"""Requests are answered with the versions that are live, and left with the contract's when nobody can say."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools import Metrics
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genai_runtime.live import source
from genai_runtime.live.online.records import Request
from genai_runtime.model_access.access import ModelAccess
from genai_runtime.model_access.assembly import assemble
from genai_runtime.model_access.environment import Environment
from tests.unit.runtime import deployed_platform as deployed
from tests.unit.runtime.deployed_platform import (
    ENVIRONMENT,
    EVENT,
    LIVE,
    MANIFEST,
    MODEL,
    OTHER_MODEL,
    PARAMETERS,
    PROMPT,
    configuration,
    go_live,
    invocation,
)
from tests.unit.runtime.fake_aws import FakeAws, aws_error
from tests.unit.runtime.live_platform import CANDIDATE, NEWER, OTHER_MANIFEST, counted, experiment, observed, records

Ask = Callable[..., dict[str, Any]]


def test_a_live_version_is_answered_with_and_recorded(ask: Ask, newer: FakeAws) -> None:
    go_live(newer, stable=CANDIDATE)
    result = ask()
    assert result["prompt"] == {"name": "grounded-answer", "version": 4}
    assert (result["model"], result["guardrail"]["version"]) == (OTHER_MODEL, 3)
    assert result["release"] == {"sequence": 7, "manifest": MANIFEST, "experiment": None, "arm": "stable"}
    (call,) = newer.calls_of("bedrock:Converse")
    assert call.body["guardrailConfig"]["guardrailIdentifier"] == "arn:aws:bedrock:newer"
    assert call.body["requestMetadata"]["prompt_version"] == "4"
    (record,) = records(newer)
    assert result["record"] == record["at"]
    assert (record["live_sequence"], record["manifest"]) == ("7", MANIFEST)
    assert {"experiment", "arm"} & record.keys() == set()
    assert (record["prompt_version"], record["guardrail_version"], record["model"]) == ("4", "3", OTHER_MODEL)


def test_a_new_version_reaches_a_running_function(
    access: ModelAccess, newer: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(access._live, "_clock", lambda: clock[0])
    second = LIVE | {"sequence": 8, "stable": CANDIDATE}
    newer.sequence(
        "appconfigdata:GetLatestConfiguration", configuration(json.dumps(LIVE)), configuration(json.dumps(second))
    )
    first = access.answer(EVENT, invocation())
    clock[0] += 16
    then = access.answer(EVENT, invocation())
    assert [each["prompt"]["version"] for each in (first, then)] == [3, 4]
    assert len(newer.calls_of("bedrock-agent:GetPrompt")) == 2


def test_a_candidate_s_answer_carries_its_arm_and_its_manifest(ask: Ask, newer: FakeAws) -> None:
    go_live(newer, experiment=experiment())
    result = ask()
    assert result["release"] == {
        "sequence": 7,
        "manifest": OTHER_MANIFEST,
        "experiment": "exp-1",
        "arm": "candidate",
    }
    (record,) = records(newer)
    assert (record["experiment"], record["arm"], record["manifest"]) == ("exp-1", "candidate", OTHER_MANIFEST)
    assert "nova-micro" in newer.calls_of("bedrock:Converse")[0].path


def test_a_stable_answer_beside_a_candidate_is_counted_too(ask: Ask, newer: FakeAws) -> None:
    go_live(newer, experiment=experiment(share=1e-9))
    assert ask()["release"] == {"sequence": 7, "manifest": MANIFEST, "experiment": "exp-1", "arm": "stable"}
    assert records(newer)[0]["arm"] == "stable"


@pytest.mark.parametrize(("kind", "changes"), [("canary", {"model": MODEL}), ("ab", {"user": None})])
def test_requests_outside_of_an_experiment_are_answered_as_live(
    ask: Ask, newer: FakeAws, kind: str, changes: dict[str, Any]
) -> None:
    go_live(newer, experiment=experiment(kind))
    result = ask(**changes)
    assert (result["prompt"]["version"], result["model"]) == (3, MODEL)
    assert result["release"]["experiment"] is None
    assert "experiment" not in records(newer)[0]
    assert observed(newer) == [None]


def test_a_model_of_the_caller_s_own_goes_with_the_live_prompt(ask: Ask, newer: FakeAws) -> None:
    go_live(newer, stable=CANDIDATE)
    result = ask(model=MODEL)
    assert (result["model"], result["prompt"]["version"]) == (MODEL, 4)


def test_a_candidate_that_fails_is_recorded_as_such(ask: Ask, newer: FakeAws) -> None:
    broken = CANDIDATE | {"prompts": {"grounded-answer": 99}}
    go_live(newer, experiment=experiment(candidate=broken))
    assert ask()["error"]["code"] == "GF-RUN-020"
    (record,) = records(newer)
    assert (record["outcome"], record["arm"], record["prompt_version"]) == ("failed", "candidate", "99")


def test_a_candidate_s_narrower_limits_are_recorded_as_its_own(ask: Ask, newer: FakeAws) -> None:
    narrow = PROMPT | {"version": "2", "limits": PROMPT["limits"] | {"max_input_tokens": 5}}
    deployed.deploy(newer, PARAMETERS | NEWER | {"/genai-foundation/prompts/grounded-answer/4": narrow})
    go_live(newer, experiment=experiment())
    assert ask()["error"]["code"] == "GF-RUN-012"
    assert records(newer)[0]["arm"] == "candidate"


@pytest.mark.parametrize("outcome", ["answered", "failed"])
def test_what_is_recorded_of_an_experiment_is_what_is_counted(ask: Ask, newer: FakeAws, outcome: str) -> None:
    go_live(newer, experiment=experiment())
    if outcome == "failed":
        newer.always("bedrock:Converse", aws_error("ValidationException"))
    result = ask()
    (found,), (record,) = observed(newer), records(newer)
    assert isinstance(found, Request)
    assert (found.use_case, found.experiment, found.arm, found.user) == ("claims", "exp-1", "candidate", "u-17")
    assert (found.outcome, found.error_code, found.key) == (
        outcome,
        result.get("error", {}).get("code"),
        record["at"],
    )
    assert found.latency_ms == int(record["latency_ms"])


@pytest.mark.parametrize("model", ["foreign.model", MODEL])
def test_fails_a_prompt_whose_own_model_is_beyond_the_contract(ask: Ask, newer: FakeAws, model: str) -> None:
    foreign = {"/genai-foundation/prompts/grounded-answer/4": PROMPT | {"model": model}}
    deployed.deploy(newer, PARAMETERS | NEWER | foreign)
    go_live(newer, stable=CANDIDATE | {"models": {}})
    result = ask()
    assert result.get("error", {}).get("code") == ("GF-RUN-007" if model == "foreign.model" else None)


def test_fails_softly_when_appconfig_can_not_be_read(ask: Ask, newer: FakeAws, metrics: Metrics) -> None:
    newer.always("appconfigdata:StartConfigurationSession", aws_error("AccessDeniedException", status=403))
    result = ask()
    assert (result["outcome"], result["prompt"]["version"]) == ("answered", 3)
    assert result["release"]["sequence"] is None
    assert "LiveConfigurationUnavailable" in counted(metrics)
    assert "live_sequence" not in records(newer)[0]


def test_fails_softly_when_the_document_is_beyond_the_contract(ask: Ask, newer: FakeAws, metrics: Metrics) -> None:
    go_live(newer, stable=CANDIDATE | {"models": {"grounded-answer": "anthropic.claude-v9"}})
    result = ask()
    assert (result["outcome"], result["model"], result["release"]["sequence"]) == ("answered", MODEL, None)
    assert "LiveConfigurationMalformed" in counted(metrics)


def test_what_is_well_counts_no_fault(ask: Ask, newer: FakeAws, metrics: Metrics) -> None:
    go_live(newer)
    ask()
    assert counted(metrics) == {"Answered", "Latency", "InputTokens", "OutputTokens"}


def test_without_the_stack_live_nobody_is_asked(aws: FakeAws, metrics: Metrics) -> None:
    deployed.deploy(aws)
    none = dict.fromkeys(("LIVE_APPLICATION", "LIVE_ENVIRONMENT", "LIVE_MAX_AGE_SECONDS", "SHADOW_QUEUE_URL"), "")
    access = assemble(Environment.read(ENVIRONMENT | none), metrics)
    assert access.answer(EVENT, invocation())["release"]["sequence"] is None
    assert aws.calls_of("appconfigdata:StartConfigurationSession") == []


@pytest.mark.parametrize(
    "changes",
    [{"LIVE_MAX_AGE_SECONDS": "14"}, {"SHADOW_QUEUE_URL": ""}, {"LIVE_APPLICATION": ""}, {"LIVE_MAX_AGE_SECONDS": ""}],
)
def test_fails_to_start_with_half_of_what_live_needs(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"LIVE_MAX_AGE_SECONDS|all set or all empty"):
        Environment.read(ENVIRONMENT | changes)


def test_no_reading_is_so_old_that_its_experiment_is_left() -> None:
    """A function that asks as rarely as it may still knows, until it asks again, that an experiment runs."""
    oldest = int(source.UNCONFIRMED_SECONDS)
    assert Environment.read(ENVIRONMENT | {"LIVE_MAX_AGE_SECONDS": str(oldest)}).live_max_age_seconds == oldest
    with pytest.raises(ValueError, match="LIVE_MAX_AGE_SECONDS"):
        Environment.read(ENVIRONMENT | {"LIVE_MAX_AGE_SECONDS": str(oldest + 1)})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.binary().map(repr) | st.dictionaries(st.text(), st.integers()).map(json.dumps))
def test_any_configuration_leaves_requests_answered(access: ModelAccess, newer: FakeAws, content: str) -> None:
    text = content.encode("ascii", "replace").decode()
    newer.always("appconfigdata:GetLatestConfiguration", configuration(text))
    access._live._known.clear()  # type: ignore[attr-defined]
    assert access.answer(EVENT, invocation())["outcome"] == "answered"
