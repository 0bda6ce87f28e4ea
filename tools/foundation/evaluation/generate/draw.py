"""Choices that look random and are always the same: ordered by the hash of what is chosen, not by a generator's state.

A new botocore release therefore changes only the cases whose documentation changed, and a few neighbours.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class Identified(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str:
        """Unique id."""
        ...


I = TypeVar("I", bound=Identified)  # noqa: E741 the usual name of a type variable for items


def number(*parts: str) -> int:
    """A fixed number for some texts."""
    return int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest()[:8], "big")


def choose(options: Sequence[T], *parts: str) -> T:
    """One of the options, always the same for the same texts."""
    return options[number(*parts) % len(options)]


def sample(items: Iterable[I], count: int, purpose: str) -> list[I]:
    """`count` of the items (fewer where there are fewer), in the order of their hashes."""
    return sorted(items, key=lambda each: number(purpose, each.id))[:count]


def nearest(items: Iterable[I], count: int, name: str, of: Callable[[I], str]) -> list[I]:
    """The items whose names share most words with `name` (CreateKey and UpdateKey share one)."""
    wanted = words(name)
    return sorted(items, key=lambda each: (-_likeness(wanted, words(of(each))), number(name, each.id)))[:count]


def words(name: str) -> frozenset[str]:
    """The words of a name in camel case, in lower case."""
    return frozenset(word.lower() for word in _WORD.findall(name))


def place(items: Sequence[T], item: T, *parts: str) -> tuple[T, ...]:
    """The items with `item` somewhere among them."""
    at = number("place", *parts) % (len(items) + 1)
    return (*items[:at], item, *items[at:])


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard index."""
    return len(one & other) / len(one | other) if one | other else 0.0
