"""Keeps the work of a request inside the function's time, with enough left for its audit record."""

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.client import BaseClient

# For the audit record after everything else: one attempt of AuditTable with its time-outs, and the result's way out.
AUDIT_RESERVE_SECONDS = 6.0


class OutOfTime(Exception):
    """An attempt was not started because it could not have ended in time."""


class Deadline:
    """The end of the current request's time. A Lambda environment has one request at a time, so one object serves."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = math.inf

    def start(self, seconds: float) -> None:
        """A request begins that has this long."""
        self._end = self._clock() + seconds

    def left(self) -> float:
        """Seconds left; negative when it is over."""
        return self._end - self._clock()

    def guard(self, client: "BaseClient", needed: Callable[[], float]) -> None:
        """Make the client's attempts, retries too, raise OutOfTime when fewer than `needed` seconds are left."""

        def refuse(**_: object) -> None:
            if self.left() < needed():
                raise OutOfTime

        client.meta.events.register("before-send", refuse)
