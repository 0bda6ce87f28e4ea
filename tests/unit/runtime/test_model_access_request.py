"""Identity and payload: whatever comes in, the end is a request or a coded rejection."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_runtime.model_access.errors import CodedError, RequestRejected
from genai_runtime.model_access.request import MAX_PAYLOAD_BYTES, parse, use_case_of
from tests.unit.runtime.deployed_platform import EVENT, FUNCTION

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=20,
)
nearly = st.fixed_dictionaries(
    {"use_case": st.just("claims") | anything, "prompt": st.just("p") | anything, "variables": anything},
    optional={"user": anything, "model": anything, "extra": anything},
)


def outcome(act: Callable[[], object]) -> tuple[str | None, str]:
    """Code and message of a coded error, or none of both."""
    try:
        act()
    except CodedError as error:
        return error.code, error.message
    return None, ""


def rejection(event: object) -> RequestRejected:
    """The rejection of an event for the use case claims."""
    with pytest.raises(RequestRejected) as caught:
        parse(event, "claims")
    return caught.value


def test_the_alias_is_the_use_case() -> None:
    assert use_case_of(f"{FUNCTION}:claims-assistant") == "claims-assistant"


@pytest.mark.parametrize("arn", [FUNCTION, f"{FUNCTION}:$LATEST", f"{FUNCTION}:7", f"{FUNCTION}:a:b", "", "claims"])
def test_fails_without_an_alias(arn: str) -> None:
    with pytest.raises(RequestRejected) as caught:
        use_case_of(arn)
    assert caught.value.code == "GF-RUN-001"


def test_user_and_model_may_be_left_out() -> None:
    request = parse({name: EVENT[name] for name in ("use_case", "prompt", "variables")}, "claims")
    assert (request.user, request.model) == (None, None)


@given(anything | nearly)
def test_any_payload_is_a_request_or_a_coded_rejection(event: Any) -> None:
    code, message = outcome(lambda: parse(event, "claims"))
    assert code in {None, "GF-RUN-002", "GF-RUN-003", "GF-RUN-004"}
    assert len(message) < 2000


def test_fails_deep_nesting_as_too_large() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    assert rejection({"variables": nested}).code == "GF-RUN-002"


def test_fails_over_the_size_of_a_payload() -> None:
    assert rejection(EVENT | {"user": "x" * MAX_PAYLOAD_BYTES}).code == "GF-RUN-002"


def test_fails_naming_the_fields_and_never_their_values() -> None:
    error = rejection(EVENT | {"variables": {"question": ["my-secret"]}, "user": "jo smith", "colour": "secret"})
    assert error.code == "GF-RUN-003"
    for field in ("variables.question", "user", "colour"):
        assert field in error.message
    for value in ("my-secret", "jo smith"):
        assert value not in error.message


def test_fails_showing_at_most_five_problems() -> None:
    error = rejection(EVENT | {f"field{number}": 1 for number in range(9)})
    assert "(and 4 more)" in error.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("use_case", "../prompts"),
        ("prompt", "a b"),
        ("prompt", ""),
        ("user", "x" * 129),
        ("user", "line\nbreak"),
        ("model", "model id"),
        ("variables", {f"v{number}": "x" for number in range(21)}),
        ("variables", {"question": "\ud800"}),
    ],
)
def test_fails_a_field_that_is_out_of_shape(name: str, value: Any) -> None:
    assert rejection(EVENT | {name: value}).code == "GF-RUN-003"
