"""An OpenAI-compatible endpoint as the model, against a small server that speaks the protocol."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from foundation.local.bedrock.answers.base import Finish, Piece
from foundation.local.bedrock.answers.openai import API_KEY_VARIABLE, OpenAiEndpoint
from foundation.local.bedrock.errors import BedrockError
from foundation.local.bedrock.request import parse

Behaviour = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


class Endpoint:
    """The server and the requests that it got."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.behaviour: Behaviour = streams("Hello", " world")
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.requests.append((self.path, dict(self.headers), body))
                endpoint.behaviour(self, body)

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def ask(self, suffix: str = "", timeout: float = 5.0, **body: Any) -> list[Piece]:
        request = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}], **body}
        return list(OpenAiEndpoint(f"openai:{self.url}{suffix}#tiny", timeout).answer(parse(request)))


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, kind: str = "application/json") -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.end_headers()
    handler.wfile.write(body)


def streams(*texts: str, reason: str = "stop") -> Behaviour:
    def answer(handler: BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
        events: list[dict[str, Any]] = [{"choices": [{"delta": {"content": text}}]} for text in texts]
        events.append({"choices": [{"delta": {}, "finish_reason": reason}]})
        events.append({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}})
        lines = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
        send(handler, 200, b": comment\n" + lines + b"data: [DONE]\n\n", "text/event-stream")

    return answer


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_streams_the_answer_with_the_endpoints_own_counts(endpoint: Endpoint) -> None:
    assert endpoint.ask() == ["Hello", " world", Finish("end_turn", 7, 2)]


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/chat/completions"])
def test_asks_for_what_the_request_says(endpoint: Endpoint, suffix: str) -> None:
    endpoint.ask(
        suffix, system=[{"text": "Be short."}],
        inferenceConfig={"maxTokens": 5, "temperature": 0.5, "topP": 0.9, "stopSequences": ["X"]},
    )  # fmt: skip
    path, _, body = endpoint.requests[0]
    assert path == "/v1/chat/completions"
    assert body["model"] == "tiny"
    assert body["messages"] == [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi"}]
    assert (body["max_tokens"], body["temperature"], body["top_p"], body["stop"], body["stream"]) == (
        5,
        0.5,
        0.9,
        ["X"],
        True,
    )


def test_key_comes_from_the_environment(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint.ask()
    monkeypatch.setenv(API_KEY_VARIABLE, "secret")
    endpoint.ask()
    assert [headers.get("Authorization") for _, headers, _ in endpoint.requests] == [None, "Bearer secret"]


@pytest.mark.parametrize(("reason", "stop_reason"), [("length", "max_tokens"), ("content_filter", "content_filtered")])
def test_stop_reasons(endpoint: Endpoint, reason: str, stop_reason: str) -> None:
    endpoint.behaviour = streams("x", reason=reason)
    assert endpoint.ask()[-1] == Finish(stop_reason, 7, 2)


def test_tool_calls_come_back(endpoint: Endpoint) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "rate", "arguments": '{"year": 2026}'}}
    completion = {"choices": [{"message": {"content": None, "tool_calls": [call]}, "finish_reason": "tool_calls"}]}
    endpoint.behaviour = lambda handler, _: send(handler, 200, json.dumps(completion).encode())
    tools = {"tools": [{"toolSpec": {"name": "rate", "inputSchema": {"json": {"type": "object"}}}}]}
    (finish,) = endpoint.ask(toolConfig=tools)
    assert finish == Finish("tool_use", None, None, ({"toolUseId": "c1", "name": "rate", "input": {"year": 2026}},))
    assert endpoint.requests[0][2]["tools"][0]["function"]["name"] == "rate"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (429, b"{}", "ThrottlingException"),
        (500, b"broken", "ServiceUnavailableException"),
        (503, b"", "ServiceUnavailableException"),
        (504, b"", "ModelTimeoutException"),
        (400, b"no such model", "ModelErrorException"),
        (200, b'data: {"error": {"message": "out of memory"}}\n\n', "ModelErrorException"),
        (200, b"data: nonsense\n\n", "ModelErrorException"),
    ],
)
def test_fails_with_bedrocks_errors(endpoint: Endpoint, status: int, body: bytes, code: str) -> None:
    endpoint.behaviour = lambda handler, _: send(handler, status, body)
    with pytest.raises(BedrockError) as caught:
        endpoint.ask()
    assert caught.value.code == code


def test_fails_with_a_timeout_when_the_endpoint_is_silent(endpoint: Endpoint) -> None:
    endpoint.behaviour = lambda *_: time.sleep(0.5)
    with pytest.raises(BedrockError) as caught:
        endpoint.ask(timeout=0.1)
    assert (caught.value.code, caught.value.status) == ("ModelTimeoutException", 408)


def test_fails_when_nothing_listens(endpoint: Endpoint) -> None:
    endpoint.url = "http://127.0.0.1:9"
    with pytest.raises(BedrockError) as caught:
        endpoint.ask()
    assert (caught.value.code, caught.value.status) == ("ServiceUnavailableException", 503)
