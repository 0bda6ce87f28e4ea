"""MLflow servers that can't start say why, and leave nothing behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from foundation.local.errors import LocalTargetError
from foundation.local.mlflow.apps import App
from foundation.local.mlflow.server import Servers

APP = App("arn:aws:sagemaker:eu-west-1:111111111111:mlflow-app/app-1", "s3://artifacts/mlflow")


def test_an_app_has_the_account_and_region_of_its_arn() -> None:
    assert (APP.account, APP.region) == ("111111111111", "eu-west-1")


def test_fails_without_mlflow(tmp_path: Path) -> None:
    servers = Servers(tmp_path, "http://127.0.0.1:4566", tmp_path / "missing" / "python")
    with pytest.raises(LocalTargetError, match=r"^GF-LOCAL-080: there is no MLflow at .*: run make mlflow"):
        asyncio.run(servers.url(APP))
    assert list(servers.running()) == []


def test_fails_with_the_end_of_the_log_when_the_server_ends(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "no module named mlflow"\nexit 1\n')
    python.chmod(0o755)
    servers = Servers(tmp_path / "mlflow", "http://127.0.0.1:4566", python)
    with pytest.raises(LocalTargetError, match=r"(?s)^GF-LOCAL-081: .*no module named mlflow"):
        asyncio.run(servers.url(APP))
    assert list(servers.running()) == []


def test_a_deleted_app_takes_its_data_along(tmp_path: Path) -> None:
    data = tmp_path / "app-1" / "mlflow.sqlite3"
    data.parent.mkdir()
    data.touch()
    Servers(tmp_path, "http://127.0.0.1:4566").forget(APP.arn)
    assert not data.parent.exists()
