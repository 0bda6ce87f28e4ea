"""Tells the journal which account a request may have changed."""

from __future__ import annotations

import re
from collections.abc import Callable

from ministack.core.responses import get_account_id

from foundation.local.gateway.asgi import Application, Receive, Scope, Send, headers_of, query_of

_READING = re.compile(r"(Describe|List|Get|BatchGet|Head|Query|Scan|Lookup|Search|Filter|Select|Validate|Estimate)")


def with_change_notes(inner: Application, changed: Callable[[str], None]) -> Application:
    """Call `changed` with the account after each request that isn't known to only read."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await inner(scope, receive, send)
        finally:
            # ministack sets the account in this task's context while it handles the request.
            if scope["type"] == "http" and not _only_reads(scope):
                changed(get_account_id())

    return application


def _only_reads(scope: Scope) -> bool:
    if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        action = (query_of(scope).get("Action") or ["Get"])[0]
        return _READING.match(action) is not None
    target = headers_of(scope).get("x-amz-target", "")
    return bool(target) and _READING.match(target.rpartition(".")[2]) is not None
