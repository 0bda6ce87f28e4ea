"""GitHub through its REST API, version 2022-11-28 (https://docs.github.com/en/rest)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from genai_runtime.release.hosts.base import MOST_DESCRIPTION, PullRequest, State, elsewhere, mark, marked
from genai_runtime.release.hosts.errors import HostRefused
from genai_runtime.release.hosts.http import Api, Call

PUBLIC: Final = "https://api.github.com"
VERSION: Final = "2022-11-28"
PULL_REQUESTS, STATUSES, CONTENTS = "pull requests: write", "commit statuses: write", "contents: write"


def headers(token: str) -> dict[str, str]:
    """Headers of every call."""
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": VERSION,
        "User-Agent": "genai-foundation",
    }


@dataclass(frozen=True)
class GitHub:
    """A repository at GitHub; a `hosts.base.Host`.

    :param repository: OWNER/NAME
    """

    api: Api
    repository: str

    def comment(self, pull_request: int, marker: str, body: str) -> str:
        """See Host."""
        return self.api.repeat(lambda: self._comment(pull_request, marker, body))

    def _comment(self, pull_request: int, marker: str, body: str) -> str:
        purpose = f"comment on pull request {pull_request}"
        comments = f"{self._root}/issues/{pull_request}/comments"
        text = {"body": marked(marker, body)}
        for each in self.api.pages(Call("GET", comments, purpose, PULL_REQUESTS)):
            if str(each["body"]).startswith(mark(marker)) and self._is_ours(each["user"]):
                path = f"{self._root}/issues/comments/{each['id']}"
                return str(self.api.call(Call("PATCH", path, purpose, PULL_REQUESTS, text)).body["html_url"])
        made = self.api.call(Call("POST", comments, purpose, PULL_REQUESTS, text, repeatable=False))
        return str(made.body["html_url"])

    def status(self, commit: str, state: State, *, context: str, description: str, target_url: str | None) -> None:
        """See Host."""
        body = {"state": state, "context": context, "description": description[:MOST_DESCRIPTION]}
        if target_url:
            body["target_url"] = target_url
        path = f"{self._root}/statuses/{commit}"
        self.api.call(Call("POST", path, f"status {context} of commit {commit[:12]}", STATUSES, body))

    def create_branch(self, branch: str, commit: str) -> bool:
        """See Host."""
        purpose = f"branch {branch}"
        body = {"ref": f"refs/heads/{branch}", "sha": commit}
        try:
            self.api.call(Call("POST", f"{self._root}/git/refs", purpose, CONTENTS, body))
        except HostRefused as error:
            # 422 says either that it is there or that something is wrong with it: what is there decides.
            if (found := self._head_of(branch, purpose)) is None:
                raise
            if found != commit:
                raise elsewhere(branch, found, commit) from error
            return False
        return True

    def pull_requests_of(self, commit: str) -> Sequence[PullRequest]:
        """See Host."""
        call = Call("GET", f"{self._root}/commits/{commit}/pulls", f"pull requests of {commit[:12]}", PULL_REQUESTS)
        return tuple(_pull_request(each) for each in self.api.pages(call))

    def publish_release(self, tag: str, commit: str, title: str, notes: str) -> str:
        """See Host."""
        return self.api.repeat(lambda: self._publish(tag, commit, title, notes))

    def _publish(self, tag: str, commit: str, title: str, notes: str) -> str:
        purpose, releases = f"release {tag}", f"{self._root}/releases"
        body = {"tag_name": tag, "target_commitish": commit, "name": title, "body": notes}
        found = self.api.call(Call("GET", f"{releases}/tags/{tag}", purpose, CONTENTS), allow=frozenset({404}))
        if found.status == 404:
            made = self.api.call(Call("POST", releases, purpose, CONTENTS, body, repeatable=False))
        else:
            made = self.api.call(Call("PATCH", f"{releases}/{found.body['id']}", purpose, CONTENTS, body))
        return str(made.body["html_url"])

    def _head_of(self, branch: str, purpose: str) -> str | None:
        path = f"{self._root}/git/ref/heads/{branch}"
        found = self.api.call(Call("GET", path, purpose, CONTENTS), allow=frozenset({404}))
        return None if found.status == 404 else str(found.body["object"]["sha"])

    def _is_ours(self, user: dict[str, Any] | None) -> bool:
        """Whether the token's account wrote it: who writes into a stranger's comment lets the stranger change the verdict."""
        if user is None:
            return False
        return user.get("type") == "Bot" if self._login is None else user.get("login") == self._login

    @cached_property
    def _login(self) -> str | None:
        """The token's account; None for an app's token, which may not ask for it."""
        found = self.api.call(Call("GET", "/user", "the token's account", "any"), allow=frozenset({403}))
        return None if found.status == 403 else str(found.body["login"])

    @property
    def _root(self) -> str:
        return f"/repos/{self.repository}"


def _pull_request(found: dict[str, Any]) -> PullRequest:
    merged = found.get("merged_at") is not None
    return PullRequest(
        number=found["number"],
        state="merged" if merged else "open" if found["state"] == "open" else "closed",
        head=found["head"]["sha"],
        # Of an open one it is a test merge, which nobody has.
        merge_commit=found.get("merge_commit_sha") if merged else None,
        target=found["base"]["ref"],
        url=found["html_url"],
    )
