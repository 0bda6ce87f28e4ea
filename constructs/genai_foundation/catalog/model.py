"""The model hub as data: which models exist, where, how they are reached, and whether the organisation allows them.

A model is reached by its own id in `regions`, or by an inference profile from the profile's source Regions; a profile may
process the request in any of its destination Regions
(https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from genai_foundation.catalog.names import Day, Description, Items, ModelId, ProfileId, RegionName, repeated
from genai_foundation.catalog.validation import Strict, fault

Modality = Literal["TEXT", "IMAGE", "VIDEO", "SPEECH", "EMBEDDING", "RERANK"]


class InferenceProfile(Strict):
    """A system-defined cross-Region inference profile."""

    id: ProfileId = Field(description="Profile id, e.g. eu.amazon.nova-lite-v1:0; its prefix is the geography.")
    source_regions: Items[RegionName] = Field(min_length=1, description="Regions that may call it.")
    destination_regions: Items[RegionName] = Field(min_length=1, description="Regions that may process a request.")

    @property
    def geography(self) -> str:
        """The prefix: us, eu, apac, global …"""
        return self.id.split(".", 1)[0]


class ModelApproval(Strict):
    """Decision of the model board."""

    state: Literal["approved", "evaluation", "rejected", "retired"] = Field(
        description="`evaluation` allows development only; `rejected` and `retired` allow no environment."
    )
    by: str = Field(min_length=3, max_length=100, description="Who decided.")
    on: Day = Field(description="When, YYYY-MM-DD.")
    reference: str = Field(min_length=3, max_length=100, description="Ticket or minutes.")


class ModelSpec(Strict):
    """A foundation model on Bedrock."""

    id: ModelId = Field(description="Bedrock model id.")
    provider: str = Field(min_length=1, max_length=50, description="Who made it.")
    name: str = Field(min_length=1, max_length=100, description="The provider's name for it.")
    description: Description | None = Field(None, description="What it is for.")
    input_modalities: Items[Modality] = Field(min_length=1, description="What it reads.")
    output_modalities: Items[Modality] = Field(min_length=1, description="What it returns.")
    context_window: int = Field(ge=1, description="Input and output together, in tokens.")
    max_output_tokens: int = Field(ge=0, description="Longest answer, in tokens; 0 for embedding and rerank models.")
    embedding_dimensions: Items[int] = Field((), description="Vector lengths that an embedding model offers.")
    regions: Items[RegionName] = Field((), description="Regions that serve the model by its own id.")
    inference_profiles: Items[InferenceProfile] = Field(
        (), validate_default=True, description="Cross-Region inference profiles."
    )
    lifecycle: Literal["ACTIVE", "LEGACY"] = Field(description="Bedrock's model lifecycle status.")
    approval: ModelApproval = Field(description="The organisation's decision.")

    @property
    def converses(self) -> bool:
        """Whether the Converse API serves it, i.e. it answers in text."""
        return "TEXT" in self.output_modalities

    def profile(self, profile_id: str) -> InferenceProfile | None:
        """The profile of that id, if the model has it."""
        return next((profile for profile in self.inference_profiles if profile.id == profile_id), None)

    @field_validator("regions")
    @classmethod
    def _regions_once(cls, regions: tuple[str, ...]) -> tuple[str, ...]:
        again = repeated(regions)
        if again:
            raise fault("GF-CAT-006", f"names {', '.join(again)} more than once: keep one")
        return regions

    @field_validator("inference_profiles")
    @classmethod
    def _reachable(cls, profiles: tuple[InferenceProfile, ...], info: ValidationInfo) -> tuple[InferenceProfile, ...]:
        if not profiles and info.data.get("regions") == ():
            raise fault("GF-CAT-020", "has neither regions nor inference_profiles: nobody could call it; add one")
        others = [profile.id for profile in profiles if profile.id.split(".", 1)[1] != info.data.get("id")]
        if others and "id" in info.data:
            raise fault("GF-CAT-021", f"holds profiles of another model ({', '.join(others)[:200]}): move them there")
        again = repeated(tuple(profile.id for profile in profiles))
        if again:
            raise fault("GF-CAT-006", f"holds {', '.join(again)[:200]} more than once: keep one")
        return profiles


class ModelHub(Strict):
    """Every foundation model that the organisation has looked at, with its decision."""

    as_of: Day = Field(description="Day on which the facts were compared with their source.")
    source: str = Field(min_length=10, max_length=200, description="AWS page that the facts come from.")
    models: Items[ModelSpec] = Field(min_length=1, description="Every model that the organisation has looked at.")
