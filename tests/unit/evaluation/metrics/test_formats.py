"""JSON Schema and patterns: what the libraries say, whatever the answer."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.unit.evaluation.metrics.making import case, score, value
from tests.unit.evaluation.metrics.texts import PICKED, random_pairs

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=6,
)
SCHEMAS: tuple[dict[str, object], ...] = (
    {},
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 0}}},
    {"type": "object", "additionalProperties": False, "properties": {"a": True, "b": {"type": "string"}}},
    {"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}},
    {
        "anyOf": [{"type": "string", "maxLength": 2}, {"$ref": "#/$defs/n"}],
        "$defs": {"n": {"type": ["null", "number"]}},
    },
    {"enum": [1, "1", None]},
    {"type": "object", "dependentRequired": {"a": ["b"]}, "unevaluatedProperties": {"type": "boolean"}},
)
OBJECT = {"type": "object", "required": ["a"]}


@settings(max_examples=1000, deadline=None)
@given(JSON, st.sampled_from(SCHEMAS), st.booleans())
def test_a_thousand_answers_equal_jsonschema(answer: object, schema: dict[str, object], fenced: bool) -> None:
    text = json.dumps(answer, ensure_ascii=False)
    written = f"```json\n{text}\n```" if fenced else text
    expected = Draft202012Validator(schema).is_valid(json.loads(text))
    assert value("json-schema", case(expect={"json_schema": schema}), written) == float(expected)


@pytest.mark.parametrize(
    "text", [*PICKED, "NaN", "[Infinity]", "{'a': 1}", '{"a": 1} trailing', "[" * 100_000, "1" * 10_000]
)
def test_texts_that_are_no_json_are_0(text: str) -> None:
    found = score("json-schema", case(expect={"json_schema": {"type": "object"}}), text)
    assert (found.value, found.passed) == (0.0, False)
    assert found.detail


@pytest.mark.parametrize(
    "text", ['```json\n{"a": 1}\n```', '```\n{"a": 1}\n```', ' ```JSON \n{"a": 1}```\n', '\n{"a": 1}\n', '{"a": "```"}']
)
def test_a_code_fence_is_no_fault_unless_the_suite_says_so(text: str) -> None:
    asked = case(expect={"json_schema": OBJECT})
    assert value("json-schema", asked, text) == 1
    assert value("json-schema", asked, text, fence=False) == float(not text.strip().startswith("```"))


def test_text_around_a_fence_is_a_fault() -> None:
    assert value("json-schema", case(expect={"json_schema": OBJECT}), 'Here:\n```json\n{"a": 1}\n```') == 0


def test_the_worst_fault_is_told_with_its_place() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "integer"}}}}
    detail = score("json-schema", case(expect={"json_schema": schema}), '{"a": [1, "two"]}').detail
    assert detail == "$.a[1]: 'two' is not of type 'integer'"


def test_fails_undecided_for_a_reference_to_the_network() -> None:
    schema = {"$ref": "http://127.0.0.1:9/schema.json"}
    found = score("json-schema", case(expect={"json_schema": schema}), "{}")
    assert (found.value, found.passed) == (None, None)
    assert found.detail.startswith("GF-EVAL-159: metric 'json-schema' raised")


PATTERNS = (
    r"\b250\b",
    r"(?i)the\s+answer",
    r"^\W*$",
    r"[\u0590-\u05ff]+",
    r"(?s)a.*e",
    r"\d+[.,]\d+",
    "🙂",
    r"(?m)^line two\r?$",
)


def test_a_thousand_answers_equal_re() -> None:
    answers = [answer for answer, _ in random_pairs(1000, seed=41)] + list(PICKED)
    for index, answer in enumerate(answers):
        pattern = PATTERNS[index % len(PATTERNS)]
        expected = re.search(pattern, answer) is not None
        assert value("pattern", case(expect={"pattern": pattern}), answer) == float(expected)
    assert score("pattern", case(expect={"pattern": "yes"}), "no").detail == "doesn't match yes"
