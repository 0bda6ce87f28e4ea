"""Names and small value types that the catalog's files share."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, Strict, WithJsonSchema

from genai_foundation.catalog.validation import fault

T = TypeVar("T")
# A list in YAML and in Python alike; the items stay strictly typed.
Items = Annotated[tuple[T, ...], Strict(False)]

KEBAB = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
CatalogName = Annotated[str, Field(pattern=KEBAB, min_length=3, max_length=40)]
Version = Annotated[int, Field(ge=1, le=9999)]
# CloudFormation: Description of AWS::Bedrock::Guardrail and AWS::Bedrock::Prompt, 1 to 200 characters.
Description = Annotated[str, Field(min_length=1, max_length=200)]
# Whether it is a Region with Bedrock is checked against the table, with one error instead of two.
RegionName = Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=32)]
ModelId = Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9.-]+(:[0-9a-z-]+)*$", max_length=140)]
ProfileId = Annotated[str, Field(pattern=r"^[a-z-]+\.[a-z0-9-]+\.[a-z0-9.-]+(:[0-9a-z-]+)*$", max_length=140)]


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else _no_day()
    except ValueError:
        return _no_day()


def _no_day() -> Any:
    raise fault("GF-CFG-014", "is not a date: write it as YYYY-MM-DD")


# YAML 1.2 has no date type: the text YYYY-MM-DD.
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


def repeated(values: tuple[str, ...]) -> list[str]:
    """The values that occur more than once, in order of first repetition."""
    seen: set[str] = set()
    again: dict[str, None] = {}
    for value in values:
        if value in seen:
            again[value] = None
        seen.add(value)
    return list(again)


def reference(name: str, version: int) -> str:
    """`NAME-vN`: file name without suffix, physical name in Bedrock, key of the release lock."""
    return f"{name}-v{version}"
