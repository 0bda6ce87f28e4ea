"""Approved models by account come from the configuration that the templates came from."""

from pathlib import Path

import pytest

from foundation.checks.approved import approved_models
from foundation.checks.errors import GateError
from stacks.settings import load_settings

CONFIG = Path("config")


def test_every_account_has_its_environments_models() -> None:
    settings = load_settings(CONFIG)
    approved = approved_models(CONFIG)
    assert set(approved) == {account.stage for account in settings.accounts}
    for environment in ("dev", "pre-prod", "prod"):
        assert {model.id for model in settings.models_for(environment)} <= approved[environment]
    assert approved["data-governance"] == approved["prod"]
    assert approved["shared"] == frozenset()


def test_fails_on_a_configuration_that_is_not_valid(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="GF-CHECK-002"):
        approved_models(tmp_path)
