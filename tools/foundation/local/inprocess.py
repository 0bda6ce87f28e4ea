"""boto3 clients whose requests reach ministack's handlers inside this process, without HTTP.

CloudFormation providers use them: the call runs in the account and Region of the stack operation,
serialised and parsed by botocore, and isn't subject to IAM (CloudFormation's own execution role
isn't modelled).
"""

from __future__ import annotations

import asyncio
import functools
import io
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HTTPHeaders
from botocore.config import Config
from ministack import app
from ministack.core.responses import get_account_id, get_region, request_scope

# ministack's name of a service where it differs from boto3's.
_HANDLERS = {"lambda": "lambda", "cloudwatch": "monitoring", "stepfunctions": "states"}


# Asked before each call with (Region, service, account, operation); an answer replaces the service's.
Interceptor = Callable[[str, str, str, str], tuple[int, dict[str, str], bytes] | None]
interceptors: list[Interceptor] = []


def client(service: str, region: str | None = None) -> Any:
    """A client in the current request's account, in its Region or another one."""
    return _client(service, region or get_region())


@functools.lru_cache(maxsize=256)
def _client(service: str, region: str) -> Any:
    made: Any = boto3.client(  # type: ignore[call-overload]
        service,
        region_name=region,
        endpoint_url="http://127.0.0.1",
        aws_access_key_id="in-process",
        aws_secret_access_key="in-process",  # noqa: S106 - never leaves the process
        config=Config(
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
            parameter_validation=True,
            inject_host_prefix=False,
        ),
    )
    handler = app.SERVICE_HANDLERS[_HANDLERS.get(service, service)]
    made.meta.events.register("before-send", functools.partial(_answer, service, handler, region))
    return made


def _answer(service: str, handler: Any, region: str, request: AWSPreparedRequest, **named: Any) -> AWSResponse:
    """Take the place of the HTTP connection: botocore's before-send event."""
    url = urlsplit(request.url)
    body = request.body or b""
    if not isinstance(body, bytes | bytearray | str):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    query = parse_qs(url.query, keep_blank_values=True)
    operation = str(named["event_name"]).rpartition(".")[2]
    for intercept in interceptors:
        refused = intercept(region, service, get_account_id(), operation)
        if refused is not None:
            return AWSResponse(request.url, refused[0], HTTPHeaders.from_dict(refused[1]), _Body(refused[2]))
    status, answered, content = _run(
        _in_region(handler, region, request.method, unquote(url.path), headers, bytes(body), query)
    )
    return AWSResponse(request.url, status, HTTPHeaders.from_dict(answered), _Body(content))


async def _in_region(
    handler: Any, region: str, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
) -> Any:
    with request_scope(get_account_id(), region):
        return await handler(method, path, headers, body, query)


def _run(call: Coroutine[Any, Any, Any]) -> Any:
    """Finish a handler's coroutine from the event loop's thread or from a worker thread."""
    loop = app._MAIN_LOOP
    try:
        on_loop = asyncio.get_running_loop() is loop
    except RuntimeError:
        on_loop = False
    if loop is not None and not on_loop:
        return asyncio.run_coroutine_threadsafe(call, loop).result()
    # Handlers of the services that providers call never suspend; one that did would deadlock here.
    try:
        call.send(None)
    except StopIteration as finished:
        return finished.value
    call.close()
    raise RuntimeError("the service's handler waits for other work: run this resource type on a worker thread")


class _Body:
    def __init__(self, content: Any) -> None:
        self._stream = io.BytesIO(content if isinstance(content, bytes | bytearray) else str(content or "").encode())

    def stream(self, **_: object) -> Any:
        while chunk := self._stream.read(65536):
            yield chunk

    def read(self, amount: int | None = None) -> bytes:
        return self._stream.read(amount)
