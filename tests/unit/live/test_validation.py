"""What may go live: within the contract, deployed, existing, and what the log says."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_runtime.live.errors import LiveError
from genai_runtime.live.proposal import Proposals
from genai_runtime.live.records import Document, Limit
from genai_runtime.live.requests import Stop
from genai_runtime.live.validation import BedrockResources, Validator
from genai_runtime.model_access.contracts import Contracts, GuardrailContract, PromptContract
from genai_runtime.model_access.errors import RequestFailed
from tests.unit.live.fakes import MemoryLog, client_error
from tests.unit.live.samples import (
    CONTRACT,
    MODEL,
    OTHER,
    OTHER_MODEL,
    USE_CASE,
    document,
    experiment,
    log_of,
    release,
    start,
    versions,
)


def prompt(name: str, version: int, model: str = MODEL) -> dict[str, Any]:
    """A prompt's parameter."""
    return {
        "id": f"{name}-{version}",
        "arn": f"arn:{name}",
        "version": str(version),
        "model": model,
        "limits": {"max_input_tokens": 100, "variables": {}},
    }


PARAMETERS: dict[str, Any] = {
    "/p/use-cases/claims": CONTRACT.model_dump(mode="json"),
    "/p/prompts/answer/1": prompt("answer", 1),
    "/p/prompts/answer/2": prompt("answer", 2),
    "/p/prompts/answer/3": prompt("answer", 3, "foreign.model"),
    "/p/prompts/classify/1": prompt("classify", 1),
    "/p/guardrails/baseline/1": {"id": "g-1", "arn": "arn:g", "version": "1"},
    "/p/guardrails/baseline/2": {"id": "g-2", "arn": "arn:g", "version": "2"},
}


class Deployed:
    """Parameters and Bedrock's resources."""

    def __init__(self, parameters: dict[str, Any] = PARAMETERS, gone: frozenset[str] = frozenset()) -> None:
        self.parameters = parameters
        self.gone = gone

    def read(self, name: str) -> str | None:
        """A parameter."""
        return json.dumps(self.parameters[name]) if name in self.parameters else None

    def has_prompt(self, prompt: PromptContract) -> bool:
        """Unless it is gone."""
        return prompt.id not in self.gone

    def has_guardrail(self, guardrail: GuardrailContract) -> bool:
        """Unless it is gone."""
        return guardrail.id not in self.gone


def validator(deployed: Deployed | None = None) -> Validator:
    """Against what is deployed."""
    deployed = deployed or Deployed()
    return Validator(Contracts(deployed, "/p"), deployed)


def refusal(document: Document, deployed: Deployed | None = None) -> str:
    """Why a document can't go live."""
    with pytest.raises(LiveError) as caught:
        validator(deployed).check(document)
    assert caught.value.code == "GF-LIVE-111"
    return caught.value.message


@pytest.mark.parametrize(
    "good",
    [
        document(),
        document(stable=versions(2, guardrail=2, models={"answer": OTHER_MODEL})),
        document(stable=versions(3, models={"answer": MODEL})),
        document(experiment=experiment()),
        document(experiment=experiment(kind="shadow", share=1, limits=(Limit(metric="disagreeing", share=0.3),))),
        document(experiment=experiment(kind="ab", share=0.9, limits=(Limit(metric="slow", share=0.3, slow_ms=900),))),
    ],
)
def test_takes_what_is_deployed_and_agreed(good: Document) -> None:
    validator().check(good)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (document(stable=versions(name="other")), "guardrail 'other' not in the contract"),
        (document(stable=versions(models={"answer": "foreign"})), "model 'foreign' not in the contract"),
        (document(experiment=experiment(candidate=versions(2, models={"x": MODEL}))), "prompt 'x' not in the contract"),
        (document(stable=versions(9)), "prompt answer version 9 not deployed"),
        (document(stable=versions(guardrail=9)), "guardrail baseline version 9 not deployed"),
        (document(stable=versions(3)), "model 'foreign.model' of prompt answer version 3 not in the contract"),
        (document(experiment=experiment(candidate=versions(9))), "prompt answer version 9 not deployed"),
        (document(experiment=experiment(share=0.6)), "share 0.6 of a canary over 0.5"),
        (document(experiment=experiment(kind="ab", share=1)), "share 1 of an A/B test"),
        (
            document(experiment=experiment(limits=(Limit(metric="failed", share=0.1),) * 2)),
            "two limits for failed",
        ),
        (
            document(experiment=experiment(limits=(Limit(metric="disagreeing", share=0.1),))),
            "limit for disagreeing, which no canary experiment has",
        ),
        (
            document(experiment=experiment(kind="shadow", limits=(Limit(metric="disliked", share=0.1),))),
            "limit for disliked, which no shadow experiment has",
        ),
    ],
)
def test_fails_what_may_not_go_live(bad: Document, said: str) -> None:
    assert said in refusal(bad)


