"""Lets a function in a VPC reach only what its VPC has an endpoint for.

On AWS such a call times out. Here the connection is closed without an answer, so that SDKs raise
their connection errors without the wait; the target's log and GET /_foundation/network say why.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Any

from hypercorn.protocol.events import StreamClosed
from hypercorn.protocol.http_stream import ASGIHTTPState
from ministack.core import router
from ministack.core.router import extract_access_key_id, extract_region

from foundation.local.gateway.asgi import Application, Receive, Scope, Send, headers_of, query_of
from foundation.local.network.attachments import Attachment, attachment_of, caller
from foundation.local.network.reachability import Unreachable, endpoint_for

logger = logging.getLogger("foundation.network")
# The last refusals, newest last.
refused: deque[dict[str, str]] = deque(maxlen=100)


def with_vpc_network(inner: Application) -> Application:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        headers, query = headers_of(scope), query_of(scope)
        attachment = attachment_of(extract_access_key_id(headers, query) or "")
        caller.set(attachment)
        if attachment is not None:
            service = router.detect_service(scope["method"], scope["path"], headers, query)
            region = extract_region(headers, query)
            try:
                endpoint_for(attachment, service, region)
            except Unreachable as error:
                _note(attachment, service, region, str(error))
                await close_connection(send)
                return
        await inner(scope, receive, send)

    return application


def _note(attachment: Attachment, service: str, region: str, why: str) -> None:
    refused.append({"function": attachment.function_arn, "service": service, "region": region, "reason": why})
    logger.warning("GF-LOCAL-060: %s can't reach %s in %s: %s", attachment.function_arn, service, region, why)


async def close_connection(send: Send) -> None:
    """End the connection without an answer: ASGI has no word for it, so this speaks to hypercorn's stream."""
    stream: Any = getattr(send, "__self__", None)
    if stream is None or not hasattr(stream, "stream_id"):
        raise RuntimeError("GF-LOCAL-061: the web server isn't the hypercorn that this was written for")
    stream.closed = True
    stream.state = ASGIHTTPState.CLOSED
    await stream.send(StreamClosed(stream_id=stream.stream_id))
