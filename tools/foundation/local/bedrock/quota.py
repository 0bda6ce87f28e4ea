"""Requests and tokens per minute as token buckets, one pair for each account, Region and model."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from foundation.local.bedrock.errors import BedrockError

_SECONDS = 60.0


class Bucket:
    """A token bucket: holds one minute's quota when full, refills evenly, may go into debt by `settle`."""

    def __init__(self, per_minute: int, now: float) -> None:
        self.per_minute = per_minute
        self._level = float(per_minute)
        self._at = now

    def level(self, now: float) -> float:
        """What is left at a time in seconds; a clock that runs backwards refills nothing."""
        self._level = min(float(self.per_minute), self._level + max(0.0, now - self._at) * self.per_minute / _SECONDS)
        self._at = max(self._at, now)
        return self._level

    def holds(self, amount: float, now: float) -> bool:
        """Whether `amount` can be taken now."""
        return self.level(now) >= amount

    def take(self, amount: float) -> None:
        """Take `amount`, below zero too; a negative amount gives back, up to the quota."""
        self._level = min(float(self.per_minute), self._level - amount)


@dataclass(frozen=True)
class Ticket:
    """An admitted request; `settle` replaces its reserved tokens by those it used."""

    tokens: Bucket | None
    reserved: int


@dataclass
class Quotas:
    """All buckets of the target; thread-safe."""

    clock: Callable[[], float]
    _requests: dict[tuple[str, str, str], Bucket] = field(default_factory=dict)
    _tokens: dict[tuple[str, str, str], Bucket] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(
        self, key: tuple[str, str, str], *, requests_per_minute: int | None, tokens_per_minute: int | None, reserve: int
    ) -> Ticket:
        """Admit a request of (account, Region, model) that may use up to `reserve` tokens; a refused one takes nothing.

        Raises:
            BedrockError: ThrottlingException, with AWS's message for the quota that was exceeded.
        """
        with self._lock:
            now = self.clock()
            requests = self._bucket(self._requests, key, requests_per_minute, now)
            tokens = self._bucket(self._tokens, key, tokens_per_minute, now)
            if requests and not requests.holds(1, now):
                raise BedrockError("ThrottlingException", "Too many requests, please wait before trying again.")
            if tokens and not tokens.holds(reserve, now):
                raise BedrockError("ThrottlingException", "Too many tokens, please wait before trying again.")
            if requests:
                requests.take(1)
            if tokens:
                tokens.take(reserve)
            return Ticket(tokens, reserve)

    def settle(self, ticket: Ticket, used: int) -> None:
        """Count the tokens that the request really used."""
        if ticket.tokens:
            with self._lock:
                ticket.tokens.level(self.clock())
                ticket.tokens.take(used - ticket.reserved)

    def clear(self) -> None:
        """Forget all use, as after a change of the settings."""
        with self._lock:
            self._requests.clear()
            self._tokens.clear()

    @staticmethod
    def _bucket(
        buckets: dict[tuple[str, str, str], Bucket], key: tuple[str, str, str], per_minute: int | None, now: float
    ) -> Bucket | None:
        if per_minute is None:
            buckets.pop(key, None)
            return None
        if key not in buckets or buckets[key].per_minute != per_minute:
            buckets[key] = Bucket(per_minute, now)
        return buckets[key]
