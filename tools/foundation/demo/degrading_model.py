"""A model behind the OpenAI protocol that answers well until it is told to degrade."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

GOOD = "The excess for the replacement of a windscreen is 75 euros."
BAD = "Please read the terms of your policy."


class DegradingModel:
    """A server on loopback: `with DegradingModel() as model:`.

    :param share: of the answers that are useless once it degrades, spread evenly
    """

    def __init__(self, share: float) -> None:
        self._share, self._degraded, self._asked = share, False, 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def source(self) -> str:
        """As the local target's model settings name it."""
        return f"openai:http://127.0.0.1:{self._server.server_address[1]}/v1#degrading"

    def degrade(self) -> None:
        """From now on."""
        with self._lock:
            self._degraded = True

    def answer(self) -> str:
        """The next one."""
        with self._lock:
            if not self._degraded:
                return GOOD
            self._asked += 1
            return BAD if int(self._asked * self._share) > int((self._asked - 1) * self._share) else GOOD


def _handler(model: DegradingModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One chat completion, streamed."""

        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

        def do_POST(self) -> None:
            """Whatever is asked, as the one piece of a stream."""
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            piece = {"choices": [{"index": 0, "delta": {"content": model.answer()}, "finish_reason": "stop"}]}
            usage = {"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 12, "total_tokens": 112}}
            body = "".join(f"data: {each}\n\n" for each in (json.dumps(piece), json.dumps(usage), "[DONE]")).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
