"""The App's endpoint: requests that name an App are checked as IAM does and passed on to its server.

On AWS clients reach every App of a Region at one host and name theirs in a header; what they may do there is
`sagemaker:CallMlflowAppApi` (Service Authorization Reference, "Amazon SageMaker").
"""

from __future__ import annotations

import asyncio
import http.client
from urllib.parse import quote, urlsplit

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import request_scope
from ministack.core.router import extract_access_key_id

from foundation.local.errors import LocalTargetError
from foundation.local.gateway.asgi import (
    Application,
    Receive,
    Scope,
    Send,
    answer,
    answer_json,
    headers_of,
    query_of,
    read_body,
)
from foundation.local.mlflow.apps import App, find
from foundation.local.mlflow.server import Servers

HEADER = "x-sm-mlflow-app-arn"
ACTION = "sagemaker:CallMlflowAppApi"
_PATIENCE_SECONDS = 120.0
# Between the client and the target only.
_OWN_HEADERS = frozenset({"authorization", "connection", "content-length", "host", "transfer-encoding", HEADER})


def with_mlflow(inner: Application, servers: Servers) -> Application:
    """Answer requests to Apps here, pass everything else on."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope) if scope["type"] == "http" else {}
        if HEADER not in headers:
            await inner(scope, receive, send)
            return
        body = await read_body(receive)
        app = find(headers[HEADER])
        denied = _denied(scope, headers, body, headers[HEADER])
        if denied:
            await _refuse(send, 403, "PERMISSION_DENIED", denied)
        elif app is None:
            await _refuse(send, 404, "RESOURCE_DOES_NOT_EXIST", f"there is no MLflow App {headers[HEADER]}")
        else:
            await _pass_on(scope, headers, body, app, servers, send)

    return application


def _denied(scope: Scope, headers: dict[str, str], body: bytes, arn: str) -> str:
    """Why the caller may not call the App, empty when it may."""
    query = query_of(scope)
    raw_path = bytes(scope.get("raw_path") or quote(str(scope["path"])).encode()).decode("latin-1")
    parts = arn.split(":")
    if len(parts) != 6:
        return f"{arn!r} is no ARN"
    with request_scope(parts[4], parts[3]):
        iam_evaluator.pin_signed_request(scope["method"], raw_path, query, scope["headers"])
        iam_evaluator.pin_signed_body(body)
        found = iam_evaluator.enforce(extract_access_key_id(headers, query), ACTION, "sagemaker", parts[3], arn)
    if not found:
        return ""
    if isinstance(found, iam_evaluator.AuthError):
        return f"{found.code}: {found.message}"
    return str(iam_actions.identity_denial_message(ACTION, found.principal_arn, arn, found.decision == "Deny"))


async def _pass_on(scope: Scope, headers: dict[str, str], body: bytes, app: App, servers: Servers, send: Send) -> None:
    try:
        url = await servers.url(app)
    except LocalTargetError as error:
        # A status that MLflow's client doesn't repeat for minutes.
        await _refuse(send, 501, "NOT_IMPLEMENTED", str(error))
        return
    query = bytes(scope.get("query_string", b"")).decode("latin-1")
    path = quote(str(scope["path"])) + (f"?{query}" if query else "")
    status, answered, content = await asyncio.to_thread(_ask, url, scope["method"], path, headers, body)
    await answer(send, status, content, answered)


def _ask(url: str, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    """One request to the server; 502 when it ends meanwhile."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_PATIENCE_SECONDS)
    passed = {name: value for name, value in headers.items() if _is_passed(name)}
    try:
        connection.request(method, path, body or None, passed)
        found = connection.getresponse()
        content = found.read()
    except OSError as error:
        return 502, {"content-type": "text/plain"}, f"the MLflow server at {url} gave no answer: {error}".encode()
    finally:
        connection.close()
    return found.status, {name: value for name, value in found.getheaders() if _is_passed(name.lower())}, content


def _is_passed(header: str) -> bool:
    return header not in _OWN_HEADERS and not header.startswith(("x-amz-", "x-forwarded-"))


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    """An error as MLflow's API words it."""
    await answer_json(send, status, {"error_code": code, "message": message})
