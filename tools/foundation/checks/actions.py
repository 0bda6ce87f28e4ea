"""Which IAM actions support resource-level permissions, offline.

The table is AWS's service authorization reference as cfn-lint ships it with every release, so it is as current as the
pinned cfn-lint. It is read as a file: importing cfnlint takes a second and its rules aren't needed here.
"""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from foundation.checks.errors import GateError


def supports_resources(action: str) -> bool | None:
    """Whether `service:Action` can be limited to resources; None when the reference doesn't know the action."""
    service, _, name = action.partition(":")
    actions = _services().get(service.lower(), {}).get("Actions", {})
    if name.lower() not in actions:
        return None
    return bool(actions[name.lower()].get("Resources"))


@cache
def _services() -> dict[str, Any]:
    spec = find_spec("cfnlint")
    folder = Path((spec and spec.origin) or "cfnlint").parent
    path = folder / "data" / "AdditionalSpecs" / "Policies.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise GateError(
            "GF-CHECK-001", f"cfn-lint's table of IAM actions can't be read ({error}); run `make setup`"
        ) from error
    return content
