"""Fixtures of the settings tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks.settings import Settings, load_settings
from tests.unit.settings.folder import CHECKOUT, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A fresh, valid copy."""
    return Folder(tmp_path)


@pytest.fixture(scope="session")
def shipped() -> Settings:
    """The shipped example."""
    return load_settings(CHECKOUT / "config")
