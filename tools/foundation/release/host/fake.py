"""A stand-in for a repository host's API on loopback, for tests and the demo: GitHub's routes or GitLab's, in memory.

It answers the calls that `genai_runtime.release.hosts` makes, with the statuses and shapes that the hosts document, in pages.
It is no host: no git, no permissions but one token, no web pages.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from foundation.release.host.routes import GITHUB, GITLAB, Asked, match
from foundation.release.host.state import Comment, Fault, Kind, PullRequest, Release, Request, State, Status

TOKEN = "fake-token"  # noqa: S105 the stand-in's own
_API = {"github": "", "gitlab": "/api/v4"}


class FakeHost:
    """A running stand-in: `with FakeHost() as host:`.

    :param port: 0 takes a free one
    :param kind: whose API it speaks
    :param token: the only one that it knows
    """

    def __init__(
        self, port: int = 0, *, kind: Kind = "github", repository: str = "example/platform", token: str = TOKEN
    ) -> None:
        self.kind: Kind = kind
        self.repository = repository
        self.token = token
        self.state = State()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Of the server."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def api_url(self) -> str:
        """What `release.api_url` has to be."""
        return f"{self.url}{_API[self.kind]}"

    @property
    def comments(self) -> list[Comment]:
        """All comments, the oldest first."""
        return self.state.comments

    @property
    def statuses(self) -> list[Status]:
        """All statuses as they were set, the newest last."""
        return self.state.statuses

    @property
    def branches(self) -> dict[str, str]:
        """Commit by branch."""
        return self.state.branches

    @property
    def releases(self) -> dict[str, Release]:
        """By tag."""
        return self.state.releases

    @property
    def requests(self) -> list[Request]:
        """Every call."""
        return self.state.requests

    def open_pull_request(self, number: int, head: str, *, target: str = "main") -> PullRequest:
        """A pull request, or its new head."""
        self.state.pull_requests[number] = made = PullRequest(number, head, target)
        return made

    def merge(self, number: int, commit: str) -> None:
        """Merge a pull request."""
        found = self.state.pull_requests[number]
        found.state, found.merge_commit = "merged", commit

    def fail(self, status: int, **fault: Any) -> None:
        """Answer the next calls with an error; see Fault."""
        self.state.faults.append(Fault(status, **fault))


def _handler(host: FakeHost) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One call."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: tests read `requests`."""

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            with host.state.lock:
                path = urlsplit(self.path).path.removeprefix(_API[host.kind])
                host.state.requests.append(Request(self.command, path, body))
                fault = host.state.fault(self.command, path)
                if fault is None or fault.after:
                    status, answer = self._answer(unquote(path), body)
                if fault is not None:
                    return self._fail(fault)
                return self._page(status, answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815 the server's names

        def _answer(self, path: str, body: dict[str, Any] | None) -> tuple[int, Any]:
            given = self.headers.get("PRIVATE-TOKEN") or self.headers.get("Authorization", "").removeprefix("Bearer ")
            if given != host.token:
                return 401, {"message": "Bad credentials" if host.kind == "github" else "401 Unauthorized"}
            found = match(GITHUB if host.kind == "github" else GITLAB, host.repository, self.command, path)
            if found is None:
                return 404, {"message": "Not Found"}
            route, parts = found
            return route(Asked(host.state, host.url, host.repository, parts, body or {}))

        def _page(self, status: int, answer: Any) -> None:
            headers = {}
            if isinstance(answer, list):
                query = parse_qs(urlsplit(self.path).query)
                size, page = int(query.get("per_page", ["20"])[0]), int(query.get("page", ["1"])[0])
                if len(answer) > page * size:
                    path = urlsplit(self.path).path
                    headers["Link"] = f'<{host.url}{path}?per_page={size}&page={page + 1}>; rel="next"'
                answer = answer[(page - 1) * size : page * size]
            self._send(status, answer, headers)

        def _fail(self, fault: Fault) -> None:
            if fault.status == 0:
                self.close_connection = True
                return
            message = {"message": fault.message or "fault"}
            self._send(fault.status, message if fault.body is None else fault.body, fault.headers)

        def _send(self, status: int, answer: Any, headers: dict[str, str]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Type": "application/json"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