def test_fails_naming_everything_at_once() -> None:
    message = refusal(document(stable=versions(9, guardrail=9), experiment=experiment(share=0.6)))
    for said in ("prompt answer version 9", "guardrail baseline version 9", "share 0.6"):
        assert said in message


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("answer-1", "prompt answer version 1"),
        ("classify-1", "prompt classify version 1"),
        ("g-1", "guardrail baseline version 1"),
    ],
)
def test_fails_when_bedrock_does_not_have_it_any_more(gone: str, said: str) -> None:
    assert f"{said} not deployed" in refusal(document(), Deployed(gone=frozenset({gone})))


def test_fails_for_a_use_case_that_is_not_registered() -> None:
    with pytest.raises(LiveError, match="GF-LIVE-112"):
        validator().check(document(use_case="nobody"))


def test_fails_when_a_contract_is_malformed() -> None:
    with pytest.raises(RequestFailed, match="PromptContract"):
        validator(Deployed(PARAMETERS | {"/p/prompts/answer/1": {}})).check(document())


class Bedrock:
    """boto3's clients of prompts and guardrails."""

    def __init__(self, error: str | None = None) -> None:
        self.error = error
        self.asked: list[dict[str, str]] = []

    def get_prompt(self, **given: str) -> None:
        """Raises as told."""
        self.asked.append(given)
        if self.error:
            raise client_error(self.error)

    get_guardrail = get_prompt


def test_asks_bedrock_for_the_version() -> None:
    bedrock = Bedrock()
    found = BedrockResources(bedrock, bedrock)
    assert found.has_prompt(PromptContract.model_validate(PARAMETERS["/p/prompts/answer/2"]))
    assert found.has_guardrail(GuardrailContract.model_validate(PARAMETERS["/p/guardrails/baseline/2"]))
    assert bedrock.asked == [
        {"promptIdentifier": "answer-2", "promptVersion": "2"},
        {"guardrailIdentifier": "g-2", "guardrailVersion": "2"},
    ]


def test_what_bedrock_does_not_know_does_not_exist_and_other_errors_are_raised() -> None:
    prompt_ = PromptContract.model_validate(PARAMETERS["/p/prompts/answer/2"])
    missing, denied = Bedrock("ResourceNotFoundException"), Bedrock("AccessDeniedException")
    assert not BedrockResources(missing, missing).has_prompt(prompt_)
    with pytest.raises(Exception, match="AccessDeniedException"):
        BedrockResources(denied, denied).has_prompt(prompt_)


LOG = log_of(release(), start(), Stop(use_case=USE_CASE, by="jo", experiment="canary-1"), release(OTHER, 2))


def proposals(deployed: Deployed | None = None, profile: str = USE_CASE) -> Proposals:
    """AppConfig's validator, with that log."""
    return Proposals(log=MemoryLog(LOG), validator=validator(deployed), profile_name=lambda *_: profile)


def event(content: str | bytes) -> dict[str, str]:
    """As AppConfig sends it."""
    raw = content.encode() if isinstance(content, str) else content
    return {
        "applicationId": "abc1234",
        "configurationProfileId": "def5678",
        "configurationVersion": "3",
        "content": base64.b64encode(raw).decode(),
        "uri": "hosted",
    }


def refused(event: Any, **given: Any) -> str:
    """The code of a refusal."""
    with pytest.raises(LiveError) as caught:
        proposals(**given).check(event)
    return caught.value.code


@pytest.mark.parametrize("record", LOG)
def test_a_record_of_the_log_may_be_deployed(record: Any) -> None:
    assert proposals().check(event(record.document.model_dump_json())) == record.document


@pytest.mark.parametrize(
    "content", ["", "no json", b"\xff", "[]", document().model_dump_json().replace("}", ', "x": 1}')]
)
def test_fails_what_is_no_document(content: str | bytes) -> None:
    assert refused(event(content)) == "GF-LIVE-113"


@pytest.mark.parametrize("bad", [None, {}, {"content": "e30="}, event("{}") | {"content": "%"}])
def test_fails_an_event_that_is_none_of_appconfigs(bad: Any) -> None:
    assert refused(bad) == "GF-LIVE-113"


def test_fails_a_document_in_the_profile_of_another_use_case() -> None:
    assert refused(event(LOG[0].document.model_dump_json()), profile="other") == "GF-LIVE-116"


@pytest.mark.parametrize(
    "foreign",
    [LOG[0].document.model_copy(update={"stable": versions(2)}), LOG[0].document.model_copy(update={"sequence": 9})],
)
def test_fails_what_the_log_does_not_have(foreign: Document) -> None:
    assert refused(event(foreign.model_dump_json())) == "GF-LIVE-115"


def test_fails_what_is_no_longer_deployed_but_never_the_end_of_an_experiment() -> None:
    nothing = Deployed({"/p/use-cases/claims": PARAMETERS["/p/use-cases/claims"]})
    assert refused(event(LOG[1].document.model_dump_json()), deployed=nothing) == "GF-LIVE-111"
    assert proposals(nothing).check(event(LOG[2].document.model_dump_json())) == LOG[2].document


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5) | st.binary())
def test_any_content_is_refused_with_a_code(content: Any) -> None:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    assert refused(event(raw)) == "GF-LIVE-113"
