"""AWS at the wire: an HTTP server on loopback that answers what a test tells it and keeps what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Call:
    """One request: operation as `service:Operation`, parsed body, path with query."""

    operation: str
    body: Any
    path: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """An answer; a dict is sent as JSON."""

    body: dict[str, Any] | str = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def aws_error(code: str, message: str = "", status: int = 400) -> Reply:
    """An error as the JSON protocols carry it."""
    return Reply({"__type": code, "message": message, "Message": message}, status)


Answer = Callable[[Call], Reply]


class FakeAws(ThreadingHTTPServer):
    """Answers by operation; an operation without an answer is a 501, which fails the test that forgot it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Answer] = {}
        self.calls: list[Call] = []
        self.slow = threading.Event()  # an answer may wait for it
        self.arrived = threading.Event()  # set when a call was answered

    @property
    def url(self) -> str:
        """Endpoint URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def calls_of(self, operation: str) -> list[Call]:
        """Calls of one operation, in order."""
        return [call for call in self.calls if call.operation == operation]

    def always(self, operation: str, reply: Reply) -> None:
        """Give the same answer each time."""
        self.answers[operation] = lambda _: reply

    def sequence(self, operation: str, *replies: Reply) -> None:
        """Give these answers one after the other; the last one stays."""
        left = list(replies)
        self.answers[operation] = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up (a time-out under test) is no fault of the server."""


class _Handler(BaseHTTPRequestHandler):
    server: FakeAws

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        operation = _operation(self.command, self.path, self.headers.get("X-Amz-Target"), raw)
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(operation, _body(raw), self.path, headers)
        self.server.calls.append(call)
        answer = self.server.answers.get(operation)
        reply = answer(call) if answer else aws_error("NotAnswered", operation, 501)
        self._send(reply)
        self.server.arrived.set()

    def _send(self, reply: Reply) -> None:
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        self.send_response(reply.status)
        self.send_header("x-amzn-RequestId", "aws-request-1")
        if isinstance(reply.body, dict) and "__type" in reply.body:
            self.send_header("x-amzn-ErrorType", str(reply.body["__type"]))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 names that BaseHTTPRequestHandler calls

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def _operation(method: str, path: str, target: str | None, raw: bytes) -> str:
    if target:
        service, name = target.split(".", 1)
        return f"{'dynamodb' if service.startswith('DynamoDB') else service.removeprefix('Amazon').lower()}:{name}"
    route = urlsplit(path).path
    for part, operation in (
        ("/prompts/", "bedrock-agent:GetPrompt"),
        ("/converse", "bedrock:Converse"),
        ("/publicAccessBlock", "s3control:PutPublicAccessBlock"),
        ("/logging/modelinvocations", f"bedrock:{method.title()}Logging"),
        ("/cloudformation-response", "cloudformation:Response"),
        ("/configurationsessions", "appconfigdata:StartConfigurationSession"),
        ("/configuration", "appconfigdata:GetLatestConfiguration"),
    ):
        if part in route:
            return operation
    return f"ec2:{parse_qs(raw.decode()).get('Action', ['?'])[0]}"


def _body(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return {name: values[0] for name, values in parse_qs(raw.decode()).items()}


@contextmanager
def serving() -> Iterator[FakeAws]:
    """A running server, stopped and closed at the end."""
    server = FakeAws()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
