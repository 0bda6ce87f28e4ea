"""Votes that are still to be asked: side by side, each stored once, until the function's time is nearly over."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from genai_runtime.evaluation.judging.ask import OutOfTime
from genai_runtime.evaluation.judging.records import Vote
from genai_runtime.evaluation.store import Store

T = TypeVar("T")
R = TypeVar("R")

WORKERS = 16
"""Calls at a time in one function; the quota is kept by what is behind Ask."""


@dataclass(frozen=True)
class Task:
    """A vote with the object that it is stored in."""

    key: str
    cast: Callable[[], Vote]


def side_by_side(do: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Results in the order of the items. The first exception is raised when all that began have ended."""
    if not items:
        return []
    with ThreadPoolExecutor(min(WORKERS, len(items))) as pool:
        return list(pool.map(do, items))


def vote_key(prefix: str, vote: str) -> str:
    """Object of a vote below its prefix."""
    return f"{prefix}{vote}.json"


class Ballot:
    """Casts votes and keeps them. A vote that is there isn't asked again; of two made at once the first one counts."""

    def __init__(self, store: Store, has_time: Callable[[], bool]) -> None:
        self._store = store
        self._has_time = has_time

    def cast(self, tasks: Sequence[Task]) -> list[Vote | None]:
        """The votes in the order of the tasks; None for those that time didn't suffice for. Raises botocore's errors."""
        return side_by_side(self._vote, tasks)

    def _vote(self, task: Task) -> Vote | None:
        if stored := self._stored(task.key):
            return stored
        if not self._has_time():
            return None
        try:
            vote = task.cast()
        except OutOfTime:
            return None
        return vote if self._store.write_once(task.key, vote) else self._store.load(task.key, Vote)

    def _stored(self, key: str) -> Vote | None:
        body = self._store.read(key)
        return None if body is None else Vote.model_validate_json(body)


def complete(votes: Iterable[Vote | None]) -> tuple[Vote, ...] | None:
    """The votes if none is missing."""
    found = tuple(votes)
    given = tuple(vote for vote in found if vote is not None)
    return given if len(given) == len(found) else None
