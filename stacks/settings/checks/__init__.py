"""Checks that look at more than one value. They read the trees, not the models, so that a fault elsewhere hides nothing."""

from __future__ import annotations

from genai_foundation.catalog.errors import ConfigError
from stacks.settings.files import Files


def cross_checks(files: Files) -> list[ConfigError]:
    """Every fault that only shows between values or files."""
    return []
