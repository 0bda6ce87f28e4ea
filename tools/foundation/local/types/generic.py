"""A provider for every resource type that ministack doesn't know, made from the type's schema.

It keeps the properties in the Cloud Control store (so that `cloudcontrol get-resource` reads them
back) and gives read-only attributes a plausible value. Nothing runs behind such a resource.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import get_region
from ministack.services import cloudcontrol

from foundation.local.types.base import Provisioned, Resource
from foundation.local.types.identifiers import generate, physical_name
from foundation.local.types.schemas import Schema, pointers, schema_of

# AWS allows one of these in an account and Region; a second one fails the stack.
_SINGLETONS = {"AWS::GuardDuty::Detector": "a detector already exists for the current account"}


class GenericProvider:
    """Provider of one type, after its schema in the current Region."""

    def __init__(self, resource_type: str) -> None:
        self._type = resource_type

    def create(self, resource: Resource) -> Provisioned:
        schema = self._schema()
        attributes = self._read_only(schema, resource)
        model = {**_nested(attributes), **resource.properties}
        names = pointers(schema, "primaryIdentifier")
        for name in names:
            model.setdefault(name, self._identifier(name, resource))
        physical_id = "|".join(str(model[name]) for name in names) or f"{resource.stack_name}-{resource.logical_id}"
        if self._type in _SINGLETONS and self._existing():
            raise ValueError(f"{_SINGLETONS[self._type]} ({self._type})")
        if _key(self._type, physical_id) in cloudcontrol._resources:
            raise ValueError(f"Resource of type '{self._type}' with identifier '{physical_id}' already exists.")
        self._store(physical_id, model)
        return physical_id, {**attributes, **{name: model[name] for name in names}}

    def update(self, resource: Resource) -> Provisioned:
        schema = self._schema()
        record = cloudcontrol._resources.get(_key(self._type, resource.physical_id))
        if record is None:
            raise ValueError(f"Resource of type '{self._type}' with identifier '{resource.physical_id}' was not found.")
        stored: dict[str, Any] = json.loads(record["Properties"])
        kept = {name: value for name, value in stored.items() if name not in resource.previous}
        self._store(resource.physical_id, {**kept, **resource.properties})
        attributes = {name: _at(stored, name) for name in pointers(schema, "readOnlyProperties")}
        names = pointers(schema, "primaryIdentifier")
        return resource.physical_id, {
            **{name: value for name, value in attributes.items() if value is not None},
            **{name: stored[name] for name in names if name in stored},
        }

    def delete(self, resource: Resource) -> None:
        cloudcontrol._resources.pop(_key(self._type, resource.physical_id), None)

    def _schema(self) -> Schema:
        schema = schema_of(self._type, get_region())
        if schema is None:
            raise ValueError(f"Template format error: Unrecognized resource types: [{self._type}] in {get_region()}")
        return schema

    def _identifier(self, name: str, resource: Resource) -> Any:
        if name.endswith("Name"):
            return physical_name(self._type.split("::")[2], resource)
        return generate(self._type, name, resource)

    def _read_only(self, schema: Schema, resource: Resource) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name in pointers(schema, "readOnlyProperties"):
            node = schema.get("properties", {}).get(name, {})
            if node.get("type") in {"array", "object"} or "*" in name:
                continue
            made[name] = generate(self._type, name, resource)
        return made

    def _existing(self) -> bool:
        return any(record["TypeName"] == self._type for record in cloudcontrol._resources.values())

    def _store(self, physical_id: str, model: dict[str, Any]) -> None:
        cloudcontrol._resources[_key(self._type, physical_id)] = {
            "TypeName": self._type,
            "Identifier": physical_id,
            "Properties": json.dumps(model, default=str),
        }


def _key(resource_type: str, physical_id: str) -> str:
    return str(cloudcontrol._resource_key(resource_type, physical_id))


def _nested(attributes: dict[str, Any]) -> dict[str, Any]:
    """`{"A.B": 1}` as `{"A": {"B": 1}}`."""
    tree: dict[str, Any] = {}
    for path, value in attributes.items():
        *outer, leaf = path.split(".")
        node = tree
        for part in outer:
            inner = node.setdefault(part, {})
            if not isinstance(inner, dict):
                break
            node = inner
        else:
            node[leaf] = value
    return tree


def _at(model: dict[str, Any], path: str) -> Any:
    node: Any = model
    for part in path.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    return node
