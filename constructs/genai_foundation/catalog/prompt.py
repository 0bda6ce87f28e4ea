"""A prompt as data: template, model, inference parameters and the limits that the caller's input must keep.

Limits: AWS::Bedrock::Prompt in the CloudFormation reference
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-bedrock-prompt.html); contextual
grounding: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-contextual-grounding-check.html.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from genai_foundation.catalog.names import CatalogName, Description, Items, ModelId, Version, reference, repeated
from genai_foundation.catalog.validation import Strict, fault

PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
TEMPLATE_CHARACTERS = 200_000
# Longest texts that the contextual grounding check takes, in characters.
QUALIFIED_CHARACTERS = {"grounding_source": 100_000, "query": 1_000}

Qualifier = Literal["grounding_source", "query", "none"]


class PromptVariable(Strict):
    """What fills a {{placeholder}} of the template, and how much of it."""

    name: str = Field(pattern=r"^([0-9a-zA-Z][_-]?){1,100}$", max_length=100, description="Placeholder's name.")
    description: Description = Field(description="What the caller passes.")
    qualifier: Qualifier = Field(
        "none", description="Role in the grounding check (guardContent qualifier of Converse): source, query, or none."
    )
    max_characters: int = Field(ge=1, le=TEMPLATE_CHARACTERS, description="Longest accepted value, in characters.")

    @field_validator("max_characters")
    @classmethod
    def _within_grounding(cls, characters: int, info: ValidationInfo) -> int:
        role = info.data.get("qualifier", "none")
        limit = QUALIFIED_CHARACTERS.get(role)
        if limit is not None and characters > limit:
            raise fault("GF-CAT-010", f"is over the grounding check's limit for a {role}: write at most {limit}")
        return characters


class Inference(Strict):
    """Inference parameters (PromptModelInferenceConfiguration)."""

    max_tokens: int = Field(ge=1, le=512_000, description="Longest answer, in tokens.")
    temperature: float | None = Field(
        None, ge=0, le=1, description="0 is the most repeatable; without it, the model's default."
    )
    top_p: float | None = Field(None, ge=0, le=1, description="Nucleus sampling; without it, the model's default.")
    stop_sequences: Items[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        (), max_length=4, description="Texts that end the answer."
    )


class PromptSpec(Strict):
    """One version of a prompt; a released version never changes."""

    name: CatalogName = Field(description="Name in the catalog, in kebab case.")
    version: Version = Field(description="Version in the catalog; a change of content is a new version.")
    description: Description = Field(description="What the prompt does, in a sentence.")
    model: ModelId = Field(description="Id in catalog/models.yaml of the model that it was written and evaluated for.")
    system: str | None = Field(
        None,
        min_length=1,
        max_length=TEMPLATE_CHARACTERS,
        description="System text. No placeholders: input never enters it.",
    )
    template: str = Field(min_length=1, max_length=TEMPLATE_CHARACTERS, description="User text with {{placeholders}}.")
    variables: Items[PromptVariable] = Field(max_length=20, description="One entry per placeholder.")
    inference: Inference = Field(description="Inference parameters.")
    max_input_tokens: int = Field(
        ge=1, le=2_000_000, description="Largest accepted input (system and filled template), in tokens."
    )

    @property
    def reference(self) -> str:
        """`NAME-vN`, the physical name in Bedrock."""
        return reference(self.name, self.version)

    def variable(self, name: str) -> PromptVariable:
        """The variable of that name; KeyError when there is none."""
        return {variable.name: variable for variable in self.variables}[name]

    @field_validator("system")
    @classmethod
    def _no_placeholders(cls, system: str | None) -> str | None:
        if system is not None and PLACEHOLDER.search(system):
            raise fault(
                "GF-CAT-011", "has a placeholder: move it to template, a caller's input never enters the system text"
            )
        return system

    @field_validator("variables")
    @classmethod
    def _match_template(cls, variables: tuple[PromptVariable, ...], info: ValidationInfo) -> tuple[PromptVariable, ...]:
        names = tuple(variable.name for variable in variables)
        used = dict.fromkeys(found.strip() for found in PLACEHOLDER.findall(info.data.get("template", "")))
        problems = [f"{name!r} is declared twice" for name in repeated(names)]
        if "template" in info.data:
            problems += [f"{{{{{name}}}}} has no entry in variables" for name in used if name not in names]
            problems += [f"{name!r} is not in the template" for name in names if name not in used]
        if problems:
            raise fault("GF-CAT-012", f"variables and template differ: {'; '.join(problems)[:300]}; make them match")
        roles = [variable.qualifier for variable in variables if variable.qualifier != "none"]
        if set(roles) not in (set(), {"grounding_source", "query"}) or roles.count("query") > 1:
            text = (
                "the grounding check needs at least one grounding_source and exactly one query: correct the qualifiers"
            )
            raise fault("GF-CAT-013", text)
        return variables
