"""Rules of a prompt file and of the model hub by themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from genai_foundation.catalog import ConfigErrors, PromptSpec, load_models, load_prompt

PROMPT = """
name: ask
version: 1
description: Asks something.
model: "amazon.nova-lite-v1:0"
system: Answer briefly.
template: "{{context}} {{question}}"
variables:
  - {name: context, description: Passages., qualifier: grounding_source, max_characters: 5000}
  - {name: question, description: The question., qualifier: query, max_characters: 500}
inference: {max_tokens: 300, temperature: 0}
max_input_tokens: 4000
"""
MODEL = """
as_of: 2026-09-01
source: https://docs.aws.amazon.com/bedrock/
models:
  - id: "amazon.nova-lite-v1:0"
    provider: Amazon
    name: Nova Lite
    input_modalities: [TEXT]
    output_modalities: [TEXT]
    context_window: 300000
    max_output_tokens: 10000
    regions: [us-east-1]
    inference_profiles:
      - id: "us.amazon.nova-lite-v1:0"
        source_regions: [us-east-1]
        destination_regions: [us-east-1, us-east-2, us-west-2]
    lifecycle: ACTIVE
    approval: {state: approved, by: model-board@example.com, on: 2026-01-15, reference: MB-1}
"""


def prompt_errors(tmp_path: Path, old: str, new: str) -> list[tuple[str, str]]:
    assert old in PROMPT
    file = tmp_path / "ask-v1.yaml"
    file.write_text(PROMPT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigErrors) as failure:
        load_prompt(file)
    return [(error.code, error.key) for error in failure.value.errors]


def model_errors(tmp_path: Path, old: str, new: str) -> list[tuple[str, str]]:
    assert old in MODEL
    file = tmp_path / "models.yaml"
    file.write_text(MODEL.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigErrors) as failure:
        load_models(file)
    return [(error.code, error.key) for error in failure.value.errors]


def test_a_prompt_knows_its_variables(tmp_path: Path) -> None:
    file = tmp_path / "ask-v1.yaml"
    file.write_text(PROMPT, encoding="utf-8")
    prompt = load_prompt(file)
    assert prompt.reference == "ask-v1"
    assert prompt.variable("question").qualifier == "query"
    with pytest.raises(KeyError):
        prompt.variable("answer")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{{question}}", "", [("GF-CAT-012", "variables")]),
        ("{{context}}", "{{context}} {{more}}", [("GF-CAT-012", "variables")]),
        ("name: question", "name: context", [("GF-CAT-012", "variables")]),
        ("qualifier: query", "qualifier: none", [("GF-CAT-013", "variables")]),
        ("qualifier: grounding_source", "qualifier: none", [("GF-CAT-013", "variables")]),
        ("max_characters: 500}", "max_characters: 1001}", [("GF-CAT-010", "variables[1].max_characters")]),
        ("max_characters: 5000", "max_characters: 100001", [("GF-CAT-010", "variables[0].max_characters")]),
        ("Answer briefly.", '"Answer {{question}}."', [("GF-CAT-011", "system")]),
        ("temperature: 0", "temperature: 1.5", [("GF-CFG-013", "inference.temperature")]),
        ("max_tokens: 300", "max_tokens: 0", [("GF-CFG-013", "inference.max_tokens")]),
        ("temperature: 0", "stop_sequences: [a, b, c, d, e]", [("GF-CFG-013", "inference.stop_sequences")]),
        ("max_input_tokens: 4000", "max_input_tokens: 4000.0", [("GF-CFG-012", "max_input_tokens")]),
    ],
)
def test_fails_on_an_inconsistent_prompt(tmp_path: Path, old: str, new: str, expected: list[tuple[str, str]]) -> None:
    assert prompt_errors(tmp_path, old, new) == expected


def test_fails_with_both_faults_when_two_places_are_wrong(tmp_path: Path) -> None:
    found = prompt_errors(
        tmp_path, 'version: 1\ndescription: Asks something.\nmodel: "amazon', 'version: x\nmodel: "amazon'
    )
    assert found == [("GF-CFG-010", "description"), ("GF-CFG-012", "version")]


def test_limits_of_a_prompt_are_not_wider_than_cloudformation() -> None:
    schemas = Path(cfnlint.__file__).parent / "data" / "schemas"
    provider = json.loads((schemas / "providers" / "eu-west-1.json").read_text(encoding="utf-8"))
    resource = (schemas / "resources" / f"{provider['AWS::Bedrock::Prompt']}.json").read_text(encoding="utf-8")
    aws: dict[str, Any] = json.loads(resource)["definitions"]
    ours = PromptSpec.model_json_schema()
    text = aws["TextPromptTemplateConfiguration"]["properties"]
    assert ours["properties"]["template"]["maxLength"] <= text["Text"]["maxLength"]
    assert ours["properties"]["variables"]["maxItems"] <= text["InputVariables"]["maxItems"]
    theirs = aws["PromptModelInferenceConfiguration"]["properties"]
    mine = ours["$defs"]["Inference"]["properties"]
    assert mine["max_tokens"]["maximum"] <= theirs["MaxTokens"]["maximum"]
    assert mine["stop_sequences"]["maxItems"] <= theirs["StopSequences"]["maxItems"]
    assert (
        ours["$defs"]["PromptVariable"]["properties"]["name"]["pattern"]
        == aws["PromptInputVariable"]["properties"]["Name"]["pattern"]
    )


def test_a_model_knows_its_profiles(tmp_path: Path) -> None:
    file = tmp_path / "models.yaml"
    file.write_text(MODEL, encoding="utf-8")
    (model,) = load_models(file)
    profile = model.profile("us.amazon.nova-lite-v1:0")
    assert profile is not None
    assert profile.geography == "us"
    assert model.profile("eu.amazon.nova-lite-v1:0") is None
    assert model.converses


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"us.amazon.nova-lite-v1:0"', '"us.amazon.nova-pro-v1:0"', [("GF-CAT-021", "models[0].inference_profiles")]),
        ("regions: [us-east-1]", "regions: [us-east-1, us-east-1]", [("GF-CAT-006", "models[0].regions")]),
        ("2026-09-01", "1.9.2026", [("GF-CFG-014", "as_of")]),
        ("2026-01-15", "2026-13-15", [("GF-CFG-014", "models[0].approval.on")]),
        ("lifecycle: ACTIVE", "lifecycle: EOL", [("GF-CFG-013", "models[0].lifecycle")]),
        ("context_window: 300000", "context_window: 300k", [("GF-CFG-012", "models[0].context_window")]),
    ],
)
def test_fails_on_an_inconsistent_model(tmp_path: Path, old: str, new: str, expected: list[tuple[str, str]]) -> None:
    assert model_errors(tmp_path, old, new) == expected


def test_fails_on_a_model_that_nobody_can_reach(tmp_path: Path) -> None:
    start = MODEL.index("    regions:")
    unreachable = MODEL[start : MODEL.index("    lifecycle:")]
    assert model_errors(tmp_path, unreachable, "") == [("GF-CAT-020", "models[0].inference_profiles")]


def test_fails_on_a_profile_that_is_listed_twice(tmp_path: Path) -> None:
    profile = MODEL[MODEL.index('      - id: "us.') : MODEL.index("    lifecycle:")]
    assert model_errors(tmp_path, profile, profile * 2) == [("GF-CAT-006", "models[0].inference_profiles")]
