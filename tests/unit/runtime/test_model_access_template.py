"""Templates: catalog text and callers' values never mix."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_runtime.model_access.contracts import GuardrailContract, PromptLimits, VariableLimit
from genai_runtime.model_access.conversation import converse_request
from genai_runtime.model_access.errors import RequestFailed
from genai_runtime.model_access.template import Template, TemplateMessage, Text, Variable, split, template_of

names = st.from_regex(r"\A[0-9a-zA-Z][0-9a-zA-Z_]{0,8}\Z").filter(lambda name: not name.endswith("_"))
words = st.text(st.sampled_from("ab {}\n"), max_size=12)


def chat(messages: list[dict[str, Any]], system: list[dict[str, Any]] | None = None) -> Any:
    """GetPrompt's answer for a chat prompt."""
    configuration = {"chat": {"messages": messages, "system": system or [], "inputVariables": []}}
    return {"variants": [{"name": "v", "templateType": "CHAT", "templateConfiguration": configuration}]}


def user(text: str) -> dict[str, Any]:
    """A user message."""
    return {"role": "user", "content": [{"text": text}]}


def test_splits_text_and_variables_in_order() -> None:
    parts = (Text("Context: "), Variable("context"), Text("\nQ: "), Variable("question"))
    assert split("Context: {{context}}\nQ: {{ question }}") == parts


def test_drops_white_space_between_variables_but_keeps_it_beside_text() -> None:
    assert split("{{a}}\n{{b}} end\n") == (Variable("a"), Variable("b"), Text(" end\n"))


def test_leaves_braces_that_are_no_placeholder() -> None:
    assert split('{"a": {{ } {{not valid}} {x}') == (Text('{"a": {{ } {{not valid}} {x}'),)


def test_reads_a_chat_prompt_with_system_text_and_parameters() -> None:
    response = chat([user("{{q}}"), {"role": "assistant", "content": [{"text": "Yes:"}]}], [{"text": "Be brief."}])
    response["variants"][0]["inferenceConfiguration"] = {"text": {"maxTokens": 9, "stopSequences": ["\n"]}}
    assert template_of(response, "p") == Template(
        system=("Be brief.",),
        messages=(TemplateMessage("user", (Variable("q"),)), TemplateMessage("assistant", (Text("Yes:"),))),
        inference={"maxTokens": 9, "stopSequences": ["\n"]},
    )


def test_reads_a_text_prompt_and_takes_the_default_variant() -> None:
    def variant(name: str) -> dict[str, Any]:
        return {"name": name, "templateType": "TEXT", "templateConfiguration": {"text": {"text": f"{name} {{{{q}}}}"}}}

    response: Any = {"defaultVariant": "second", "variants": [variant("first"), variant("second")]}
    template = template_of(response, "p")
    assert template.messages == (TemplateMessage("user", (Text("second "), Variable("q"))),)
    assert template.variables() == {"q"}


@pytest.mark.parametrize(
    "response",
    [
        {"variants": []},
        {},
        {"variants": [{"name": "v", "templateType": "TEXT", "templateConfiguration": {}}]},
        chat([{"role": "user", "content": [{"cachePoint": {"type": "default"}}]}]),
        chat([user(" \n")]),
        chat([user("{{q}}")], [{"text": "Speak like {{tone}}."}]),
    ],
)
def test_fails_a_prompt_that_can_not_be_sent_safely(response: Any) -> None:
    with pytest.raises(RequestFailed) as caught:
        template_of(response, "p")
    assert caught.value.code == "GF-RUN-022"


@given(st.lists(names | words, min_size=1, max_size=8), st.data())
def test_values_are_never_expanded_nor_joined_to_catalog_text(pieces: list[str], data: st.DataObject) -> None:
    """Values made of placeholders, braces and the template's own text arrive as they were sent, each in its block."""
    text = "start " + " ".join(f"{{{{{piece}}}}}" if piece.isalnum() else piece for piece in pieces)
    template = template_of(chat([user(text)]), "p")
    known = sorted(template.variables())
    hostile = st.sampled_from([f"{{{{{name}}}}}" for name in known] + ["{{", "}}", text, "</context>", "{{x}}"])
    variables = {name: "".join(data.draw(st.lists(hostile, min_size=1, max_size=3))) for name in known}
    request = converse_request(
        model="m",
        template=template,
        variables=variables,
        limits=PromptLimits(max_input_tokens=1, variables={name: VariableLimit(max_characters=1) for name in known}),
        guardrail=GuardrailContract(id="g", arn="arn:g", version="1"),
        metadata={},
    )
    blocks: list[Any] = list(request["messages"][0]["content"])
    parts = template.messages[0].parts
    assert len(blocks) == len(parts)
    for block, part in zip(blocks, parts, strict=True):
        if isinstance(part, Variable):
            guarded = {"text": variables[part.name], "qualifiers": ["guard_content"]}
            assert block == {"guardContent": {"text": guarded}}
        else:
            assert block == {"text": part.text}
            assert part.text in text
