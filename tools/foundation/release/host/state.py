"""What a stand-in of a repository host keeps, in memory."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["github", "gitlab"]
BOT: str = "release-bot"
"""Account of the token."""


@dataclass
class Comment:
    """A comment on a pull request."""

    id: int
    pull_request: int
    author: str
    body: str
    edits: int = 0


@dataclass(frozen=True)
class Status:
    """A status of a commit, as it was set."""

    commit: str
    context: str
    state: str
    """`pending`, `success` or `failure`, in both hosts' words."""
    description: str
    target_url: str | None


@dataclass
class Release:
    """Published notes."""

    id: int
    tag: str
    commit: str
    title: str
    notes: str


@dataclass
class PullRequest:
    """A pull request."""

    number: int
    head: str
    target: str = "main"
    state: Literal["open", "merged", "closed"] = "open"
    merge_commit: str | None = None


@dataclass(frozen=True)
class Request:
    """A call."""

    method: str
    path: str
    body: dict[str, Any] | None


@dataclass
class Fault:
    """An answer in place of the host's own.

    :param status: HTTP status; 0 closes the connection without an answer
    :param times: how often
    :param method: only for this method; empty: all
    :param contains: only for paths that hold this
    :param after: the call takes effect, and only its answer is lost
    """

    status: int
    times: int = 1
    method: str = ""
    contains: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    message: str = ""
    body: Any = None
    """In place of the message."""
    after: bool = False


@dataclass
class State:
    """One repository."""

    comments: list[Comment] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    pull_requests: dict[int, PullRequest] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _ids: int = 0

    def new_id(self) -> int:
        """The next id of anything."""
        self._ids += 1
        return self._ids

    def of(self, commit: str) -> list[PullRequest]:
        """Pull requests that hold a commit, or that it came from."""
        return [each for each in self.pull_requests.values() if commit in (each.head, each.merge_commit)]

    def fault(self, method: str, path: str) -> Fault | None:
        """The fault that meets a call, used up once."""
        for each in self.faults:
            if each.times > 0 and each.method in ("", method) and each.contains in path:
                each.times -= 1
                return each
        return None
