"""GitLab through its REST API, version 4 (https://docs.gitlab.com/api/rest/)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal
from urllib.parse import quote

from genai_runtime.release.hosts.base import MOST_DESCRIPTION, PullRequest, State, elsewhere, mark, marked
from genai_runtime.release.hosts.errors import REQUEST_REFUSED, HostRefused
from genai_runtime.release.hosts.http import Api, Call, told

PUBLIC: Final = "https://gitlab.com/api/v4"
API: Final = "scope api, role Developer"
BRANCHES: Final = "scope api, and the right to create this branch (Settings, Repository, Protected branches)"
_STATES: Final[Mapping[State, str]] = {"pending": "pending", "success": "success", "failure": "failed"}
_MERGE_STATES: Final[Mapping[str, Literal["open", "merged"]]] = {
    "opened": "open", "locked": "open", "merged": "merged",
}  # fmt: skip


def headers(token: str) -> dict[str, str]:
    """Headers of every call."""
    return {"PRIVATE-TOKEN": token, "Accept": "application/json", "User-Agent": "genai-foundation"}


@dataclass(frozen=True)
class GitLab:
    """A project at GitLab; a `hosts.base.Host`.

    :param repository: GROUP/NAME, with subgroups
    """

    api: Api
    repository: str

    def comment(self, pull_request: int, marker: str, body: str) -> str:
        """See Host."""
        return self.api.repeat(lambda: self._comment(pull_request, marker, body))

    def _comment(self, pull_request: int, marker: str, body: str) -> str:
        purpose = f"comment on merge request {pull_request}"
        notes = f"{self._root}/merge_requests/{pull_request}/notes"
        text = {"body": marked(marker, body)}
        for each in self.api.pages(Call("GET", f"{notes}?sort=asc", purpose, API)):
            if str(each["body"]).startswith(mark(marker)) and each["author"]["id"] == self._account:
                self.api.call(Call("PUT", f"{notes}/{each['id']}", purpose, API, text))
                return self._address(pull_request, each["id"])
        made = self.api.call(Call("POST", notes, purpose, API, text, repeatable=False))
        return self._address(pull_request, made.body["id"])

    def status(self, commit: str, state: State, *, context: str, description: str, target_url: str | None) -> None:
        """See Host."""
        body = {"state": _STATES[state], "name": context, "description": description[:MOST_DESCRIPTION]}
        if target_url:
            body["target_url"] = target_url
        call = Call(
            "POST", f"{self._root}/statuses/{commit}", f"status {context} of commit {commit[:12]}", API, body
        )  # fmt: skip
        answer = self.api.call(call, allow=frozenset({400}))
        # GitLab refuses a status that is set already: "Cannot transition status via :enqueue from :pending".
        if answer.status == 400 and "Cannot transition status" not in told(answer.body):
            raise HostRefused(
                REQUEST_REFUSED, f"{call.purpose}: the host refuses ({told(answer.body)}): correct what it names"
            )

    def create_branch(self, branch: str, commit: str) -> bool:
        """See Host."""
        purpose = f"branch {branch}"
        body = {"branch": branch, "ref": commit}
        try:
            self.api.call(Call("POST", f"{self._root}/repository/branches", purpose, BRANCHES, body))
        except HostRefused as error:
            if (found := self._head_of(branch, purpose)) is None:
                raise
            if found != commit:
                raise elsewhere(branch, found, commit) from error
            return False
        return True

    def pull_requests_of(self, commit: str) -> Sequence[PullRequest]:
        """See Host."""
        path = f"{self._root}/repository/commits/{commit}/merge_requests"
        found = self.api.pages(Call("GET", path, f"merge requests of {commit[:12]}", API))
        return tuple(_merge_request(each) for each in found)

    def publish_release(self, tag: str, commit: str, title: str, notes: str) -> str:
        """See Host."""
        return self.api.repeat(lambda: self._publish(tag, commit, title, notes))

    def _publish(self, tag: str, commit: str, title: str, notes: str) -> str:
        purpose, releases = f"release {tag}", f"{self._root}/releases"
        one = f"{releases}/{quote(tag, safe='')}"
        body = {"name": title, "description": notes}
        found = self.api.call(Call("GET", one, purpose, API), allow=frozenset({404}))
        if found.status == 404:
            new = {**body, "tag_name": tag, "ref": commit}
            made = self.api.call(Call("POST", releases, purpose, API, new, repeatable=False))
        else:
            made = self.api.call(Call("PUT", one, purpose, API, body))
        return str(made.body["_links"]["self"])

    def _head_of(self, branch: str, purpose: str) -> str | None:
        path = f"{self._root}/repository/branches/{quote(branch, safe='')}"
        found = self.api.call(Call("GET", path, purpose, API), allow=frozenset({404}))
        return None if found.status == 404 else str(found.body["commit"]["id"])

    def _address(self, merge_request: int, note: int) -> str:
        """Notes have no address of their own in the API's answers."""
        return f"{self._web}/-/merge_requests/{merge_request}#note_{note}"

    @cached_property
    def _web(self) -> str:
        return str(self.api.call(Call("GET", self._root, "the project", API)).body["web_url"])

    @cached_property
    def _account(self) -> int:
        """Who writes into a stranger's comment lets the stranger change the verdict."""
        return int(self.api.call(Call("GET", "/user", "the token's account", API)).body["id"])

    @property
    def _root(self) -> str:
        return f"/projects/{quote(self.repository, safe='')}"


def _merge_request(found: dict[str, Any]) -> PullRequest:
    state = _MERGE_STATES.get(found["state"], "closed")
    return PullRequest(
        number=found["iid"],
        state=state,
        head=found["sha"],
        merge_commit=(found.get("merge_commit_sha") or found.get("squash_commit_sha")) if state == "merged" else None,
        target=found["target_branch"],
        url=found["web_url"],
    )
