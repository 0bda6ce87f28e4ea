"""Limits of a prompt's input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_runtime.model_access.contracts import PromptLimits, VariableLimit
from genai_runtime.model_access.errors import CodedError, RequestFailed, RequestRejected
from genai_runtime.model_access.limits import check_agreement, check_size, check_variables, estimate_tokens
from genai_runtime.model_access.template import Template, TemplateMessage, Text, Variable

LIMITS = PromptLimits(max_input_tokens=10, variables={"q": VariableLimit(max_characters=30, qualifier="query")})
TEMPLATE = Template(("abc",), (TemplateMessage("user", (Text("def"), Variable("q"))),), {})


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("a", 1), ("abc", 1), ("abcd", 2), ("üü", 2), ("字字", 2), ("😀", 2)]
)
def test_estimates_a_token_per_three_bytes_rounded_up(text: str, tokens: int) -> None:
    assert estimate_tokens([text]) == tokens


@given(st.lists(st.text()))
def test_the_estimate_covers_each_text_by_itself(texts: list[str]) -> None:
    assert estimate_tokens(texts) == sum(estimate_tokens([text]) for text in texts) >= estimate_tokens(["".join(texts)])


def test_takes_an_input_of_exactly_the_limits() -> None:
    variables = {"q": "x" * 24}  # 8 tokens, 1 of the system text, 1 of the template
    check_variables("p", LIMITS, variables)
    check_size("p", LIMITS, TEMPLATE, variables)
    check_agreement("p", LIMITS, TEMPLATE)


def test_fails_one_token_over_counting_the_catalogs_text_too() -> None:
    with pytest.raises(RequestRejected, match="about 11 tokens, prompt p takes 10") as caught:
        check_size("p", LIMITS, TEMPLATE, {"q": "x" * 25})
    assert caught.value.code == "GF-RUN-012"


@given(st.dictionaries(st.just("q") | st.text(), st.text(max_size=40), max_size=3))
def test_variables_pass_exactly_when_each_is_within_its_limit(variables: dict[str, str]) -> None:
    good = variables.keys() == {"q"} and variables["q"].strip() != "" and len(variables["q"]) <= 30
    code = None
    try:
        check_variables("p", LIMITS, variables)
    except CodedError as error:
        code = error.code
    assert (code is None) == good
    assert code in {None, "GF-RUN-008", "GF-RUN-009", "GF-RUN-010", "GF-RUN-011"}


def test_fails_when_the_text_uses_other_variables_than_the_limits() -> None:
    with pytest.raises(RequestFailed) as caught:
        check_agreement("p", PromptLimits(max_input_tokens=1, variables={}), TEMPLATE)
    assert caught.value.code == "GF-RUN-022"
