"""Wakes who waits for an approval or a job's result, so that nobody has to ask again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_waiting: set[asyncio.Event] = set()


def changed() -> None:
    """Something was answered. Called on the event loop."""
    for event in _waiting:
        event.set()


async def wait_for(look: Callable[[], T | None], seconds: float) -> T | None:
    """What `look` finds, as soon as it finds something; None after `seconds`."""
    event = asyncio.Event()
    _waiting.add(event)
    try:
        async with asyncio.timeout(seconds):
            while (found := look()) is None:
                await event.wait()
                event.clear()
            return found
    except TimeoutError:
        return None
    finally:
        _waiting.discard(event)
