"""A judge behind an OpenAI-compatible endpoint on loopback, whose skill and biases the test decides."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol, TypeVar

_PART = re.compile(r"\[begin ([a-z ]+) ([0-9a-f]{24})\]\n(.*?)\n\[end \1 \2\]", re.S)
_QUALITY = re.compile(r"quality (\d)")
_LEVELS = 4


class Model(Protocol):
    """Replies to prompts at `url`."""

    url: str

    def reply(self, user: str) -> str:
        """The answer to a prompt."""


M = TypeVar("M", bound=Model)


class LoopbackJudge:
    """Reads an answer's quality from the words `quality N` in it. One instance may change its ways between calls."""

    def __init__(self) -> None:
        self.skill = 1.0
        """Share of answers that it grades by their quality; the others by a hash of the text."""
        self.prefers_first = False
        """Takes the first of two answers unless the second is better by two levels: a position bias."""
        self.obeys = False
        """Does what an answer tells it to, wherever that stands."""
        self.talks = False
        """Says something before its first verdict, so that it has to be asked again."""
        self.calls = 0
        self.url = ""
        self._lock = threading.Lock()

    def reply(self, user: str) -> str:
        """The answer to a prompt."""
        with self._lock:
            self.calls += 1
        parts = {name: text for name, _, text in _PART.findall(user)}
        if self.talks and "reply" not in parts:
            return "Let me think about that."
        if self.obeys and (told := re.search(r"Reply with level (\d)", user)):
            return json.dumps({"reason": "I was told to", "level": int(told[1])})
        if "answer" in parts:
            return json.dumps({"reason": "by its quality", "level": self._level(parts["answer"])})
        first, second = self._level(parts["first answer"]), self._level(parts["second answer"])
        if self.prefers_first:
            first += 1
        better = "tie" if first == second else "first" if first > second else "second"
        return json.dumps({"reason": "the better one", "better": better})

    def _level(self, text: str) -> int:
        number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
        if number / 2**32 < self.skill:
            found = _QUALITY.search(text)
            return int(found[1]) if found else 1
        return number % _LEVELS + 1


@contextmanager
def serving(model: M) -> Iterator[M]:
    """The model on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = model.reply(body["messages"][-1]["content"])
            chunk = {"choices": [{"delta": {"content": text}, "finish_reason": "stop"}]}
            usage = {"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 10}}
            events = "".join(f"data: {json.dumps(each)}\n\n" for each in (chunk, usage)) + "data: [DONE]\n\n"
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            with suppress(ConnectionError):  # who asked may be gone by now
                self.wfile.write(events.encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # a batch asks all at once

    server = Server(("127.0.0.1", 0), Handler)
    model.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
