"""A checkout that can be built within milliseconds."""

from pathlib import Path

import pytest

from foundation import cdk
from tests.unit.release.bundle.checkout import Checkout, fake_synth


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """The shipped configuration with a small code tree; synthesis is replaced."""
    monkeypatch.setattr(cdk, "synth", fake_synth)
    return Checkout(tmp_path / "checkout")
