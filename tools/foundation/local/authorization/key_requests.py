"""What a call of KMS says of itself: the algorithm it signs with, the context it encrypts in.

https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from foundation.local.authorization.checks import Check, Request

# Member of the request -> condition key.
_MEMBERS = {
    "EncryptionAlgorithm": "kms:EncryptionAlgorithm",
    "MessageType": "kms:MessageType",
    "SigningAlgorithm": "kms:SigningAlgorithm",
}


def permissions(request: Request, check: Check) -> Iterable[Check] | None:
    """The permission with the request's condition keys; None for a call that isn't one of KMS, or says nothing."""
    if check.service != "kms" or request.body[:1] != b"{":
        return None
    given = json.loads(request.body)
    context: dict[str, Any] = {key: str(given[name]) for name, key in _MEMBERS.items() if name in given}
    pairs = given.get("EncryptionContext") or {}
    context |= {f"kms:EncryptionContext:{name}": str(value) for name, value in pairs.items()}
    if pairs:
        context["kms:EncryptionContextKeys"] = list(pairs)
    return [replace(check, context={**check.context, **context})] if context else None
