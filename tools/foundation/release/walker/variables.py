"""`#{Namespace.key}` in an action's configuration."""

import re
from collections.abc import Mapping
from typing import Any

from foundation.release.errors import ReleaseError

_VARIABLE = re.compile(r"#\{([^}.]+)\.([^}]+)\}")

Namespaces = Mapping[str, Mapping[str, str]]


def resolve(value: Any, namespaces: Namespaces) -> Any:
    """The value with every variable replaced, at any depth. Fails with GF-REL-321 for one that has no value."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _value(match, namespaces), value)
    if isinstance(value, Mapping):
        return {name: resolve(each, namespaces) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(each, namespaces) for each in value]
    return value


def _value(match: re.Match[str], namespaces: Namespaces) -> str:
    found = namespaces.get(match[1], {}).get(match[2])
    if found is None:
        known = ", ".join(f"{name}.{each}" for name, values in sorted(namespaces.items()) for each in sorted(values))
        raise ReleaseError("GF-REL-321", f"the variable {match[0]} has no value here: known are {known or 'none'}")
    return found
