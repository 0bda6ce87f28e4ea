"""Settings of the target, its environment for SDKs, and the pinned emulator."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from foundation.local import pins
from foundation.local.configuration import TargetSettings
from foundation.local.environment import aws_environment
from foundation.local.errors import LocalTargetError
from foundation.local.layout import checkout
from foundation.local.project import target_settings
from stacks.settings import load_settings


def test_settings_are_read_as_they_were_written(tmp_path: Path) -> None:
    written = TargetSettings("o-x", {"dev": "222222222222"}, ("eu-west-1",), "111111111111", {"model": "extractive"})
    written.write(tmp_path / "settings.json")
    assert TargetSettings.read(tmp_path / "settings.json") == written
    assert written.account_id("dev") == written.account_id("222222222222") == "222222222222"


@pytest.mark.parametrize("content", ["", "[]", '{"organization_id": "o-x"}', '{"accounts": 3}'])
def test_fails_on_a_settings_file_that_is_not_ours(tmp_path: Path, content: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LocalTargetError, match=f"GF-LOCAL-010: {path} can't be read"):
        TargetSettings.read(path)


def test_fails_on_an_account_that_is_neither_stage_nor_id() -> None:
    for account in ("staging", "12345", "22222222222x"):
        with pytest.raises(LocalTargetError, match="GF-LOCAL-011"):
            TargetSettings(accounts={"dev": "222222222222"}).account_id(account)


def test_the_shipped_configuration_gives_organisation_accounts_regions_and_models() -> None:
    settings = load_settings(checkout() / "config")
    made = target_settings(settings)
    assert made.organization_id == settings.organization.id
    assert made.accounts["dev"] == next(account.id for account in settings.accounts if account.stage == "dev")
    assert made.regions == (settings.regions.primary.name, settings.regions.recovery.name)
    assert {model["id"] for model in made.model["models"]} == set(settings.catalog.models)


def test_the_environment_shuts_the_host_s_credentials_out(tmp_path: Path) -> None:
    made = aws_environment(4566, "222222222222", "eu-west-1", tmp_path)
    assert made["AWS_ACCESS_KEY_ID"] == "222222222222"
    assert made["AWS_CONFIG_FILE"] == made["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert made["AWS_ENDPOINT_URL"] == made["AWS_ENDPOINT_URL_S3"] == "http://127.0.0.1:4566"
    assert made["CDK_HOME"] == str(tmp_path)


def test_the_pin_is_the_one_that_is_installed_and_required() -> None:
    pins.check_pin()
    assert f"ministack=={pins.MINISTACK}\n" in (checkout() / "requirements.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("installed", ["1.5.34", ""])
def test_fails_on_another_ministack(monkeypatch: pytest.MonkeyPatch, installed: str) -> None:
    def version(name: str) -> str:
        if not installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed

    monkeypatch.setattr(pins, "version", version)
    with pytest.raises(LocalTargetError, match=f"GF-LOCAL-001: ministack {installed or 'none'} is installed"):
        pins.check_pin()
