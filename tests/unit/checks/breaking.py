"""Break a copy of the sample in one place."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from foundation.checks.assembly import Assembly

Template = dict[str, Any]
Found = Callable[[Callable[[Template], None]], list[str]]


def broken(good: Assembly, change: Callable[[Template], None]) -> Assembly:
    """A copy of the assembly whose only template was changed."""
    template = copy.deepcopy(dict(good.stacks[0].template))
    change(template)
    return replace(good, stacks=(replace(good.stacks[0], template=template),))


def named(template: Template, name: str) -> dict[str, Any]:
    """The resource with this logical id."""
    return template["Resources"][name]  # type: ignore[no-any-return]


def properties(template: Template, name: str) -> dict[str, Any]:
    """The properties of the resource with this logical id."""
    return named(template, name)["Properties"]  # type: ignore[no-any-return]


def statement(template: Template, name: str, document: str, number: int = 0) -> dict[str, Any]:
    """One statement of a policy document."""
    return properties(template, name)[document]["Statement"][number]  # type: ignore[no-any-return]


def add(template: Template, name: str, kind: str, **values: Any) -> None:
    """One more resource."""
    template["Resources"][name] = {"Type": kind, "Properties": values}
