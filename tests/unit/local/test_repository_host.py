"""The repository host's stand-in follows the configuration; a function finds it where it would find the real one."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
from collections.abc import Iterator
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest

from foundation.local.configuration import TargetSettings
from foundation.local.gateway.admin import Call
from foundation.local.lambdas import bootstrap
from foundation.local.lambdas.bootstrap import REPOSITORY_HOST
from foundation.local.organization import organization
from foundation.local.repository_host import RepositoryHost

COMMIT = "c" * 40


@pytest.fixture
def host() -> Iterator[RepositoryHost]:
    made = RepositoryHost()
    with mock.patch.dict(os.environ):
        yield made
        made.end()


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Any:
    def configure(**repository: str) -> None:
        monkeypatch.setattr(organization, "settings", TargetSettings(repository=repository))

    return configure


def status_of(url: str, headers: dict[str, str] | None = None) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", parts.path, headers=headers or {})
        answer = connection.getresponse()
        answer.read()
        return answer.status


def asked(host: RepositoryHost, method: str = "GET", body: Any = None) -> tuple[int, Any]:
    return asyncio.run(host.admin(Call(method, body)))


def test_nothing_runs_where_no_repository_is_configured(host: RepositoryHost, configured: Any) -> None:
    configured()
    host.start()
    assert REPOSITORY_HOST not in os.environ
    status, answer = asked(host)
    assert (status, answer["code"]) == (404, "GF-LOCAL-025")
    assert "add release to it" in answer["message"]


@pytest.mark.parametrize(
    ("kind", "path"), [("github", "/repos/a/b/issues/7/comments"), ("gitlab", "/projects/a%2Fb/merge_requests/7/notes")]
)
def test_the_configured_host_answers_with_its_own_api(
    host: RepositoryHost, configured: Any, kind: str, path: str
) -> None:
    configured(host=kind, repository="a/b")
    host.start()
    assert asked(host, "POST", {"pull_request": 7, "head": COMMIT})[0] == 200
    status, told = asked(host)
    assert (status, told["url"]) == (200, os.environ[REPOSITORY_HOST])
    header = {"PRIVATE-TOKEN": told["token"]} if kind == "gitlab" else {"Authorization": f"Bearer {told['token']}"}
    assert status_of(f"{told['url']}{path}", header) == 200
    assert status_of(f"{told['url']}{path}") == 401


def test_the_same_repository_goes_on_and_another_one_takes_its_place(host: RepositoryHost, configured: Any) -> None:
    configured(host="github", repository="a/b")
    host.start()
    first = os.environ[REPOSITORY_HOST]
    asked(host, "POST", {"pull_request": 7, "head": COMMIT, "merge_commit": "d" * 40})
    branches = asked(host)[1]["branches"]
    host.start()
    assert (os.environ[REPOSITORY_HOST], asked(host)[1]["branches"]) == (first, branches)
    configured(host="gitlab", repository="a/b")
    host.start()
    assert os.environ[REPOSITORY_HOST] != first
    with pytest.raises(ConnectionRefusedError):
        status_of(first)


def test_an_ended_host_is_found_no_more(host: RepositoryHost, configured: Any) -> None:
    configured(host="github", repository="a/b")
    host.start()
    url = os.environ[REPOSITORY_HOST]
    configured()
    host.start()
    assert REPOSITORY_HOST not in os.environ
    with pytest.raises(ConnectionRefusedError):
        status_of(url)
    host.end()


@pytest.mark.parametrize(
    ("stand_in", "own", "expected"),
    [
        ("http://127.0.0.1:1", {"TOKEN_SECRET": "s", "API_URL": "https://api.github.com"}, "http://127.0.0.1:1"),
        (None, {"TOKEN_SECRET": "s", "API_URL": "https://api.github.com"}, "https://api.github.com"),
        ("http://127.0.0.1:1", {"API_URL": "https://example.com"}, "https://example.com"),
        ("http://127.0.0.1:1", {}, None),
    ],
)
def test_only_a_function_with_the_token_finds_the_stand_in(
    stand_in: str | None, own: dict[str, str], expected: str | None
) -> None:
    outside = {} if stand_in is None else {REPOSITORY_HOST: stand_in}
    with mock.patch.dict(os.environ, outside, clear=True):
        bootstrap._set_environment({"module": "a", "handler": "b", "env": own})
        assert os.environ.get("API_URL") == expected
        assert REPOSITORY_HOST not in os.environ
