"""Resolves a template's intrinsics from the stack that was really made of it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from foundation.local.readback.values import Partly, Unknown, join, scalar_text

_SUB = re.compile(r"\$\{(!?)([^}]+)\}")
_DYNAMIC = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^}]+)\}\}")
NO_VALUE = object()
"""Result of Ref AWS::NoValue: the property is left out."""
Attribute = Callable[[str, str], Any]


@dataclass
class Resolver:
    """Values of one stack."""

    account: str
    region: str
    stack_name: str
    stack_id: str
    physical_ids: Mapping[str, str]
    template: Mapping[str, Any]
    parameters: Mapping[str, str]
    attribute: Attribute
    """(logical id, attribute) -> its value, or Unknown."""
    parameter_store: Callable[[str], str | Unknown]
    """SSM parameter name (with :VERSION) -> its value."""
    zones: Callable[[str], list[str] | Unknown]
    """Region -> its availability zones."""
    _conditions: dict[str, bool] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """The value with every intrinsic replaced; what can't be known becomes Unknown or Partly."""
        if isinstance(value, str):
            return self._dynamic(value)
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), *_ = value.items()
            if name == "Ref":
                return self._ref(argument)
            if name.startswith("Fn::") or name == "Condition":
                handler = self._functions().get(name)
                return handler(argument) if handler else Unknown(f"{name} isn't resolved")
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def condition(self, name: str) -> bool:
        """A condition of the template."""
        if name not in self._conditions:
            self._conditions[name] = bool(self._holds(self.template["Conditions"][name]))
        return self._conditions[name]

    def _functions(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "Fn::GetAtt": self._get_att,
            "Fn::Join": lambda a: self._join(a),
            "Fn::Sub": self._sub,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::If": lambda a: self.resolve(a[1] if self.condition(a[0]) else a[2]),
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAZs": lambda a: self.zones(scalar_text(self.resolve(a)) or self.region),
            "Fn::Base64": self._base64,
        }

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self.stack_name,
            "AWS::StackId": self.stack_id,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.physical_ids:
            return self.physical_ids[name]
        if name in self.parameters:
            return self.parameters[name]
        return Unknown(f"Ref {name} isn't in the stack")

    def _get_att(self, argument: Any) -> Any:
        logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else (argument[0], argument[1])
        return self.attribute(logical_id, scalar_text(self.resolve(attribute)))

    def _join(self, argument: Any) -> Any:
        items = self.resolve(argument[1])
        return items if isinstance(items, Unknown) else join(items, argument[0])

    def _sub(self, argument: Any) -> Any:
        template, values = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])
        parts: list[Any] = []
        at = 0
        for match in _SUB.finditer(template):
            parts.append(template[at : match.start()])
            at, name = match.end(), match[2]
            if match[1]:
                parts.append(f"${{{name}}}")
            elif name in values:
                parts.append(self.resolve(values[name]))
            else:
                parts.append(self._get_att(name) if "." in name else self._ref(name))
        joined = join([*parts, template[at:]])
        return self._dynamic(joined) if isinstance(joined, str) else joined

    def _select(self, argument: Any) -> Any:
        items = self.resolve(argument[1])
        if isinstance(items, (Unknown, Partly)):
            return Unknown(f"Fn::Select of an unknown list ({items.reason})")
        return items[int(scalar_text(self.resolve(argument[0])))]

    def _split(self, argument: Any) -> Any:
        text = self.resolve(argument[1])
        return (
            text.split(argument[0])
            if isinstance(text, str)
            else Unknown(f"Fn::Split of an unknown text ({text.reason})")
        )

    def _find_in_map(self, argument: Any) -> Any:
        found: Any = self.template.get("Mappings", {})
        for key in map(self.resolve, argument[:3]):
            found = found.get(key) if isinstance(found, dict) else None
        return Unknown(f"Fn::FindInMap {argument[0]} has no such key") if found is None else self.resolve(found)

    def _base64(self, argument: Any) -> Any:
        text = self.resolve(argument)
        return (
            base64.b64encode(text.encode()).decode()
            if isinstance(text, str)
            else Unknown("Fn::Base64 of an unknown text")
        )

    def _dynamic(self, text: str) -> Any:
        """Dynamic references; those to secrets are never read."""
        parts: list[Any] = []
        at = 0
        for match in _DYNAMIC.finditer(text):
            parts.append(text[at : match.start()])
            at = match.end()
            parts.append(
                self.parameter_store(match[2]) if match[1] == "ssm" else Unknown(f"{match[1]} value, not read")
            )
        return join([*parts, text[at:]]) if parts else text

    def _holds(self, condition: Any) -> bool:
        (name, argument), *_ = condition.items()
        if name == "Condition":
            return self.condition(argument)
        if name == "Fn::Not":
            return not self._holds(argument[0])
        if name == "Fn::And":
            return all(map(self._holds, argument))
        if name == "Fn::Or":
            return any(map(self._holds, argument))
        left, right = (scalar_text(self.resolve(side)) for side in argument)
        return left == right
