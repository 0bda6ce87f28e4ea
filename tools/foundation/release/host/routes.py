"""The calls of both hosts' APIs that the pipeline makes, on a `State`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from foundation.release.host.state import BOT, Comment, PullRequest, Release, State, Status

_ACCOUNT: Final = 7
_TIME: Final = "2026-09-01T09:00:00Z"


@dataclass(frozen=True)
class Asked:
    """A call: the parts of its path, its body."""

    state: State
    url: str
    repository: str
    parts: tuple[str, ...]
    body: Mapping[str, Any]


Answer = tuple[int, Any]
Route = Callable[[Asked], Answer]


def _missing(message: str = "Not Found") -> Answer:
    return 404, {"message": message}


# ---- GitHub
def _github_comment(asked: Asked, comment: Comment) -> dict[str, Any]:
    kind = "User"
    return {
        "id": comment.id,
        "body": comment.body,
        "user": {"login": comment.author, "type": kind},
        "html_url": f"{asked.url}/{asked.repository}/pull/{comment.pull_request}#issuecomment-{comment.id}",
    }


def _comments(asked: Asked) -> Answer:
    number = int(asked.parts[0])
    if number not in asked.state.pull_requests:
        return _missing()
    return 200, [_github_comment(asked, each) for each in asked.state.comments if each.pull_request == number]


def _add_comment(asked: Asked) -> Answer:
    number = int(asked.parts[0])
    if number not in asked.state.pull_requests:
        return _missing()
    comment = Comment(asked.state.new_id(), number, BOT, str(asked.body["body"]))
    asked.state.comments.append(comment)
    return 201, _github_comment(asked, comment)


def _edit_comment(asked: Asked) -> Answer:
    for comment in asked.state.comments:
        if comment.id == int(asked.parts[-1]):
            comment.body, comment.edits = str(asked.body["body"]), comment.edits + 1
            return 200, _github_comment(asked, comment)
    return _missing()


def _github_status(asked: Asked) -> Answer:
    body = asked.body
    if body.get("state") not in ("pending", "success", "failure", "error"):
        return 422, {"message": "Validation Failed", "errors": [{"field": "state", "code": "invalid"}]}
    asked.state.statuses.append(
        Status(asked.parts[0], body["context"], body["state"], body.get("description", ""), body.get("target_url"))
    )
    return 201, {"state": body["state"]}


def _add_ref(asked: Asked) -> Answer:
    branch = str(asked.body["ref"]).removeprefix("refs/heads/")
    if branch in asked.state.branches:
        return 422, {"message": "Reference already exists"}
    asked.state.branches[branch] = asked.body["sha"]
    return 201, {"ref": asked.body["ref"], "object": {"sha": asked.body["sha"]}}


def _ref(asked: Asked) -> Answer:
    commit = asked.state.branches.get(asked.parts[0])
    return _missing() if commit is None else (200, {"object": {"sha": commit}})


def _github_pulls(asked: Asked) -> Answer:
    return 200, [_github_pull(asked, each) for each in asked.state.of(asked.parts[0])]


def _github_pull(asked: Asked, found: PullRequest) -> dict[str, Any]:
    return {
        "number": found.number,
        "state": "open" if found.state == "open" else "closed",
        "merged_at": _TIME if found.state == "merged" else None,
        "merge_commit_sha": found.merge_commit or "f" * 40,
        "head": {"sha": found.head},
        "base": {"ref": found.target},
        "html_url": f"{asked.url}/{asked.repository}/pull/{found.number}",
    }


def _github_release(asked: Asked, found: Release) -> dict[str, Any]:
    return {"id": found.id, "html_url": f"{asked.url}/{asked.repository}/releases/tag/{found.tag}"}


def _release(asked: Asked) -> Answer:
    found = asked.state.releases.get(asked.parts[0])
    return _missing() if found is None else (200, _github_release(asked, found))


def _add_release(asked: Asked) -> Answer:
    body = asked.body
    if body["tag_name"] in asked.state.releases:
        return 422, {"message": "Validation Failed", "errors": [{"code": "already_exists", "field": "tag_name"}]}
    made = Release(asked.state.new_id(), body["tag_name"], body["target_commitish"], body["name"], body["body"])
    asked.state.releases[made.tag] = made
    return 201, _github_release(asked, made)


def _edit_release(asked: Asked) -> Answer:
    for found in asked.state.releases.values():
        if found.id == int(asked.parts[0]):
            found.title, found.notes = asked.body["name"], asked.body["body"]
            return 200, _github_release(asked, found)
    return _missing()


GITHUB: Final[tuple[tuple[str, str, Route], ...]] = (
    ("GET", r"/user", lambda _: (200, {"login": BOT, "type": "User"})),
    ("GET", r"/repos/{repository}/issues/(\d+)/comments", _comments),
    ("POST", r"/repos/{repository}/issues/(\d+)/comments", _add_comment),
    ("PATCH", r"/repos/{repository}/issues/comments/(\d+)", _edit_comment),
    ("POST", r"/repos/{repository}/statuses/(\w+)", _github_status),
    ("POST", r"/repos/{repository}/git/refs", _add_ref),
    ("GET", r"/repos/{repository}/git/ref/heads/(.+)", _ref),
    ("GET", r"/repos/{repository}/commits/(\w+)/pulls", _github_pulls),
    ("GET", r"/repos/{repository}/releases/tags/(.+)", _release),
    ("POST", r"/repos/{repository}/releases", _add_release),
    ("PATCH", r"/repos/{repository}/releases/(\d+)", _edit_release),
)


# ---- GitLab
def _note(comment: Comment) -> dict[str, Any]:
    author = _ACCOUNT if comment.author == BOT else 1
    return {"id": comment.id, "body": comment.body, "author": {"id": author}}


def _notes(asked: Asked) -> Answer:
    number = int(asked.parts[0])
    if number not in asked.state.pull_requests:
        return _missing("404 Not found")
    return 200, [_note(each) for each in asked.state.comments if each.pull_request == number]


def _add_note(asked: Asked) -> Answer:
    status, _ = _add_comment(asked)
    return (status, _note(asked.state.comments[-1])) if status == 201 else _missing("404 Not found")


def _edit_note(asked: Asked) -> Answer:
    status, body = _edit_comment(asked)
    return (200, {"id": body["id"]}) if status == 200 else _missing("404 Not found")


def _gitlab_status(asked: Asked) -> Answer:
    body, commit = asked.body, asked.parts[0]
    before = [each for each in asked.state.statuses if (each.commit, each.context) == (commit, body["name"])]
    if body["state"] == "pending" and before and before[-1].state == "pending":
        return 400, {"message": {"state": ["Cannot transition status via :enqueue from :pending"]}}
    state = {"failed": "failure"}.get(body["state"], body["state"])
    asked.state.statuses.append(
        Status(commit, body["name"], state, body.get("description", ""), body.get("target_url"))
    )
    return 201, {"status": body["state"]}


def _add_branch(asked: Asked) -> Answer:
    branch = asked.body["branch"]
    if branch in asked.state.branches:
        return 400, {"message": "Branch already exists"}
    asked.state.branches[branch] = asked.body["ref"]
    return 201, {"name": branch}


def _branch(asked: Asked) -> Answer:
    commit = asked.state.branches.get(asked.parts[0])
    return _missing("404 Branch Not Found") if commit is None else (200, {"commit": {"id": commit}})


def _merge_requests(asked: Asked) -> Answer:
    return 200, [
        {
            "iid": each.number,
            "state": "opened" if each.state == "open" else each.state,
            "sha": each.head,
            "merge_commit_sha": each.merge_commit,
            "squash_commit_sha": None,
            "target_branch": each.target,
            "web_url": f"{asked.url}/{asked.repository}/-/merge_requests/{each.number}",
        }
        for each in asked.state.of(asked.parts[0])
    ]


def _gitlab_release(asked: Asked, found: Release) -> dict[str, Any]:
    return {"tag_name": found.tag, "_links": {"self": f"{asked.url}/{asked.repository}/-/releases/{found.tag}"}}


def _release_of_tag(asked: Asked) -> Answer:
    found = asked.state.releases.get(asked.parts[0])
    return _missing("404 Not Found") if found is None else (200, _gitlab_release(asked, found))


def _add_release_of_tag(asked: Asked) -> Answer:
    body = asked.body
    if body["tag_name"] in asked.state.releases:
        return 409, {"message": "Release already exists"}
    made = Release(asked.state.new_id(), body["tag_name"], body["ref"], body["name"], body["description"])
    asked.state.releases[made.tag] = made
    return 201, _gitlab_release(asked, made)


def _edit_release_of_tag(asked: Asked) -> Answer:
    found = asked.state.releases.get(asked.parts[0])
    if found is None:
        return _missing("404 Not Found")
    found.title, found.notes = asked.body["name"], asked.body["description"]
    return 200, _gitlab_release(asked, found)


GITLAB: Final[tuple[tuple[str, str, Route], ...]] = (
    ("GET", r"/user", lambda _: (200, {"id": _ACCOUNT, "username": BOT})),
    ("GET", r"/projects/{repository}", lambda asked: (200, {"web_url": f"{asked.url}/{asked.repository}"})),
    ("GET", r"/projects/{repository}/merge_requests/(\d+)/notes", _notes),
    ("POST", r"/projects/{repository}/merge_requests/(\d+)/notes", _add_note),
    ("PUT", r"/projects/{repository}/merge_requests/\d+/notes/(\d+)", _edit_note),
    ("POST", r"/projects/{repository}/statuses/(\w+)", _gitlab_status),
    ("POST", r"/projects/{repository}/repository/branches", _add_branch),
    ("GET", r"/projects/{repository}/repository/branches/(.+)", _branch),
    ("GET", r"/projects/{repository}/repository/commits/(\w+)/merge_requests", _merge_requests),
    ("GET", r"/projects/{repository}/releases/(.+)", _release_of_tag),
    ("POST", r"/projects/{repository}/releases", _add_release_of_tag),
    ("PUT", r"/projects/{repository}/releases/(.+)", _edit_release_of_tag),
)


def match(
    routes: tuple[tuple[str, str, Route], ...], repository: str, method: str, path: str
) -> tuple[Route, tuple[str, ...]] | None:
    """The route of a call, and what its path holds."""
    for wanted, pattern, route in routes:
        found = re.fullmatch(pattern.replace("{repository}", re.escape(repository)), path)
        if wanted == method and found:
            return route, found.groups()
    return None
