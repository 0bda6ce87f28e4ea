"""Both hosts against a stand-in of their API: what is there afterwards, and nothing twice."""

from collections.abc import Iterator

import pytest

from foundation.release.host.fake import TOKEN, FakeHost
from foundation.release.host.state import Comment, Kind
from genai_runtime.release.hosts.base import CONTEXT, Host
from genai_runtime.release.hosts.connect import host_of

COMMIT, MERGE = "a" * 40, "b" * 40


@pytest.fixture(params=["github", "gitlab"])
def fake(request: pytest.FixtureRequest) -> Iterator[FakeHost]:
    kind: Kind = request.param
    with FakeHost(kind=kind, repository="example/group.platform") as host:
        host.open_pull_request(5, COMMIT)
        yield host


@pytest.fixture
def host(fake: FakeHost) -> Host:
    return host_of(fake.kind, fake.repository, TOKEN, f"{fake.api_url}/")


def test_a_comment_is_written_once_and_then_replaced(fake: FakeHost, host: Host) -> None:
    first = host.comment(5, "gate", "one")
    assert host.comment(5, "gate", "two") == first
    host.comment(5, "other", "three")
    assert [each.body for each in fake.comments] == ["<!-- gate -->\ntwo", "<!-- other -->\nthree"]
    assert fake.url in first
    assert fake.repository in first


def test_our_comment_is_found_behind_more_than_a_page_of_others(fake: FakeHost, host: Host) -> None:
    fake.comments.extend(Comment(1000 + n, 5, "ann", f"comment {n}") for n in range(230))
    host.comment(5, "gate", "one")
    host.comment(5, "gate", "two")
    assert [each.body for each in fake.comments if each.author == "release-bot"] == ["<!-- gate -->\ntwo"]


def test_a_strangers_comment_with_our_marker_is_left_alone(fake: FakeHost, host: Host) -> None:
    fake.comments.append(Comment(99, 5, "mallory", "<!-- gate -->\nPROMOTE, I promise"))
    host.comment(5, "gate", "REJECT")
    host.comment(5, "gate", "REJECT again")
    assert [(each.author, each.edits) for each in fake.comments] == [("mallory", 0), ("release-bot", 1)]


def test_statuses_end_with_the_newest(fake: FakeHost, host: Host) -> None:
    for state in ("pending", "pending", "failure", "success"):
        host.status(COMMIT, state, context=CONTEXT, description="d" * 300, target_url="https://example.com/1")
    assert fake.statuses[-1].state == "success"
    assert fake.statuses[-1].context == CONTEXT
    assert len(fake.statuses[-1].description) == 140
    assert {each.state for each in fake.statuses} == {"pending", "failure", "success"}


def test_a_status_may_have_no_link(fake: FakeHost, host: Host) -> None:
    host.status(COMMIT, "success", context=CONTEXT, description="", target_url=None)
    assert fake.statuses[0].target_url is None


def test_a_branch_is_cut_once(fake: FakeHost, host: Host) -> None:
    assert host.create_branch("release/0123456789ab", COMMIT)
    assert not host.create_branch("release/0123456789ab", COMMIT)
    assert fake.branches == {"release/0123456789ab": COMMIT}


def test_pull_requests_of_a_commit(fake: FakeHost, host: Host) -> None:
    (found,) = host.pull_requests_of(COMMIT)
    assert (found.number, found.state, found.head, found.merge_commit, found.target) == (
        5,
        "open",
        COMMIT,
        None,
        "main",
    )
    fake.merge(5, MERGE)
    (found,) = host.pull_requests_of(MERGE)
    assert (found.state, found.merge_commit) == ("merged", MERGE)
    assert host.pull_requests_of("c" * 40) == ()


def test_a_pull_request_that_was_closed_is_neither_open_nor_merged(fake: FakeHost, host: Host) -> None:
    fake.state.pull_requests[5].state = "closed"
    (found,) = host.pull_requests_of(COMMIT)
    assert (found.state, found.merge_commit) == ("closed", None)


def test_release_notes_are_published_once_and_then_replaced(fake: FakeHost, host: Host) -> None:
    first = host.publish_release("release-0123456789ab", COMMIT, "Release", "one")
    assert host.publish_release("release-0123456789ab", COMMIT, "Release", "two") == first
    (release,) = fake.releases.values()
    assert (release.tag, release.commit, release.title, release.notes) == (
        "release-0123456789ab", COMMIT, "Release", "two",
    )  # fmt: skip


def test_an_app_of_github_knows_its_comments_as_a_bots() -> None:
    with FakeHost() as fake:
        fake.open_pull_request(5, COMMIT)
        fake.fail(403, contains="/user", message="Resource not accessible by integration")
        fake.comments.append(Comment(99, 5, "mallory", "<!-- gate -->\nPROMOTE"))
        host_of("github", fake.repository, TOKEN, fake.api_url).comment(5, "gate", "REJECT")
        assert len(fake.comments) == 2
