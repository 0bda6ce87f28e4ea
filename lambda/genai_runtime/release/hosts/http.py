"""Calls of a host's REST API: time-outs, retries within seconds, pages, and errors that say what to do."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from genai_runtime.release.hosts.errors import (
    ANSWER_INVALID,
    HOST_UNAVAILABLE,
    MOVED,
    NOT_FOUND,
    PERMISSION_MISSING,
    REQUEST_REFUSED,
    TOKEN_REFUSED,
    HostRefused,
    HostUnavailable,
)

ATTEMPTS: Final = 4
FIRST_WAIT: Final = 0.5
MOST_WAIT: Final = 20.0
"""Seconds before one repetition; longer waits are the state machine's."""
MOST_PAGES: Final = 50
PER_PAGE: Final = 100
_TIMEOUT: Final = urllib3.Timeout(connect=3, read=10)
_SHOWN: Final = 300

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """One call.

    :param purpose: what it is for, in words of an error message
    :param permission: what the token needs for it
    :param repeatable: doing it twice changes nothing more than doing it once
    """

    method: str
    path: str
    purpose: str
    permission: str
    body: Mapping[str, Any] | None = None
    repeatable: bool = True


@dataclass(frozen=True)
class Answer:
    """A host's answer with a status below 400."""

    status: int
    body: Any
    """Parsed JSON; None without a body."""
    following: str | None
    """URL of the next page."""


@dataclass(frozen=True)
class Api:
    """One host's API.

    :param url: without a slash at its end
    :param headers: of every call; they hold the token
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(timeout=_TIMEOUT, retries=False))

    def call(self, call: Call, *, allow: frozenset[int] = frozenset()) -> Answer:
        """Answer of the host. Raises HostUnavailable, HostRefused.

        :param allow: statuses that aren't errors here
        """
        return self._call(call, f"{self.url}{call.path}", allow)

    def pages(self, call: Call) -> Iterator[Any]:
        """Items of all pages. Raises HostUnavailable, HostRefused, also for a page at another host: the token stays here."""
        query = urlencode({"per_page": PER_PAGE})
        url: str | None = f"{self.url}{call.path}{'&' if '?' in call.path else '?'}{query}"
        for _ in range(MOST_PAGES):
            answer = self._call(call, url or "", frozenset())
            if not isinstance(answer.body, list):
                raise _invalid(call, "a list was expected")
            yield from answer.body
            url = answer.following
            if url is None:
                return
            if urlsplit(url)[:2] != urlsplit(self.url)[:2]:
                raise _invalid(call, f"its next page is at another host, {urlsplit(url).netloc}")

    def repeat(self, operation: Callable[[], T]) -> T:
        """An operation of several calls, again while the host is unavailable: it must look first what is there already."""
        for attempt in range(1, ATTEMPTS):
            try:
                return operation()
            except HostUnavailable:
                self.sleep(FIRST_WAIT * 2 ** (attempt - 1))
        return operation()

    def _call(self, call: Call, url: str, allow: frozenset[int]) -> Answer:
        for attempt in range(1, ATTEMPTS + 1):
            wait, why = FIRST_WAIT * 2 ** (attempt - 1), ""
            try:
                response = self._send(call, url)
            except HTTPError as error:
                why, again = f"no answer ({type(error).__name__})", call.repeatable
            else:
                limited = self._limited(response)
                if response.status < 300 or (response.status in allow and limited is None):
                    return _answer(call, response)
                if limited is None and response.status < 500:
                    raise _refusal(call, response)
                # What was refused for its rate wasn't done, so that it may be repeated whatever it is.
                again = limited is not None or call.repeatable
                wait = wait if limited is None else max(limited, wait)
                why = f"HTTP {response.status}" + ("" if limited is None else f", rate limited for {limited:.0f} s")
            if attempt == ATTEMPTS or not again or wait > MOST_WAIT:
                raise _unavailable(call, why)
            self.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _send(self, call: Call, url: str) -> urllib3.BaseHTTPResponse:
        body = None if call.body is None else json.dumps(call.body).encode()
        headers = {**self.headers, **({"Content-Type": "application/json"} if body is not None else {})}
        return self.pool.request(call.method, url, body=body, headers=headers, redirect=False, retries=False)

    def _limited(self, response: urllib3.BaseHTTPResponse) -> float | None:
        """Seconds to wait where the answer limits the rate (GitHub: 403 or 429; GitLab: 429)."""
        if response.status not in (403, 429, 503):
            return None
        told = response.headers.get("Retry-After", "")
        if told.isdecimal():
            return float(told)
        left = response.headers.get("X-RateLimit-Remaining") or response.headers.get("RateLimit-Remaining")
        if left == "0":
            reset = response.headers.get("X-RateLimit-Reset") or response.headers.get("RateLimit-Reset") or ""
            return max(float(reset) - self.now(), 0.0) if reset.isdecimal() else MOST_WAIT
        return FIRST_WAIT if response.status == 429 else None


def told(response_body: Any) -> str:
    """What a host says about an error: GitHub's `message` and `errors`, GitLab's `message` or `error`."""
    if not isinstance(response_body, dict):
        return str(response_body or "without a message")[:_SHOWN]
    parts = [response_body.get(name) for name in ("message", "error", "errors")]
    return "; ".join(part if isinstance(part, str) else json.dumps(part) for part in parts if part)[:_SHOWN]


def _answer(call: Call, response: urllib3.BaseHTTPResponse) -> Answer:
    if not response.data:
        return Answer(response.status, None, None)
    try:
        body = json.loads(response.data)
    except ValueError:
        raise _invalid(call, "it isn't JSON") from None
    return Answer(response.status, body, _following(response.headers.get("Link", "")))


def _following(links: str) -> str | None:
    """The address of rel="next" in a Link header (RFC 8288)."""
    for link in links.split(","):
        target, _, parameters = link.partition(";")
        if 'rel="next"' in parameters.replace(" ", ""):
            return target.strip().removeprefix("<").removesuffix(">")
    return None


def _refusal(call: Call, response: urllib3.BaseHTTPResponse) -> HostRefused:
    try:
        said = told(json.loads(response.data or b"{}"))
    except ValueError:
        said = "without a message"
    status = response.status
    if status in (301, 302, 307, 308):
        return HostRefused(
            MOVED,
            f"{call.purpose}: the host sends elsewhere (HTTP {status}, {response.headers.get('Location', 'nowhere')}): "
            "correct release.repository or release.api_url in config/platform.yaml",
        )
    if status == 401:
        return HostRefused(
            TOKEN_REFUSED, f"{call.purpose}: the host doesn't know the token ({said}): store a valid one in the secret"
        )
    if status == 403:
        return HostRefused(
            PERMISSION_MISSING, f"{call.purpose}: the token may not ({said}): give it the permission {call.permission}"
        )
    if status == 404:
        return HostRefused(
            NOT_FOUND,
            f"{call.purpose}: not found ({said}): hosts say so too of what a token may not see, so look at "
            f"release.repository in config/platform.yaml and at the token's permission {call.permission}",
        )
    return HostRefused(
        REQUEST_REFUSED, f"{call.purpose}: the host refuses (HTTP {status}, {said}): correct what it names"
    )


def _unavailable(call: Call, why: str) -> HostUnavailable:
    return HostUnavailable(HOST_UNAVAILABLE, f"{call.purpose}: the host is unavailable ({why}): try again later")


def _invalid(call: Call, why: str) -> HostRefused:
    return HostRefused(
        ANSWER_INVALID,
        f"{call.purpose}: the answer of the host can't be used ({why}): is release.api_url in config/platform.yaml its API?",
    )
