"""A host that is away, limits the rate or refuses: what is repeated, and what a person is told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from foundation.release.host.fake import TOKEN, FakeHost
from genai_runtime.release.hosts import github, gitlab
from genai_runtime.release.hosts.base import CONTEXT, Host
from genai_runtime.release.hosts.connect import connect
from genai_runtime.release.hosts.environment import HostVariables
from genai_runtime.release.hosts.errors import HostError, HostRefused, HostUnavailable
from genai_runtime.release.hosts.http import ATTEMPTS, Api

COMMIT, OTHER = "a" * 40, "b" * 40
NOW = 1_800_000_000.0


@dataclass
class Waits:
    """In place of sleeping."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture(params=["github", "gitlab"])
def fake(request: pytest.FixtureRequest) -> Iterator[FakeHost]:
    with FakeHost(kind=request.param) as host:
        host.open_pull_request(5, COMMIT)
        yield host


@pytest.fixture
def waits() -> Waits:
    return Waits()


def made(fake: FakeHost, waits: Waits, token: str = TOKEN, repository: str = "") -> Host:
    module: Any = github if fake.kind == "github" else gitlab
    api = Api(fake.api_url, module.headers(token), sleep=waits, now=lambda: NOW)
    kinds: dict[str, Any] = {"github": github.GitHub, "gitlab": gitlab.GitLab}
    host: Host = kinds[fake.kind](api, repository or fake.repository)
    return host


def status(host: Host) -> None:
    host.status(COMMIT, "success", context=CONTEXT, description="passed", target_url=None)


@pytest.mark.parametrize("fault", [500, 502, 503, 0])
def test_a_host_that_is_away_for_a_moment(fake: FakeHost, waits: Waits, fault: int) -> None:
    fake.fail(fault, times=2)
    status(made(fake, waits))
    assert len(fake.statuses) == 1
    assert waits.seconds == [0.5, 1.0]


@pytest.mark.parametrize("fault", [500, 0])
def test_fails_after_some_attempts_and_may_be_tried_again(fake: FakeHost, waits: Waits, fault: int) -> None:
    fake.fail(fault, times=100)
    with pytest.raises(
        HostUnavailable, match=r"^GF-REL-250: status genai-foundation/evaluation of commit aaaaaaaaaaaa: "
    ):
        status(made(fake, waits))
    assert len(fake.requests) == ATTEMPTS


def test_fails_when_nothing_listens(waits: Waits) -> None:
    with FakeHost() as fake:
        host = made(fake, waits)
    with pytest.raises(HostUnavailable, match=r"no answer \(NewConnectionError\)\): try again later"):
        status(host)


def test_a_comment_whose_answer_was_lost_is_not_written_twice(fake: FakeHost, waits: Waits) -> None:
    fake.fail(502, method="POST", contains="/5/", after=True)
    made(fake, waits).comment(5, "gate", "text")
    assert [each.body for each in fake.comments] == ["<!-- gate -->\ntext"]


def test_release_notes_whose_answer_was_lost_are_not_published_twice(fake: FakeHost, waits: Waits) -> None:
    fake.fail(0, method="POST", contains="releases", after=True)
    made(fake, waits).publish_release("r-1", COMMIT, "Release", "notes")
    assert list(fake.releases) == ["r-1"]


def test_a_branch_whose_answer_was_lost_is_there(fake: FakeHost, waits: Waits) -> None:
    fake.fail(502, method="POST", after=True)
    assert not made(fake, waits).create_branch("release/1", COMMIT)
    assert fake.branches == {"release/1": COMMIT}


@pytest.mark.parametrize(
    ("code", "headers", "waited"),
    [
        (429, {"Retry-After": "3"}, 3.0),
        (403, {"Retry-After": "2"}, 2.0),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 7)}, 7.0),
        (429, {"RateLimit-Remaining": "0", "RateLimit-Reset": str(int(NOW) + 9)}, 9.0),
        (429, {}, 0.5),
    ],
)
def test_the_hosts_rate_limit_is_respected(
    fake: FakeHost, waits: Waits, code: int, headers: dict[str, str], waited: float
) -> None:
    fake.fail(code, headers=headers, method="POST")
    made(fake, waits).comment(5, "gate", "text")
    assert waits.seconds == [waited]
    assert len(fake.comments) == 1


def test_a_rate_limit_makes_no_stranger_of_the_token(fake: FakeHost, waits: Waits) -> None:
    """GitHub limits by 403, as it answers an app that may not ask who it is: then any bot's comment would be ours."""
    made(fake, waits).comment(5, "gate", "text")
    fake.fail(403, headers={"Retry-After": "2"}, contains="/user")
    made(fake, waits).comment(5, "gate", "other")
    assert waits.seconds == [2.0]
    assert [each.body for each in fake.comments] == ["<!-- gate -->\nother"]


def test_fails_at_once_when_the_limit_lasts_longer_than_a_function_should_wait(fake: FakeHost, waits: Waits) -> None:
    fake.fail(429, headers={"Retry-After": "1800"})
    with pytest.raises(HostUnavailable, match=r"HTTP 429, rate limited for 1800 s"):
        status(made(fake, waits))
    assert waits.seconds == []


def calls(host: Host) -> dict[str, Callable[[], object]]:
    return {
        "comment": lambda: host.comment(5, "gate", "text"),
        "status": lambda: status(host),
        "branch": lambda: host.create_branch("release/1", COMMIT),
        "pulls": lambda: host.pull_requests_of(COMMIT),
        "release": lambda: host.publish_release("r-1", COMMIT, "Release", "notes"),
    }


