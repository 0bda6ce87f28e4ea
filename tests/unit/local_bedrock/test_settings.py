"""Settings of the simulation and how they change at run time."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from foundation.local.bedrock import BedrockSettings, admin
from foundation.local.bedrock.install import _simulation


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    admin("DELETE", None)


def test_first_matching_rule_applies() -> None:
    settings = BedrockSettings.model_validate(
        {
            "model": "openai:http://127.0.0.1:8080#tiny",
            "rules": [
                {"pattern": "amazon.nova-*", "requests_per_minute": 2, "model": "extractive"},
                {"pattern": "*", "ms_per_token": 5},
            ],
        }
    )
    assert settings.rule("amazon.nova-lite-v1:0").model == "extractive"
    assert settings.rule("amazon.nova-lite-v1:0").ms_per_token == 0
    assert settings.rule("cohere.embed-v4:0").model == "openai:http://127.0.0.1:8080#tiny"
    assert BedrockSettings().rule("any").model == "extractive"


@pytest.mark.parametrize(
    "given",
    [
        {"model": "gpt"},
        {"model": "openai:ftp://x#m"},
        {"model": "openai:http://127.0.0.1"},
        {"rules": [{"requests_per_minute": 0}]},
        {"rules": [{"ms_per_token": -1}]},
        {"unknown": 1},
    ],
)
def test_fails_for_settings_that_do_not_fit(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BedrockSettings.model_validate(given)
    status, answer = admin("PUT", given)
    assert (status, answer["code"]) == (400, "GF-BEDROCK-001")
    assert _simulation.settings == BedrockSettings()


def test_settings_change_and_come_back() -> None:
    changed = {"rules": [{"pattern": "amazon.*", "requests_per_minute": 3}]}
    status, answer = admin("PUT", changed)
    assert status == 200
    assert answer["rules"][0]["requests_per_minute"] == 3
    assert admin("GET", None) == (200, answer | {"calls": _simulation.calls})
    assert admin("PUT", answer | {"calls": {}}) == (200, answer)
    assert BedrockSettings.model_validate(answer) == _simulation.settings
    assert admin("DELETE", None) == (200, BedrockSettings().model_dump(mode="json"))


def test_calls_are_told_by_model() -> None:
    before = admin("GET", None)[1]["calls"].get("amazon.counted", 0)
    _simulation.count_call("amazon.counted")
    admin("DELETE", None)
    assert admin("GET", None)[1]["calls"]["amazon.counted"] == before + 1


def test_fails_for_another_method() -> None:
    assert admin("POST", {})[0] == 405


def test_models_of_the_organisation_stay_until_others_are_given() -> None:
    model = {
        "id": "x.y-v1",
        "name": "Y",
        "provider": "X",
        "context_window": 9,
        "max_output_tokens": 3,
        "output_modalities": ["TEXT"],
    }
    admin("PUT", {"models": [model]})
    _, answer = admin("PUT", {"answer_timeout_seconds": 1})
    assert [listed["id"] for listed in answer["models"]] == ["x.y-v1"]
    found = _simulation.models.model("x.y-v1")
    assert found is not None
    assert (found.context_tokens, found.on_demand) == (9, ())
    assert admin("PUT", {"models": []})[1]["models"] == []
