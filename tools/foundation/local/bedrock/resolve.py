"""From the modelId of a request to the foundation model behind it, or Bedrock's error."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from foundation.local.bedrock.catalogue import MODELS, SOURCE_REGIONS, FoundationModel
from foundation.local.bedrock.errors import BedrockError, not_found, validation

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


def resolve(identifier: str, account: str, region: str, profiles: ApplicationProfiles) -> Resolved:
    """The model that a request from an account in a Region gets for an id or an ARN.

    Raises:
        BedrockError: ValidationException for a malformed or unknown id, or one that isn't offered in the Region;
            ResourceNotFoundException for an ARN of something that doesn't exist.
    """
    if not identifier.startswith("arn:"):
        return _by_id(identifier, region, validation(INVALID))
    arn = _ARN.fullmatch(identifier)
    if arn is None or arn["region"] != region or (arn["account"] not in (None, account)):
        raise validation(INVALID)
    if arn["type"] == "foundation-model" and not arn["account"]:
        return _by_id(arn["id"], region, not_found(_UNRESOLVED))
    if arn["type"] == "inference-profile" and arn["account"]:
        if arn["id"].partition(".")[0] not in SOURCE_REGIONS:
            raise not_found(_UNRESOLVED)
        return _by_id(arn["id"], region, not_found(_UNRESOLVED))
    if arn["type"] == "application-inference-profile" and arn["account"]:
        source = profiles(account, region, arn["id"])
        if source is None:
            raise not_found(_UNRESOLVED)
        return Resolved(_source_model(source), arn["id"])
    raise validation(INVALID)


def _by_id(identifier: str, region: str, unknown: BedrockError) -> Resolved:
    geography, _, model_id = identifier.partition(".")
    if geography in SOURCE_REGIONS and (model := MODELS.get(model_id)):
        regions = SOURCE_REGIONS[geography]
        if geography in model.geographies and (regions is None or region in regions):
            return Resolved(model, identifier)
        raise unknown
    found = MODELS.get(identifier)
    if found is None:
        raise unknown
    if found.on_demand is None or region in found.on_demand:
        return Resolved(found, identifier)
    if any(regions is None or region in regions for regions in map(SOURCE_REGIONS.get, found.geographies)):
        raise validation(
            f"Invocation of model ID {identifier} with on-demand throughput isn’t supported. "
            "Retry your request with the ID or ARN of an inference profile that contains this model."
        )
    raise unknown


def _source_model(source: str) -> FoundationModel:
    """The model of an application inference profile: its source is a model's or a system profile's ARN."""
    model_id = source.rpartition("/")[2]
    geography, _, bare = model_id.partition(".")
    model = MODELS.get(bare if geography in SOURCE_REGIONS else model_id)
    if model is None:
        raise not_found(_UNRESOLVED)
    return model
