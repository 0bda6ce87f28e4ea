"""A qualified call of a function needs the permission on that version or alias, not on the function."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from foundation.local.authorization.checks import Check, Request

_PARTS = 7  # of an unqualified function ARN


def permissions(request: Request, check: Check) -> Iterable[Check] | None:
    """The permission on the qualified ARN; None where the call has no qualifier, or its ARN carries one already."""
    qualifier = (request.query.get("Qualifier") or [""])[0] if request.query else ""
    if check.service != "lambda" or not qualifier or len(check.resource.split(":")) != _PARTS:
        return None
    return [replace(check, resource=f"{check.resource}:{qualifier}")]
