"""What a patch of ministack is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Patch:
    """One change of ministack's behaviour.

    `upstream` names the module and what it does, `reason` why that misleads here.
    `apply` runs once, before the first request. A contract test proves each patch.
    """

    name: str
    upstream: str
    reason: str
    apply: Callable[[], None]
