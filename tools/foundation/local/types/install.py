"""Registers every provider and supplement of this package with ministack's CloudFormation."""

from __future__ import annotations

from foundation.local.mlflow import apps
from foundation.local.types import alarms, bedrock, groups, registry, security
from foundation.local.types.supplements import SUPPLEMENTS


def install_types() -> None:
    registry.install(
        {**alarms.PROVIDERS, **bedrock.PROVIDERS, **apps.PROVIDERS, **groups.PROVIDERS, **security.PROVIDERS},
        SUPPLEMENTS,
    )
