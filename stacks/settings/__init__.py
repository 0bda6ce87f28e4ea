"""The configuration: what the organisation wants, checked as a whole before any construct exists.

settings = load_settings(Path("config"))   # raises ConfigErrors
"""

from genai_foundation.catalog.errors import ConfigError, ConfigErrors
from stacks.settings.load import default_catalog, load_settings
from stacks.settings.platform import ENVIRONMENTS, NETWORK_STAGES, Environment, ModelQuota, Region
from stacks.settings.settings import Account, ApprovedModel, Catalog, Network, Settings
from stacks.settings.use_case import CatalogReference, UseCase

__all__ = [
    "ENVIRONMENTS",
    "NETWORK_STAGES",
    "Account",
    "ApprovedModel",
    "Catalog",
    "CatalogReference",
    "ConfigError",
    "ConfigErrors",
    "Environment",
    "ModelQuota",
    "Network",
    "Region",
    "Settings",
    "UseCase",
    "default_catalog",
    "load_settings",
]
