"""The release's branch."""

import pytest

from foundation.release.host.fake import TOKEN, FakeHost
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.hosts.branch import cut
from genai_runtime.release.hosts.connect import host_of
from genai_runtime.release.hosts.errors import HostUnavailable
from genai_runtime.release.hosts.http import ATTEMPTS
from tests.unit.release.gate.world import COMMIT, World

WORLD = World()
BRANCH = f"release/{WORLD.hash[:12]}"


def test_is_named_after_the_manifest_and_cut_once() -> None:
    with FakeHost() as fake:
        for _ in range(2):
            host = host_of("github", fake.repository, TOKEN, fake.api_url)
            assert cut(lambda: host, WORLD.manifest, WORLD.hash) == {"branch": BRANCH}  # noqa: B023
        assert fake.branches == {BRANCH: COMMIT}


def test_fails_where_it_is_at_another_commit() -> None:
    with FakeHost(kind="gitlab") as fake:
        fake.branches[BRANCH] = "b" * 40
        host = host_of("gitlab", fake.repository, TOKEN, fake.api_url)
        with pytest.raises(ReleaseRefused, match=f"^GF-REL-256: branch {BRANCH} is at bbbbbbbbbbbb") as caught:
            cut(lambda: host, WORLD.manifest, WORLD.hash)
        assert caught.value.code == "GF-REL-256"
        assert fake.branches == {BRANCH: "b" * 40}


def test_fails_as_something_that_may_pass_while_the_host_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeHost() as fake:
        fake.fail(503, times=ATTEMPTS)
        host = host_of("github", fake.repository, TOKEN, fake.api_url)
        object.__setattr__(host.api, "sleep", lambda _: None)  # type: ignore[attr-defined]
        with pytest.raises(HostUnavailable):
            cut(lambda: host, WORLD.manifest, WORLD.hash)
