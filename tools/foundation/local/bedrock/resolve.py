"""From the modelId of a request to the foundation model behind it, or Bedrock's error."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from foundation.local.bedrock.errors import BedrockError, not_found, validation
from foundation.local.bedrock.model_table import FoundationModel, ModelTable

INVALID = "The provided model identifier is invalid."
_UNRESOLVED = "Could not resolve the foundation model from the provided model identifier."
_ARN = re.compile(r"arn:aws[\w-]*:bedrock:(?P<region>[a-z0-9-]+):(?P<account>\d{12})?:(?P<type>[a-z-]+)/(?P<id>.+)")

ApplicationProfiles = Callable[[str, str, str], str | None]
"""(account, Region, profile id) -> ARN of the model or profile it was copied from; None: there is no such profile."""


@dataclass(frozen=True)
class Resolved:
    """A foundation model and the name by which its quota is counted."""

    model: FoundationModel
    quota_name: str
    """The model id, or the inference profile's id: AWS counts on-demand and cross-Region use apart."""


def resolve(models: ModelTable, identifier: str, account: str, region: str, profiles: ApplicationProfiles) -> Resolved:
    """The model that a request from an account in a Region gets for an id or an ARN.

    Raises:
        BedrockError: ValidationException for a malformed or unknown id, or one that isn't offered in the Region;
            ResourceNotFoundException for an ARN of something that doesn't exist.
    """
    if not identifier.startswith("arn:"):
        return _by_id(models, identifier, region, validation(INVALID))
    arn = _ARN.fullmatch(identifier)
    if arn is None or arn["region"] != region or (arn["account"] not in (None, account)):
        raise validation(INVALID)
    if arn["type"] == "foundation-model" and not arn["account"]:
        return _by_id(models, arn["id"], region, not_found(_UNRESOLVED))
    if arn["type"] == "inference-profile" and arn["account"]:
        return _by_profile(models, arn["id"], region, not_found(_UNRESOLVED))
    if arn["type"] == "application-inference-profile" and arn["account"]:
        source = (profiles(account, region, arn["id"]) or "").rpartition("/")[2]
        model = models.model(source) or models.of_profile(source)
        if model is None:
            raise not_found(_UNRESOLVED)
        return Resolved(model, arn["id"])
    raise validation(INVALID)


def _by_profile(models: ModelTable, profile_id: str, region: str, unknown: BedrockError) -> Resolved:
    model = models.of_profile(profile_id)
    if model is None or not _is_offered(model.profiles[profile_id], region):
        raise unknown
    return Resolved(model, profile_id)


def _by_id(models: ModelTable, identifier: str, region: str, unknown: BedrockError) -> Resolved:
    model = models.model(identifier)
    if model is None:
        return _by_profile(models, identifier, region, unknown)
    if _is_offered(model.on_demand, region):
        return Resolved(model, identifier)
    if any(_is_offered(regions, region) for regions in model.profiles.values()):
        raise validation(
            f"Invocation of model ID {identifier} with on-demand throughput isn’t supported. "
            "Retry your request with the ID or ARN of an inference profile that contains this model."
        )
    raise unknown


def _is_offered(regions: tuple[str, ...] | None, region: str) -> bool:
    return regions is None or region in regions
