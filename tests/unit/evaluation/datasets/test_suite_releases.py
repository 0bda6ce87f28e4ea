"""`foundation catalog release` keeps the exact bytes of suites by their hash."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from foundation.cli import application
from foundation.evaluation.suites import load_suite
from stacks.settings.release import ReleaseLock
from tests.synth.app import CHECKOUT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "catalog"):
        shutil.copytree(CHECKOUT / name, tmp_path / name)
    return tmp_path


def release(folder: Path, *options: str) -> Result:
    command = ["catalog", "release", "--config", str(folder / "config"), *options]
    return CliRunner().invoke(application("catalog"), command)


def lock(folder: Path) -> str:
    return (folder / "catalog" / "released.lock").read_text()


def test_a_changed_suite_is_released_as_another_version(folder: Path) -> None:
    suite = folder / "catalog" / "evaluations" / "api-limits"
    before = load_suite(suite).version
    assert f"api-limits: sha256:{before}" in lock(folder)
    (suite / "suite.yaml").write_text((suite / "suite.yaml").read_text().replace("0.85", "0.86", 1))
    checked = release(folder, "--check")
    assert (checked.exit_code, checked.output) == (1, "not released: evaluations/api-limits\n")
    assert f"api-limits: sha256:{before}" in lock(folder)
    assert release(folder).output == "released: evaluations/api-limits\n"
    assert f"api-limits: sha256:{load_suite(suite).version}" in lock(folder)
    assert release(folder, "--check").exit_code == 0


def test_a_lock_from_before_there_were_suites_is_read(folder: Path) -> None:
    text = lock(folder)
    (folder / "catalog" / "released.lock").write_text(text[: text.index("evaluations:")])
    assert release(folder, "--check").exit_code == 1
    assert release(folder).exit_code == 0
    assert lock(folder) == text


def test_the_lock_knows_suites_only_by_hash() -> None:
    assert ReleaseLock().evaluations == {}
