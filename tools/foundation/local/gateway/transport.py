"""Loopback counts as TLS.

The target serves plain HTTP on 127.0.0.1, yet policies that deny aws:SecureTransport=false must
let the same calls pass as on AWS. ministack reads x-forwarded-proto, so it is set on every
request; a caller that sends the header itself is believed, which is how a test proves the deny.
"""

from __future__ import annotations

from foundation.local.gateway.asgi import Application, Receive, Scope, Send

_HEADER = b"x-forwarded-proto"


def with_secure_transport(inner: Application) -> Application:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and all(name.lower() != _HEADER for name, _ in scope["headers"]):
            scope = {**scope, "headers": [*scope["headers"], (_HEADER, b"https")]}
        await inner(scope, receive, send)

    return application
