"""A release of the shipped configuration."""

import pytest

from stacks.settings import Settings
from tests.unit.release.dossier.released import Released


@pytest.fixture
def released(settings: Settings) -> Released:
    """Sealed, and nothing more."""
    return Released(settings)
