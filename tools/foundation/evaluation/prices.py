"""catalog/prices.yaml: dated on-demand prices by model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from genai_foundation.catalog import load_yaml
from genai_foundation.catalog.names import Day, Items, ModelId, repeated
from genai_foundation.catalog.validation import Strict, fault
from genai_runtime.evaluation.run import Price

Dollars = Annotated[float, Field(ge=0, le=10)]
"""For 1,000 tokens; beyond 10 it was meant for a million."""


class ModelPrice(Strict):
    """One model's price."""

    model: ModelId = Field(description="Id in catalog/models.yaml.")
    input: Dollars = Field(description="US dollars for 1,000 input tokens.")
    output: Dollars = Field(description="US dollars for 1,000 output tokens.")
    region: str = Field(
        min_length=2, max_length=32, description="Region, or geography of the profile, that it holds for."
    )
    source: str = Field(pattern=r"^https://\S+$", max_length=500, description="Where the figure was read.")


class PriceList(Strict):
    """The whole file."""

    as_of: Day = Field(description="Date of the newest source.")
    prices: Items[ModelPrice] = Field(description="One entry for each model.")

    @field_validator("prices")
    @classmethod
    def _once(cls, prices: tuple[ModelPrice, ...]) -> tuple[ModelPrice, ...]:
        if twice := repeated(tuple(each.model for each in prices)):
            raise fault("GF-EVAL-030", f"has {', '.join(twice)} more than once: keep one price for each model")
        return prices


def load_prices(path: Path) -> Mapping[str, Price]:
    """Price by model id. Raises ConfigErrors with every fault of the file."""
    listed = load_yaml(path, PriceList)
    as_of = listed.as_of.isoformat()
    return {each.model: Price(input=each.input, output=each.output, as_of=as_of) for each in listed.prices}


def unknown_models(prices: Iterable[str], hub: Iterable[str]) -> list[str]:
    """Models that have a price and aren't in catalog/models.yaml."""
    return sorted(set(prices) - set(hub))
