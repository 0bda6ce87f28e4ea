"""A real browser, driven over its debugging pipe (Chrome DevTools Protocol)."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Page:
    """One tab. Everything that it requested, logged or failed with is in `events`."""

    def __init__(self, commands: int, replies: int) -> None:
        self._commands = commands
        self._replies = os.fdopen(replies, "rb")
        self._number = 0
        self._rest = b""
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its result."""
        self._number += 1
        command: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            command["sessionId"] = self._session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        while True:
            message = self._message()
            if message.get("id") == self._number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                result: dict[str, Any] = message["result"]
                return result
            self.events.append(message)

    def open(self, path: Path) -> None:
        """Load a file and wait for its end."""
        since = len(self.events)
        self.call("Page.navigate", url=path.as_uri())
        self.wait("Page.loadEventFired", since)

    def wait(self, method: str, since: int, **wanted: object) -> dict[str, Any]:
        """The first event of that name and with these parameters after the first `since` ones."""
        while True:
            for event in self.events[since:]:
                params: dict[str, Any] = event.get("params", {})
                if event.get("method") == method and wanted.items() <= params.items():
                    return params
            since = len(self.events)
            self.events.append(self._message())

    def run(self, script: str) -> Any:
        """Value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def key(self, name: str, code: int, text: str = "") -> None:
        """A key, pressed and released."""
        named = {"key": name, "code": name, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **named)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def screenshot(self) -> bytes:
        """The whole page as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def happened(self, method: str) -> list[dict[str, Any]]:
        """Parameters of all events of that name."""
        return [event["params"] for event in self.events if event.get("method") == method]

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            read = self._replies.read1(1 << 16)
            if not read:
                raise RuntimeError("the browser has ended")
            self._rest += read
        message, _, self._rest = self._rest.partition(b"\0")
        decoded: dict[str, Any] = json.loads(message)
        return decoded


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A headless browser with a profile of its own below `folder`."""
    read_commands, write_commands = os.pipe()
    read_replies, write_replies = os.pipe()

    def fixed_numbers() -> None:
        os.dup2(read_commands, 3)
        os.dup2(write_replies, 4)

    process = subprocess.Popen(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage",
         "--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}"],
        preexec_fn=fixed_numbers, pass_fds=(3, 4, read_commands, write_replies), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(read_commands)
    os.close(write_replies)
    try:
        yield Page(write_commands, read_replies)
    finally:
        process.terminate()
        process.wait(30)
        os.close(write_commands)
