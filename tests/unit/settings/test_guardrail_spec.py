"""Rules of a guardrail file by itself, and its limits against CloudFormation's schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import cfnlint
import pytest

from genai_foundation.catalog import ConfigErrors, GuardrailSpec, load_guardrail
from genai_foundation.catalog.guardrail import ContentFilterType, PiiEntityType, Strength
from tests.unit.settings.folder import Folder

CUSTOMER = "catalog/guardrails/customer-facing-v1.yaml"
MINIMAL = """
name: minimal
version: 1
description: The least that is a guardrail.
blocked_input_messaging: No.
blocked_outputs_messaging: No.
"""


def load(tmp_path: Path, text: str) -> GuardrailSpec:
    file = tmp_path / "minimal-v1.yaml"
    file.write_text(MINIMAL + text, encoding="utf-8")
    return load_guardrail(file)


def errors(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(ConfigErrors) as failure:
        load(tmp_path, text)
    return [(error.code, error.key) for error in failure.value.errors]


def test_a_line_of_business_loads_a_guardrail_of_its_own(tmp_path: Path) -> None:
    spec = load(tmp_path, "word_policy:\n  words: [acme]\n")
    assert (spec.reference, spec.word_policy and spec.word_policy.words) == ("minimal-v1", ("acme",))


def test_a_guardrail_can_be_built_in_python_too() -> None:
    spec = GuardrailSpec.model_validate(
        {
            "name": "minimal",
            "version": 1,
            "description": "Built in Python.",
            "blocked_input_messaging": "No.",
            "blocked_outputs_messaging": "No.",
            "word_policy": {"managed_word_lists": ["PROFANITY"]},
        }
    )
    assert spec.word_policy is not None
    assert spec.word_policy.managed_word_lists == ("PROFANITY",)


def test_fails_without_any_policy(tmp_path: Path) -> None:
    assert errors(tmp_path, "") == [("GF-CAT-003", "")]


def test_fails_on_empty_policies(tmp_path: Path) -> None:
    found = errors(tmp_path, "word_policy: {}\nsensitive_information_policy: {}\n")
    assert found == [("GF-CAT-003", "word_policy"), ("GF-CAT-003", "sensitive_information_policy")]


def test_fails_on_an_output_strength_of_prompt_attack(tmp_path: Path) -> None:
    text = "content_policy:\n  filters: [{type: PROMPT_ATTACK, input_strength: HIGH, output_strength: LOW}]\n"
    assert errors(tmp_path, text) == [("GF-CAT-001", "content_policy.filters[0].output_strength")]


def test_fails_on_a_topic_definition_that_the_classic_tier_refuses(tmp_path: Path) -> None:
    text = f"topic_policy:\n  topics: [{{name: Long, definition: {'x' * 201}}}]\n"
    assert errors(tmp_path, text) == [("GF-CAT-002", "topic_policy.topics")]


def test_fails_on_the_standard_tier_without_a_profile(tmp_path: Path) -> None:
    text = f"topic_policy:\n  tier: STANDARD\n  topics: [{{name: Long, definition: {'x' * 201}}}]\n"
    assert errors(tmp_path, text) == [("GF-CAT-005", "cross_region_profile")]
    assert (
        load(tmp_path, f"{text}cross_region_profile: eu.guardrail.v1:0\n").cross_region_profile == "eu.guardrail.v1:0"
    )


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?<!x)y", "(", "[a", "a{5,2}", "(?P<n>a)(?P<n>b)"])
def test_fails_on_a_regex_that_bedrock_would_refuse(tmp_path: Path, pattern: str) -> None:
    text = f"sensitive_information_policy:\n  regexes: [{{name: r, pattern: '{pattern}', action: BLOCK}}]\n"
    assert errors(tmp_path, text) == [("GF-CAT-004", "sensitive_information_policy.regexes[0].pattern")]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (
            "content_policy:\n  filters:\n" + "    - {type: HATE, input_strength: LOW, output_strength: LOW}\n" * 2,
            "content_policy.filters",
        ),
        ("topic_policy:\n  topics:\n" + "    - {name: A, definition: b}\n" * 2, "topic_policy.topics"),
        ("word_policy:\n  words: [Acme, ACME]\n", "word_policy.words"),
        (
            "sensitive_information_policy:\n  pii_entities:\n" + "    - {type: EMAIL, action: BLOCK}\n" * 2,
            "sensitive_information_policy.pii_entities",
        ),
        (
            "sensitive_information_policy:\n  regexes:\n" + "    - {name: a, pattern: b, action: BLOCK}\n" * 2,
            "sensitive_information_policy.regexes",
        ),
        (
            "contextual_grounding_policy:\n  filters:\n" + "    - {type: GROUNDING, threshold: 0.5}\n" * 2,
            "contextual_grounding_policy.filters",
        ),
    ],
)
def test_fails_on_repetitions(tmp_path: Path, text: str, key: str) -> None:
    assert errors(tmp_path, text) == [("GF-CAT-006", key)]


def test_fails_on_values_out_of_range_and_names_each(tmp_path: Path) -> None:
    text = """
