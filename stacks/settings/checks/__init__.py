"""Checks that look at more than one value. They read the trees, not the models, so that a fault elsewhere hides nothing."""

from __future__ import annotations

from collections.abc import Callable

from genai_foundation.catalog.errors import ConfigError
from stacks.settings.checks.accounts import check_accounts, check_tags
from stacks.settings.checks.catalog import check_names, check_prompts
from stacks.settings.checks.evaluation import check_evaluation
from stacks.settings.checks.models import check_approved_models, check_hub
from stacks.settings.checks.network import check_network
from stacks.settings.checks.pipeline import check_pipeline
from stacks.settings.checks.regions import check_guardrail_regions, check_regions
from stacks.settings.checks.releases import check_releases
from stacks.settings.checks.use_case_links import check_use_case_links
from stacks.settings.checks.use_cases import check_use_cases
from stacks.settings.files import Files

CHECKS: tuple[Callable[[Files], list[ConfigError]], ...] = (
    check_accounts,
    check_tags,
    check_regions,
    check_guardrail_regions,
    check_network,
    check_hub,
    check_approved_models,
    check_evaluation,
    check_pipeline,
    check_names,
    check_prompts,
    check_releases,
    check_use_cases,
    check_use_case_links,
)


def cross_checks(files: Files) -> list[ConfigError]:
    """Every fault that only shows between values or files."""
    return [error for check in CHECKS for error in check(files)]
