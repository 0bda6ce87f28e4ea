"""The JSON schema of what is live, in draft 4: AppConfig's validators take no other (AWS AppConfig User Guide, "Understanding
validators")."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

DRAFT = "http://json-schema.org/draft-04/schema#"
# Pydantic's words that draft 4 doesn't have, and what people read elsewhere.
_DROPPED = frozenset({"default", "description", "title"})
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def draft_4(model: type[BaseModel]) -> dict[str, Any]:
    """The model's schema. What patterns name is all that is allowed: pydantic reports other keys as invalid too."""
    converted: dict[str, Any] = _converted(model.model_json_schema())
    return {"$schema": DRAFT, **converted}


def _converted(node: Any) -> Any:
    if isinstance(node, list):
        return [_converted(each) for each in node]
    if not isinstance(node, dict):
        return node
    made: dict[str, Any] = {}
    for key, value in node.items():
        if key in _BOUNDS:  # a number since draft 6, a flag beside the bound before
            made |= {_BOUNDS[key]: value, key: True}
        elif key == "const":
            made["enum"] = [value]
        elif key == "$defs":
            made["definitions"] = _members(value)
        elif key == "$ref":
            made["$ref"] = str(value).replace("#/$defs/", "#/definitions/")
        elif key in ("properties", "patternProperties"):
            made[key] = _members(value)
        elif key not in _DROPPED:
            made[key] = _converted(value)
    if "patternProperties" in made:
        made["additionalProperties"] = False
    return made


def _members(named: dict[str, Any]) -> dict[str, Any]:
    """Schemas by names that aren't words of the language, such as a property called `title`."""
    return {name: _converted(schema) for name, schema in named.items()}
