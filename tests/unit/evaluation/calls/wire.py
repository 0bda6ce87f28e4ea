"""botocore's wire, replaced inside the process: a client that really builds its requests and reads its responses."""

import io
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

Answer = tuple[int, dict[str, str], bytes]


class _Raw(io.BytesIO):
    def stream(self, amount: int = 1024, **_: object) -> Iterator[bytes]:
        while part := self.read(amount):
            yield part


def client(service: str, answer: Callable[[dict[str, Any]], Answer | Exception]) -> tuple[Any, list[dict[str, Any]]]:
    """A client whose requests `answer` gets as {path, body}; and all of them."""
    made = boto3.client(
        service,  # type: ignore[call-overload]
        region_name="eu-west-1",
        aws_access_key_id="222222222222",
        aws_secret_access_key="test",
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )
    requests: list[dict[str, Any]] = []

    def send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
        requests.append({"path": request.url, "body": json.loads(body)})
        result = answer(requests[-1])
        if isinstance(result, Exception):
            raise result
        status, headers, raw = result
        sent = HTTPHeaders()
        for name, value in ({"x-amzn-RequestId": "aws-request-1"} | headers).items():
            sent[name] = value
        return AWSResponse(request.url, status, sent, _Raw(raw))

    made.meta.events.register("before-send", send)
    return made, requests


def as_json(body: object, **headers: str) -> Answer:
    return 200, {"Content-Type": "application/json"} | headers, json.dumps(body).encode()


def as_error(code: str, message: str = "no", status: int = 400) -> Answer:
    return status, {"x-amzn-ErrorType": code}, json.dumps({"message": message}).encode()


def as_stream(*events: tuple[str, object]) -> Answer:
    """An event stream (application/vnd.amazon.eventstream); an event whose name ends in Exception is one."""
    return 200, {"Content-Type": "application/vnd.amazon.eventstream"}, b"".join(_event(*each) for each in events)


def _event(name: str, payload: object) -> bytes:
    kind = "exception" if name.endswith("Exception") else "event"
    pairs = {":message-type": kind, f":{kind}-type": name, ":content-type": "application/json"}
    headers = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for key, value in pairs.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + body
    return message + struct.pack(">I", zlib.crc32(message))
