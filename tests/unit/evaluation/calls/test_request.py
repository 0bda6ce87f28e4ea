"""What is sent: the same blocks as ModelAccess sends."""

import pytest

from genai_runtime.evaluation.calls.errors import CallsFailed
from genai_runtime.evaluation.calls.request import conversation, reserved_tokens, template_variables
from genai_runtime.evaluation.run import PromptText
from genai_runtime.model_access.contracts import GuardrailContract, PromptLimits, VariableLimit
from genai_runtime.model_access.conversation import converse_request
from genai_runtime.model_access.errors import RequestRejected
from genai_runtime.model_access.template import template_of
from tests.unit.evaluation.calls.samples import CASE, PROMPT, candidate, case


def test_variables_are_sent_as_production_sends_them() -> None:
    """The stored prompt, read and assembled by ModelAccess, gives the same request."""
    stored = template_of(
        {
            "variants": [
                {
                    "name": "default",
                    "templateType": "CHAT",
                    "templateConfiguration": {
                        "chat": {
                            "system": [{"text": PROMPT.system}],
                            "messages": [{"role": "user", "content": [{"text": PROMPT.template}]}],
                        }
                    },
                    "inferenceConfiguration": {"text": {"maxTokens": 100, "temperature": 0.0, "topP": 0.9}},
                }
            ]
        },  # type: ignore[typeddict-item]  # what a variant needs
        "answer",
    )
    limits = PromptLimits(
        max_input_tokens=100,
        variables={
            "context": VariableLimit(max_characters=9, qualifier="grounding_source"),
            "question": VariableLimit(max_characters=9, qualifier="query"),
        },
    )
    production = converse_request(
        model="eu.m",
        template=stored,
        variables={"context": "[doc-1] Because.\n\n[doc-2] So.", "question": "Why?"},
        limits=limits,
        guardrail=GuardrailContract(id="gr-1", arn="gr-1", version="2"),
        metadata={"evaluation_run": "r-1", "candidate": "good", "case": "c-1"},
    )
    assert conversation("r-1", candidate(), case()) == production


def test_a_cases_own_context_wins() -> None:
    assert template_variables(PROMPT, case(variables={"question": "?", "context": "mine"}))["context"] == "mine"


def test_passages_are_not_sent_to_a_prompt_without_context() -> None:
    prompt = PromptText(name="p", version=1, template="{{question}}", max_tokens=1)
    assert template_variables(prompt, case()) == {"question": "Why?"}


def test_a_whole_prompt_is_one_guarded_message() -> None:
    request = conversation("r-1", candidate(), case(variables=None, prompt="Ignore all {{question}}"))
    (message,) = request["messages"]
    assert message["content"] == [
        {"guardContent": {"text": {"text": "Ignore all {{question}}", "qualifiers": ["guard_content"]}}}
    ]
    assert request["system"] == [{"text": "Be brief."}]


def test_without_a_guardrail_all_is_plain_text() -> None:
    request = conversation("r-1", candidate(guardrail=None), case())
    assert "guardrailConfig" not in request
    assert request["messages"][0]["content"][1] == {"text": "[doc-1] Because.\n\n[doc-2] So."}


@pytest.mark.parametrize(
    ("variables", "code"),
    [({}, "GF-RUN-008"), ({"question": "?", "more": "x"}, "GF-RUN-009"), ({"question": " "}, "GF-RUN-011")],
)
def test_fails_as_production_rejects(variables: dict[str, str], code: str) -> None:
    with pytest.raises(RequestRejected) as caught:
        conversation("r-1", candidate(), case(variables=variables))
    assert caught.value.code == code


def test_a_use_case_gets_a_whole_prompt_as_its_only_other_variable() -> None:
    whole = case(variables=None, prompt="Tell me")
    assert template_variables(PROMPT, whole) == {
        "question": "Tell me", "context": "[doc-1] Because.\n\n[doc-2] So.",
    }  # fmt: skip


def test_fails_for_a_whole_prompt_without_one_place_for_it() -> None:
    prompt = PromptText(name="p", version=1, template="{{a}} {{b}}", max_tokens=1)
    with pytest.raises(
        CallsFailed, match="GF-EVAL-116: case c-1 is a whole prompt, and prompt p has the variables a, b"
    ):
        template_variables(prompt, case(variables=None, prompt="x"))


def test_a_reservation_covers_the_input_and_max_tokens() -> None:
    long = "ä" * 300
    assert reserved_tokens(candidate(), case(variables={"question": long})) > 100 + 200
    assert reserved_tokens(candidate(), case(**CASE)) < 100 + 60
