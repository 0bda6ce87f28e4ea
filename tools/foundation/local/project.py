"""What the target takes from the project's configuration."""

from __future__ import annotations

from foundation.local.configuration import TargetSettings
from stacks.settings import Settings


def target_settings(settings: Settings) -> TargetSettings:
    """Organisation, accounts, Regions, models and repository of a configuration."""
    release = settings.release
    return TargetSettings(
        organization_id=settings.organization.id,
        accounts={account.stage: account.id for account in settings.accounts},
        regions=(settings.regions.primary.name, settings.regions.recovery.name),
        model={"models": [model.model_dump(mode="json") for model in settings.catalog.models.values()]},
        repository={"host": release.host, "repository": release.repository} if release else {},
    )
