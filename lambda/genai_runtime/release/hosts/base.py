"""What the pipeline asks of a repository host, whichever it is."""

from collections.abc import Sequence
from typing import Final, Literal, Protocol

from genai_runtime.base import Record
from genai_runtime.release.hosts.errors import BRANCH_ELSEWHERE, HostRefused

State = Literal["pending", "success", "failure"]
CONTEXT: Final = "genai-foundation/evaluation"
"""Name of the status that a branch's rules can require."""
MOST_COMMENT: Final = 60_000
"""Characters of a comment: GitHub takes 65,536."""
MOST_DESCRIPTION: Final = 140
"""Characters of a status's description at GitHub."""


class PullRequest(Record):
    """A pull request, GitLab's merge request."""

    number: int
    state: Literal["open", "merged", "closed"]
    head: str
    """Newest commit of its branch."""
    merge_commit: str | None
    """What the merge made on the target branch; None before it, and unknown to some hosts after it."""
    target: str
    """Branch that it is merged into."""
    url: str


class Host(Protocol):
    """Every method may be repeated. All raise HostUnavailable (GF-REL-250) and HostRefused (GF-REL-251 to 257)."""

    def comment(self, pull_request: int, marker: str, body: str) -> str:
        """Write our comment of this marker, or replace its text; the comment's address.

        :param marker: kept in the comment as an HTML comment, which nobody sees; unique in the pull request
        :param body: Markdown, at most `MOST_COMMENT` characters with the marker
        """
        ...

    def status(self, commit: str, state: State, *, context: str, description: str, target_url: str | None) -> None:
        """Set a commit's status; the newest of a context counts."""
        ...

    def create_branch(self, branch: str, commit: str) -> bool:
        """Cut a branch at a commit; False where it is there already. Raises HostRefused (GF-REL-256) where it is at another."""
        ...

    def pull_requests_of(self, commit: str) -> Sequence[PullRequest]:
        """Pull requests that hold the commit, or that it came from."""
        ...

    def publish_release(self, tag: str, commit: str, title: str, notes: str) -> str:
        """Publish release notes under a tag, or replace them; their address."""
        ...


def marked(marker: str, body: str) -> str:
    """A comment's text with its marker."""
    return f"{mark(marker)}\n{body}"


def mark(marker: str) -> str:
    """The hidden line by which a comment is found again."""
    return f"<!-- {marker} -->"


def elsewhere(branch: str, found: str, commit: str) -> HostRefused:
    """A release's branch that isn't where the release is."""
    return HostRefused(
        BRANCH_ELSEWHERE,
        f"branch {branch} is at {found[:12]}, not at {commit[:12]}: a release's branch is cut once, find out who moved it "
        "and delete it",
    )
