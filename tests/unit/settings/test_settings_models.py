"""Faults between the model hub, the approved models and the prompts."""

from __future__ import annotations

import pytest

from tests.unit.settings.folder import PLATFORM, Folder

HUB = "catalog/models.yaml"
LITE = '- {id: "amazon.nova-lite-v1:0", inference_profiles: ["eu.amazon.nova-lite-v1:0"]}'


def test_fails_on_a_model_that_is_not_in_the_hub(folder: Folder) -> None:
    folder.platform(LITE, '- {id: "amazon.nova-light-v1:0"}')
    error = next(each for each in folder.errors() if each.code == "GF-MOD-006")
    assert error.key == "models.dev[1].id"
    assert 'did you mean "amazon.nova-lite-v1:0"?' in error.message


@pytest.mark.parametrize(
    ("state", "environments"), [("evaluation", {"pre-prod", "prod"}), ("rejected", {"dev", "pre-prod", "prod"})]
)
def test_fails_where_the_approval_state_does_not_allow_the_environment(
    folder: Folder, state: str, environments: set[str]
) -> None:
    hub = folder.read(HUB)
    start = hub.index("amazon.titan-embed")
    folder.write(HUB, hub[:start] + hub[start:].replace("state: approved", f"state: {state}", 1))
    errors = [error for error in folder.errors() if error.code == "GF-MOD-007"]
    assert {error.key.split(".")[1].split("[")[0] for error in errors} == environments


def test_fails_on_a_model_that_needs_a_profile_and_says_which(folder: Folder) -> None:
    folder.platform(LITE, '- {id: "amazon.nova-lite-v1:0"}')
    errors = folder.errors()
    assert [(error.code, error.key) for error in errors] == [("GF-MOD-010", "models.dev[1].id")] * 2
    assert {"primary Region eu-west-1" in each.message for each in errors} == {True, False}
    assert all("add the inference profile eu.amazon.nova-lite-v1:0" in each.message for each in errors)


def test_fails_on_a_model_that_only_the_recovery_region_offers(folder: Folder) -> None:
    folder.platform("- {id: cohere.embed-multilingual-v3}", '- {id: "cohere.rerank-v3-5:0"}')
    error = folder.only()
    assert (error.code, error.value) == ("GF-MOD-010", "'cohere.rerank-v3-5:0'")
    assert "primary Region eu-west-1" in error.message


def test_fails_on_an_unknown_profile(folder: Folder) -> None:
    folder.platform('["eu.amazon.nova-lite-v1:0"]', '["us.amazon.nova-lite-v1:0"]')
    codes = {error.code for error in folder.errors()}
    assert codes == {"GF-MOD-008", "GF-MOD-010"}


def test_fails_on_a_profile_that_leaves_the_approved_regions(folder: Folder) -> None:
    folder.platform("eu-north-1, eu-south-1,", "eu-south-1,")
    errors = [error for error in folder.errors() if error.code == "GF-MOD-011"]
    assert len(errors) > 5
    assert all("may process requests in eu-north-1" in error.message for error in errors)


def test_fails_on_a_global_profile_whatever_regions_the_hub_lists(folder: Folder) -> None:
    profile = '      - id: "global.amazon.nova-lite-v1:0"\n        source_regions: [eu-west-1, eu-central-1]\n'
    listed = f"{profile}        destination_regions: [eu-west-1]\n"
    old = '      - id: "eu.amazon.nova-lite-v1:0"\n'
    folder.replace(HUB, old, listed + old)
    folder.platform('["eu.amazon.nova-lite-v1:0"]', '["global.amazon.nova-lite-v1:0"]')
    error = folder.only()
    assert (error.code, error.key) == ("GF-MOD-011", "models.dev[1].inference_profiles[0]")
    assert "af-south-1" in error.message


def test_fails_on_two_profiles_for_the_same_region(folder: Folder) -> None:
    second = '      - id: "eu-2.amazon.nova-lite-v1:0"\n'
    profile = f"{second}        source_regions: [eu-west-1]\n        destination_regions: [eu-west-1]\n"
    old = '      - id: "eu.amazon.nova-lite-v1:0"\n'
    folder.replace(HUB, old, profile.replace("eu-2", "global") + old)
    folder.platform('["eu.amazon.nova-lite-v1:0"]', '["eu.amazon.nova-lite-v1:0", "global.amazon.nova-lite-v1:0"]')
    assert ("GF-MOD-009", "models.dev[1].inference_profiles[1]") in folder.found()


def test_fails_on_a_profile_outside_its_geography_and_an_unknown_region_in_the_hub(folder: Folder) -> None:
    folder.replace(HUB, "destination_regions: [eu-central-1,", "destination_regions: [us-east-1, eu-middle-1,")
    found = folder.found()
    assert ("GF-MOD-003", "models[0].inference_profiles[0].destination_regions[0]") in found
    assert ("GF-MOD-002", "models[0].inference_profiles[0].destination_regions[1]") in found


def test_fails_on_repetitions(folder: Folder) -> None:
    folder.platform(LITE, f"{LITE}\n    {LITE}")
    folder.replace(HUB, "- id: cohere.embed-multilingual-v3", '- id: "amazon.titan-embed-text-v2:0"')
    found = folder.found()
    assert ("GF-MOD-005", "models.dev[2].id") in found
    assert ("GF-MOD-001", "models[7].id") in found


def test_fails_on_an_environment_without_a_list(folder: Folder) -> None:
    folder.platform("  pre-prod:\n    - {id:", "  preprod:\n    - {id:")
    assert {("GF-MOD-004", "models"), ("GF-CFG-013", "models.preprod")} <= folder.found()


def test_an_unreadable_hub_calls_no_model_unknown(folder: Folder) -> None:
    folder.write(HUB, "models: [\n")
    assert [error.code for error in folder.errors()] == ["GF-CFG-004"]


def test_an_unreadable_platform_calls_no_model_unapproved(folder: Folder) -> None:
    folder.write(PLATFORM, "models: [\n")
    assert [error.code for error in folder.errors()] == ["GF-CFG-004"]


PROMPT = "catalog/prompts/grounded-answer-v1.yaml"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("amazon.nova-lite-v1:0", "amazon.nova-max-v1:0", ("GF-CAT-030", "model")),
        ("amazon.nova-lite-v1:0", "amazon.titan-embed-text-v2:0", ("GF-CAT-031", "model")),
        ("amazon.nova-lite-v1:0", "cohere.rerank-v3-5:0", ("GF-CAT-032", "model")),
        ("max_tokens: 700", "max_tokens: 10001", ("GF-CAT-033", "inference.max_tokens")),
        ("max_input_tokens: 24000", "max_input_tokens: 299500", ("GF-CAT-034", "max_input_tokens")),
        ("version: 1", "version: 2", ("GF-CFG-016", "name")),
    ],
)
def test_fails_on_a_prompt_that_does_not_fit(folder: Folder, old: str, new: str, expected: tuple[str, str]) -> None:
    folder.replace(PROMPT, old, new)
    folder.release()
    assert expected in folder.found()
