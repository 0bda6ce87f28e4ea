"""Every policy statement of a template: identity, trust and resource policies of any resource type."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from foundation.checks.assembly import Resource
from foundation.checks.intrinsics import text, texts

Kind = Literal["identity", "trust", "resource"]

# Endpoint policies have rules of their own (endpoints.py); a service control policy allows by not denying.
_ELSEWHERE = frozenset({"AWS::EC2::VPCEndpoint", "AWS::Organizations::Policy"})


@dataclass(frozen=True)
class Statement:
    """One statement; `siblings` are all statements of its document, itself included."""

    resource: Resource
    kind: Kind
    body: Mapping[str, Any]
    siblings: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @property
    def allows(self) -> bool:
        """Whether the effect is Allow."""
        return self.body.get("Effect") == "Allow"

    @property
    def actions(self) -> list[str]:
        """Actions as text; an Allow with NotAction reads as every action."""
        return ["*"] if "NotAction" in self.body else texts(self.body.get("Action"))

    @property
    def resources(self) -> list[str]:
        """Resources as text; NotResource reads as every resource."""
        return ["*"] if "NotResource" in self.body else texts(self.body.get("Resource"))

    @property
    def services(self) -> list[str]:
        """Service principals."""
        principal = self.body.get("Principal")
        return texts(principal.get("Service")) if isinstance(principal, dict) else []

    @property
    def principals(self) -> list[str]:
        """AWS principals, `*` included."""
        principal = self.body.get("Principal")
        if isinstance(principal, dict):
            return texts(principal.get("AWS"))
        return texts(principal)

    @property
    def conditions(self) -> list[tuple[str, str, list[str]]]:
        """(operator, key, values) of every condition, operator and key in lower case."""
        return conditions(self.body)


@dataclass(frozen=True)
class Unreadable:
    """A policy document that is text, but no JSON: nothing can be said about it."""

    resource: Resource
    property: str


def conditions(body: Mapping[str, Any]) -> list[tuple[str, str, list[str]]]:
    """(operator, key, values) of a statement's conditions; set prefixes such as ForAnyValue: are dropped."""
    return [
        (operator.split(":")[-1].lower(), key.lower(), texts(values))
        for operator, block in (body.get("Condition") or {}).items()
        for key, values in block.items()
    ]


def statements(resource: Resource) -> Iterator[Statement | Unreadable]:
    """Statements of every policy document in the resource's properties."""
    if resource.type not in _ELSEWHERE:
        yield from _walk(resource, "", resource.properties)


def _walk(resource: Resource, name: str, value: Any) -> Iterator[Statement | Unreadable]:
    if isinstance(value, dict):
        if _is_document(value):
            yield from _document(resource, name, value)
        elif _is_joined(value):
            yield from _walk_text(resource, name, text(value))
        else:
            for key, item in value.items():
                yield from _walk(resource, key, item)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(resource, name, item)
    elif isinstance(value, str):
        yield from _walk_text(resource, name, value)


def _walk_text(resource: Resource, name: str, value: str) -> Iterator[Statement | Unreadable]:
    """Some properties take the document as JSON text (AWS::Logs::ResourcePolicy)."""
    if not (value.lstrip().startswith("{") and '"Statement"' in value):
        return
    try:
        parsed = json.loads(value)
    except ValueError:
        yield Unreadable(resource, name)
        return
    yield from _walk(resource, name, parsed)


def _is_document(value: Mapping[str, Any]) -> bool:
    items = value.get("Statement")
    entries = items if isinstance(items, list) else [items]
    return bool(entries) and all(isinstance(item, dict) and "Effect" in item for item in entries)


def _is_joined(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)) in ("Fn::Join", "Fn::Sub")


def _document(resource: Resource, name: str, document: Mapping[str, Any]) -> Iterator[Statement]:
    items = document["Statement"]
    entries = tuple(items if isinstance(items, list) else [items])
    for body in entries:
        yield Statement(resource, _kind(name, body), body, entries)


def _kind(name: str, body: Mapping[str, Any]) -> Kind:
    if name == "AssumeRolePolicyDocument":
        return "trust"
    return "resource" if "Principal" in body or "NotPrincipal" in body else "identity"
