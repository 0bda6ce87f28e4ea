"""Puts our providers into ministack's CloudFormation engine.

ministack 1.5.33 refuses templates with a resource type outside its table, and its own providers
take unknown or missing properties without a word. Here every type of CloudFormation has a
provider, and every type's properties are checked against its schema first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import get_region
from ministack.services.cloudformation import provisioners

from foundation.local.types.base import Properties, Provider, Provisioned, Resource
from foundation.local.types.generic import GenericProvider
from foundation.local.types.schemas import pointers, schema_of, type_index
from foundation.local.types.validation import problems

Handler = dict[str, Any]


@dataclass(frozen=True)
class Supplement:
    """What a provider of ministack leaves out.

    `configure` runs after its create and update and may add attributes; `release` before its delete.
    """

    configure: Callable[[Resource], dict[str, Any]]
    release: Callable[[Resource], None] | None = None


# These aren't resources of a service: the engine itself handles them.
_ENGINE_PREFIX = "AWS::CloudFormation::"
# ministack models it with fields of its own beside the schema.
_UNCHECKED = frozenset({"AWS::CDK::Metadata"})


def install(providers: Mapping[str, Provider], supplements: Mapping[str, Supplement]) -> None:
    """Register our providers, generic ones for all other types, and the checks for all of them."""
    handlers: dict[str, Handler] = provisioners._RESOURCE_HANDLERS
    native = set(handlers)
    for resource_type in type_index("us-east-1"):
        if resource_type not in native and not resource_type.startswith(_ENGINE_PREFIX):
            handlers[resource_type] = _handler(GenericProvider(resource_type))
    for resource_type, provider in providers.items():
        handlers[resource_type] = _handler(provider)
    for resource_type, supplement in supplements.items():
        _supplement(handlers[resource_type], supplement)
    for resource_type, handler in handlers.items():
        if not resource_type.startswith(_ENGINE_PREFIX) and resource_type not in _UNCHECKED:
            _check_first(resource_type, handler)
    ours = (set(handlers) - native) | set(providers)
    provisioners._REPLACING_PROPERTIES = _CreateOnly(provisioners._REPLACING_PROPERTIES, ours)
    provisioners._STACK_TAG_PROPERTY = _TagProperties(provisioners._STACK_TAG_PROPERTY, ours)


def _handler(provider: Provider) -> Handler:
    def create(logical_id: str, properties: Properties, stack_name: str) -> Provisioned:
        return provider.create(Resource(properties, logical_id, stack_name))

    def update(physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str) -> Provisioned:
        return provider.update(Resource(new, logical_id, stack_name, physical_id, old))

    def delete(physical_id: str, properties: Properties) -> None:
        provider.delete(Resource(properties, physical_id=physical_id))

    return {"create": create, "update": update, "update_with_logical_id": True, "delete": delete}


def _check_first(resource_type: str, handler: Handler) -> None:
    """Refuse properties that CloudFormation would refuse, before the provider sees them."""
    upstream_create, upstream_update = handler["create"], handler.get("update")

    def create(logical_id: str, properties: Properties, stack_name: str) -> Provisioned:
        _refuse(resource_type, properties)
        made: Provisioned = upstream_create(logical_id, properties, stack_name)
        return made

    def update(physical_id: str, old: Properties, new: Properties, *rest: str) -> Provisioned:
        _refuse(resource_type, new)
        made: Provisioned = upstream_update(physical_id, old, new, *rest)  # type: ignore[misc]
        return made

    handler["create"] = create
    if upstream_update is not None:
        handler["update"] = update


def _refuse(resource_type: str, properties: Properties) -> None:
    schema = schema_of(resource_type, get_region())
    found = problems(schema, properties) if schema else []
    if found:
        raise ValueError(f"Properties validation failed for resource of type {resource_type}: {'; '.join(found)}")


def _supplement(handler: Handler, supplement: Supplement) -> None:
    upstream_create, upstream_update, upstream_delete = handler["create"], handler.get("update"), handler["delete"]

    def create(logical_id: str, properties: Properties, stack_name: str) -> Provisioned:
        physical_id, attributes = upstream_create(logical_id, properties, stack_name)
        more = supplement.configure(Resource(properties, logical_id, stack_name, physical_id))
        return physical_id, {**attributes, **more}

    def update(physical_id: str, old: Properties, new: Properties, stack_name: str, *rest: str) -> Provisioned:
        made_id, attributes = upstream_update(physical_id, old, new, stack_name, *rest)  # type: ignore[misc]
        previous = old if made_id == physical_id else {}
        more = supplement.configure(Resource(new, rest[0] if rest else "", stack_name, made_id, previous))
        return made_id, {**attributes, **more}

    def delete(physical_id: str, properties: Properties, *rest: str) -> None:
        if supplement.release is not None:
            supplement.release(Resource(properties, physical_id=physical_id))
        upstream_delete(physical_id, properties, *rest)

    handler.update({"create": create, "delete": delete})
    if upstream_update is not None:
        handler["update"] = update


class _CreateOnly(dict[str, tuple[str, ...]]):
    """Properties whose change replaces the resource: ministack's table, then the schemas."""

    def __init__(self, known: Mapping[str, tuple[str, ...]], ours: set[str]) -> None:
        super().__init__(known)
        self._ours = ours

    def get(self, resource_type: str, default: Any = None) -> Any:
        if resource_type in self._ours and resource_type not in self:
            schema = schema_of(resource_type, get_region())
            names = pointers(schema, "createOnlyProperties") if schema else []
            self[resource_type] = tuple(name for name in names if "." not in name)
        return super().get(resource_type, default)


class _TagProperties(dict[str, tuple[str, str]]):
    """Which property takes the stack's tags, and its form: ministack's table, then the schemas."""

    def __init__(self, known: Mapping[str, tuple[str, str]], ours: set[str]) -> None:
        super().__init__(known)
        self._ours = ours

    def get(self, resource_type: str, default: Any = None) -> Any:
        if resource_type in self._ours and resource_type not in self:
            found = self._from_schema(resource_type)
            if found is None:
                return default
            self[resource_type] = found
        return super().get(resource_type, default)

    @staticmethod
    def _from_schema(resource_type: str) -> tuple[str, str] | None:
        schema = schema_of(resource_type, get_region()) or {}
        tagging = schema.get("tagging", {})
        name = str(tagging.get("tagProperty", "")).removeprefix("/properties/")
        node = schema.get("properties", {}).get(name)
        if not node or tagging.get("taggable") is False:
            return None
        return (name, "list") if node.get("type") == "array" else (name, "map")
