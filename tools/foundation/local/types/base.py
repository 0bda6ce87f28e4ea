"""What a resource provider is, and conversions that providers share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Properties = dict[str, Any]
# A resource's physical id (what Ref returns) and the attributes that Fn::GetAtt can read.
Provisioned = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Resource:
    """One resource of a stack operation, in the current account and Region.

    `previous` are the properties before an update; `physical_id` is empty until the resource exists.
    """

    properties: Properties
    logical_id: str = ""
    stack_name: str = ""
    physical_id: str = ""
    previous: Properties = field(default_factory=dict)


class Provider(Protocol):
    """Creates, updates and deletes resources of one type.

    A changed create-only property never reaches `update`: CloudFormation's engine replaces the resource.
    """

    def create(self, resource: Resource) -> Provisioned: ...

    def update(self, resource: Resource) -> Provisioned: ...

    def delete(self, resource: Resource) -> None: ...


def camel(value: Any, keep: frozenset[str] = frozenset()) -> Any:
    """CloudFormation's PascalCase members as the API's camelCase; values below `keep` stay as they are."""
    if isinstance(value, Mapping):
        return {
            name[:1].lower() + name[1:]: item if name in keep else camel(item, keep) for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [camel(item, keep) for item in value]
    return value


def tags_of(value: Any) -> dict[str, str]:
    """Tags from either form that CloudFormation types use: a list of Key and Value, or a map."""
    if isinstance(value, Mapping):
        return {str(key): str(item) for key, item in value.items()}
    return {str(tag["Key"]): str(tag["Value"]) for tag in value or []}


def is_true(value: Any) -> bool:
    """A boolean property, which a template can also write as a string."""
    return str(value).lower() == "true"


def subset(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: properties[name] for name in names if name in properties}