PERMISSIONS = {
    "comment": "pull requests: write",
    "status": "commit statuses: write",
    "branch": "contents: write",
    "pulls": "pull requests: write",
    "release": "contents: write",
}


@pytest.mark.parametrize("name", PERMISSIONS)
def test_fails_with_the_missing_permissions_name(fake: FakeHost, waits: Waits, name: str) -> None:
    fake.fail(403, times=9, message="Resource not accessible by personal access token")
    wanted = PERMISSIONS[name] if fake.kind == "github" else "scope api"
    with pytest.raises(HostRefused) as caught:
        calls(made(fake, waits))[name]()
    assert caught.value.code == "GF-REL-252"
    assert f"give it the permission {wanted}" in caught.value.message
    assert "Resource not accessible" in caught.value.message
    assert waits.seconds == []


@pytest.mark.parametrize("name", PERMISSIONS)
def test_fails_for_a_token_that_the_host_does_not_know(fake: FakeHost, waits: Waits, name: str) -> None:
    with pytest.raises(HostRefused, match=r"GF-REL-251: .*store a valid one in the secret$") as caught:
        calls(made(fake, waits, token="wrong"))[name]()
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("name", ["comment", "status", "branch", "pulls"])
def test_fails_for_a_repository_that_is_not_there(fake: FakeHost, waits: Waits, name: str) -> None:
    with pytest.raises(HostRefused, match=r"GF-REL-253: .*release\.repository.*the token's permission"):
        calls(made(fake, waits, repository="example/other"))[name]()


def test_fails_for_a_pull_request_that_is_not_there(fake: FakeHost, waits: Waits) -> None:
    with pytest.raises(HostRefused, match=r"^GF-REL-253: comment on \w+ request 6: not found"):
        made(fake, waits).comment(6, "gate", "text")


@pytest.mark.parametrize("code", [400, 422])
def test_fails_with_what_the_host_refuses(fake: FakeHost, waits: Waits, code: int) -> None:
    fake.fail(code, message="context is too long")
    with pytest.raises(HostRefused, match=r"GF-REL-254: .*context is too long"):
        status(made(fake, waits))


def test_fails_for_a_branch_at_another_commit(fake: FakeHost, waits: Waits) -> None:
    fake.branches["release/1"] = OTHER
    with pytest.raises(HostRefused, match=r"GF-REL-256: branch release/1 is at bbbbbbbbbbbb, not at aaaaaaaaaaaa"):
        made(fake, waits).create_branch("release/1", COMMIT)
    assert fake.branches == {"release/1": OTHER}


def test_fails_for_a_branch_that_the_host_refuses(fake: FakeHost, waits: Waits) -> None:
    fake.fail(422, method="POST", message="Object does not exist")
    with pytest.raises(HostRefused, match=r"GF-REL-254: branch release/1: .*Object does not exist"):
        made(fake, waits).create_branch("release/1", COMMIT)


def test_fails_for_a_repository_that_moved_and_does_not_take_the_token_there(fake: FakeHost, waits: Waits) -> None:
    with FakeHost() as elsewhere:
        fake.fail(301, headers={"Location": f"{elsewhere.url}/repositories/1"})
        with pytest.raises(HostRefused, match=r"GF-REL-255: .*correct release\.repository or release\.api_url"):
            status(made(fake, waits))
        assert elsewhere.requests == []


def test_fails_for_a_next_page_at_another_host(fake: FakeHost, waits: Waits) -> None:
    host = made(fake, waits)
    with FakeHost() as elsewhere:
        link = {"Link": f'<{elsewhere.url}/comments?page=2>; rel="next"'}
        fake.fail(200, headers=link, body=[])
        with pytest.raises(HostRefused, match=r"GF-REL-257: .*its next page is at another host, 127\.0\.0\.1:"):
            host.pull_requests_of(COMMIT)
        assert elsewhere.requests == []


def test_fails_for_an_answer_that_is_not_the_apis(fake: FakeHost, waits: Waits) -> None:
    fake.fail(200)
    with pytest.raises(HostRefused, match=r"GF-REL-257: .*a list was expected"):
        made(fake, waits).pull_requests_of(COMMIT)


VARIABLES = HostVariables.model_validate(
    {"HOST": "github", "REPOSITORY": "example/platform", "API_URL": "", "TOKEN_SECRET": "genai-foundation/host"}
)


@pytest.mark.parametrize("secret", ["", "  ", "two words", "täken", b"bytes", None, "line\nbreak"])
def test_fails_for_a_secret_without_a_token(secret: object) -> None:
    with pytest.raises(HostRefused, match=r"GF-REL-258: secret genai-foundation/host holds no token of github"):
        connect(VARIABLES, lambda _: secret)


def test_connects_to_the_public_host_and_keeps_the_token_to_itself() -> None:
    host: Any = connect(VARIABLES, lambda name: f" {name}-token\n")
    assert host.api.url == "https://api.github.com"
    assert host.api.headers["Authorization"] == "Bearer genai-foundation/host-token"
    assert "-token" not in repr(host)
    gitlab_host: Any = connect(VARIABLES.model_copy(update={"host": "gitlab"}), lambda _: "token")
    assert gitlab_host.api.url == "https://gitlab.com/api/v4"
    assert replace(gitlab_host.api).headers["PRIVATE-TOKEN"] == "token"


def test_both_kinds_of_errors_are_coded() -> None:
    assert issubclass(HostUnavailable, HostError)
    assert issubclass(HostRefused, HostError)
