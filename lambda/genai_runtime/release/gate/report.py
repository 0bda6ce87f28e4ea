"""Tells the repository host what a gate came to. It decides nothing: the verdict is signed before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genai_runtime.evaluation import layout
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.gate.comment import Outcome, description, render
from genai_runtime.release.gate.event import Start
from genai_runtime.release.gate.workload import Open
from genai_runtime.release.hosts.base import Host, PullRequest
from genai_runtime.release.hosts.errors import HostError


@dataclass(frozen=True)
class Reporter:
    """The steps Announce and Report."""

    host: Host
    open: Open

    def report(self, start: Start, state: Mapping[str, Any]) -> dict[str, Any]:
        """Comment, then set the status, which links to the comment. A comment that fails keeps the status from nothing.

        Raises HostUnavailable, HostRefused.
        """
        outcome = Outcome.of(state)
        if outcome is None:
            self._status(start, None, None)
            return {"reported": {"status": "pending", "comments": []}}
        try:
            comments = self._comment(start, outcome)
        except HostError:
            self._status(start, outcome, None)
            raise
        self._status(start, outcome, comments[0] if comments else None)
        return {"reported": {"status": outcome.status, "comments": comments}}

    def _status(self, start: Start, outcome: Outcome | None, url: str | None) -> None:
        self.host.status(
            start.commit,
            outcome.status if outcome else "pending",
            context=start.context,
            description=description(start, outcome),
            target_url=url,
        )

    def _comment(self, start: Start, outcome: Outcome) -> list[str]:
        """Addresses of the comments; none for a commit that came without a pull request."""
        numbers = [each.number for each in self._pull_requests(start)]
        if not numbers:
            return []
        body = render(start, outcome, self._pages(start, outcome))
        return [self.host.comment(number, start.context, body) for number in numbers]

    def _pull_requests(self, start: Start) -> Sequence["PullRequest | _Given"]:
        if start.is_pull_request and start.pull_request is not True:
            return [_Given(int(start.pull_request))]
        found = self.host.pull_requests_of(start.commit)
        return of_gate(start, found)

    def _pages(self, start: Start, outcome: Outcome) -> dict[str, str]:
        """The runs' own comments, which name each failed test; what an account doesn't give is left out, the reasons stand."""
        runs = [each["run"] for each in outcome.runs if each["run"]]
        if outcome.passed or not runs:
            return {}
        try:
            store = self.open(start).runs
        except ReleaseRefused as refused:
            return dict.fromkeys(runs[:1], f"The run's report can't be read: {refused.code}.")
        pages = {run: store.read(layout.result(run, "comment.md")) for run in runs}
        return {run: body.decode("utf-8", "replace") for run, body in pages.items() if body is not None}


@dataclass(frozen=True)
class _Given:
    """A pull request that the pipeline named."""

    number: int


def of_gate(start: Start, found: Sequence[PullRequest]) -> Sequence[PullRequest]:
    """The pull requests that a gate's comment belongs to: open ones whose newest commit this is, or the one that was merged
    as this commit, by a merge, a squash or as it was."""
    if start.is_pull_request:
        return [each for each in found if each.state == "open" and each.head == start.commit]
    merged = [each for each in found if each.state == "merged"]
    made = [each for each in merged if each.merge_commit == start.commit]
    return made or [each for each in merged if each.head == start.commit]
