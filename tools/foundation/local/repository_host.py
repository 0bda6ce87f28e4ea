"""The repository host that functions on the target reach: a stand-in of its API, in the target's process.

A function that has the variable TOKEN_SECRET calls a repository host; on the target it finds this one in API_URL, as it finds
the target in AWS_ENDPOINT_URL. What it keeps is gone when the target ends.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

from foundation.local.gateway.admin import Call
from foundation.local.lambdas.bootstrap import REPOSITORY_HOST
from foundation.local.organization import organization
from foundation.release.host.fake import FakeHost


class RepositoryHost:
    """Runs the stand-in of the configured host and repository."""

    def __init__(self) -> None:
        self._host: FakeHost | None = None

    def start(self) -> None:
        """Start it for the repository of the settings; where that is the same one, it goes on."""
        wanted = organization.settings.repository
        if self._host and wanted == {"host": self._host.kind, "repository": self._host.repository}:
            return
        self.end()
        if wanted:
            kind: Any = wanted["host"]
            self._host = FakeHost(kind=kind, repository=wanted["repository"]).__enter__()
            os.environ[REPOSITORY_HOST] = self._host.api_url

    def end(self) -> None:
        """End it; nothing happens where none runs."""
        if self._host:
            self._host.__exit__(None, None, None)
            self._host = None
        os.environ.pop(REPOSITORY_HOST, None)

    async def admin(self, call: Call) -> tuple[int, Any]:
        """GET: what it was told. POST {"pull_request": NUMBER, "head": COMMIT} opens one, with "merge_commit" merges it."""
        host = self._host
        if host is None:
            return 404, {
                "code": "GF-LOCAL-025",
                "message": "the configuration has no release pipeline: add release to it",
            }
        if call.method == "POST":
            number = int(call.body["pull_request"])
            host.open_pull_request(number, call.body["head"])
            if merged := call.body.get("merge_commit"):
                host.merge(number, merged)
        return 200, {
            "url": host.api_url,
            "token": host.token,
            "comments": [asdict(each) for each in host.comments],
            "statuses": [asdict(each) for each in host.statuses],
            "branches": dict(host.branches),
            "releases": [asdict(each) for each in host.releases.values()],
        }