content_policy:
  filters: [{type: HATRED, input_strength: high, output_strength: HIGH}]
contextual_grounding_policy:
  filters: [{type: GROUNDING, threshold: 1.0}]
"""
    assert errors(tmp_path, text) == [
        ("GF-CFG-013", "content_policy.filters[0].input_strength"),
        ("GF-CFG-013", "content_policy.filters[0].type"),
        ("GF-CFG-013", "contextual_grounding_policy.filters[0].threshold"),
    ]


def test_fails_with_the_line_of_the_shipped_file(folder: Folder) -> None:
    folder.replace(CUSTOMER, "type: INSULTS", "type: INSULT")
    error = next(each for each in folder.errors() if each.code == "GF-CFG-013")
    assert error.line == folder.line(CUSTOMER, "type: INSULT,")
    assert 'did you mean "INSULTS"?' in error.message


def cloudformation(name: str) -> dict[str, Any]:
    """AWS's resource schema, as the pinned cfn-lint carries it."""
    schemas = Path(cfnlint.__file__).parent / "data" / "schemas"
    provider = json.loads((schemas / "providers" / "eu-west-1.json").read_text(encoding="utf-8"))
    schema: dict[str, Any] = json.loads((schemas / "resources" / f"{provider[name]}.json").read_text(encoding="utf-8"))
    return schema


def test_choices_are_those_of_cloudformation() -> None:
    definitions = cloudformation("AWS::Bedrock::Guardrail")["definitions"]
    assert set(get_args(PiiEntityType)) == set(definitions["PiiEntityType"]["enum"])
    assert set(get_args(ContentFilterType)) == set(definitions["ContentFilterType"]["enum"])
    assert set(get_args(Strength)) == set(definitions["FilterStrength"]["enum"])


def test_limits_are_not_wider_than_cloudformation() -> None:
    aws = cloudformation("AWS::Bedrock::Guardrail")
    ours = GuardrailSpec.model_json_schema()
    of, mine = aws["definitions"], ours["$defs"]
    assert ours["properties"]["name"]["maxLength"] + len("-v9999") <= aws["properties"]["Name"]["maxLength"]
    for key, name in (("description", "Description"), ("blocked_input_messaging", "BlockedInputMessaging")):
        assert ours["properties"][key]["maxLength"] <= aws["properties"][name]["maxLength"]
    topic, theirs = mine["Topic"]["properties"], of["TopicConfig"]["properties"]
    assert topic["definition"]["maxLength"] <= theirs["Definition"]["maxLength"]
    assert topic["examples"]["maxItems"] <= theirs["Examples"]["maxItems"]
    assert topic["examples"]["items"]["maxLength"] <= theirs["Examples"]["items"]["maxLength"]
    assert topic["name"]["maxLength"] <= theirs["Name"]["maxLength"]
    assert (
        mine["TopicPolicy"]["properties"]["topics"]["maxItems"]
        <= of["TopicPolicyConfig"]["properties"]["TopicsConfig"]["maxItems"]
    )
    words = of["WordPolicyConfig"]["properties"]["WordsConfig"]
    assert mine["WordPolicy"]["properties"]["words"]["maxItems"] <= words["maxItems"]
    regexes = of["SensitiveInformationPolicyConfig"]["properties"]["RegexesConfig"]
    assert mine["SensitiveInformationPolicy"]["properties"]["regexes"]["maxItems"] <= regexes["maxItems"]
    filters = of["ContentPolicyConfig"]["properties"]["FiltersConfig"]
    assert mine["ContentPolicy"]["properties"]["filters"]["maxItems"] <= filters["maxItems"]
