"""config/use_cases/NAME.yaml: the contract of one use case of a line of business (LOB)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from genai_foundation.catalog.names import KEBAB, CatalogName, Day, Description, Items, ModelId, Version, reference
from genai_foundation.catalog.validation import Strict
from stacks.settings.platform import Email, Environment, ResilienceTier, TagValue

# Becomes part of stack, alias and role names, the shortest of which (IAM role) takes 64 characters.
UseCaseName = Annotated[str, Field(pattern=KEBAB, min_length=3, max_length=32)]
DataClassification = Literal["public", "internal", "confidential", "restricted"]


class CatalogReference(Strict):
    """A released version of something in the catalog."""

    name: CatalogName = Field(description="Name in the catalog.")
    version: Version = Field(description="Version in the catalog.")

    @property
    def reference(self) -> str:
        """`NAME-vN`."""
        return reference(self.name, self.version)


class Approval(Strict):
    """Who let the use case be built."""

    by: Email = Field(description="Who approved.")
    on: Day = Field(description="When, YYYY-MM-DD.")
    reference: str = Field(min_length=3, max_length=100, description="Ticket or minutes that hold the decision.")


class Approvals(Strict):
    """Reviews that must exist before any environment does (ACC-5)."""

    legal: Approval | None = Field(None, description="Legal review.")
    risk: Approval | None = Field(None, description="Risk review.")


class UseCase(Strict):
    """One use case: who owns it, where it runs, what it may use, who approved it."""

    name: UseCaseName = Field(description="Name; the file is NAME.yaml.")
    description: Description = Field(description="What it does, for whom.")
    lob: str = Field(pattern=KEBAB, min_length=2, max_length=32, description="Line of business.")
    owner: Email = Field(description="Accountable person or team.")
    cost_centre: TagValue = Field(description="Where its cost goes.")
    data_classification: DataClassification = Field(description="Most sensitive data that it handles.")
    environments: Items[Environment] = Field((), description="Where it is built; empty while it is only registered.")
    models: Items[ModelId] = Field(min_length=1, max_length=20, description="Models that it may call.")
    guardrail: CatalogReference = Field(description="Guardrail that every call passes.")
    prompts: Items[CatalogReference] = Field(
        min_length=1, max_length=50, description="Prompts that it may use, each name once."
    )
    data_producers: Items[Annotated[str, Field(pattern=KEBAB, max_length=20)]] = Field(
        (), max_length=20, description="Data producers (names in platform.yaml) whose data it may use."
    )
    approvals: Approvals = Field(Approvals(), description="Legal and risk approval.")
    resilience_tier: ResilienceTier = Field(description="Its recovery strategy; not stronger than the platform's.")
