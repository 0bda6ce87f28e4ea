"""The MLflow server of one App: started by the first request to it, ended with the target.

Its database lies in the state folder; its artifacts are in the App's own bucket on the target. It carries the target's
mark in its environment, so that `up` and `down` end it after a kill as they end functions.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from foundation.local.errors import LocalTargetError
from foundation.local.layout import checkout
from foundation.local.mlflow.apps import App

# Importing MLflow takes most of it, the first start also makes the database.
READY_SECONDS = 180.0
_END_SECONDS = 5.0
_LOG_LINES = 12


def mlflow_python() -> Path:
    """The interpreter of MLflow's own environment."""
    return checkout() / ".venv-mlflow" / "bin" / "python"


class MlflowServer:
    """One server process on a free port of 127.0.0.1."""

    def __init__(self, app: App, folder: Path, target_url: str, python: Path) -> None:
        self.app = app
        self._folder = folder
        self._target_url = target_url
        self._python = python
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._starting = asyncio.Lock()

    @property
    def url(self) -> str:
        """Where it answers; empty while it doesn't run."""
        return f"http://127.0.0.1:{self._port}" if self._runs() else ""

    async def start(self) -> str:
        """Start it unless it runs, wait until it answers; its URL.

        Fails with GF-LOCAL-080 when MLflow isn't installed, GF-LOCAL-081 when the server ends or doesn't answer.
        """
        async with self._starting:
            if not self._runs():
                self._spawn()
                await self._answers()
        return self.url

    def end(self) -> None:
        """End the server and the processes that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        for sent in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sent)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_SECONDS)

    def _runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _spawn(self) -> None:
        if not self._python.exists():
            raise LocalTargetError(
                "GF-LOCAL-080", f"there is no MLflow at {self._python}: run make mlflow, then track the run again"
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        self._port = _free_port()
        command = [
            str(self._python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self._port),
            "--workers", "1", "--backend-store-uri", f"sqlite:///{self._folder / 'mlflow.sqlite3'}",
            "--default-artifact-root", self.app.artifact_store, "--no-serve-artifacts",
        ]  # fmt: skip
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                env={**os.environ, **self._environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: it starts a worker, which must end with it.
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self._python.parent}{os.pathsep}{os.environ.get('PATH', '')}",
            # Nothing is told to its makers, and nothing runs beside the API.
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            # The bucket is the target's; on AWS the App reads it with its role.
            "MLFLOW_S3_ENDPOINT_URL": self._target_url,
            "AWS_ACCESS_KEY_ID": self.app.account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": self.app.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    async def _answers(self) -> None:
        limit = time.monotonic() + READY_SECONDS
        while self._runs() and time.monotonic() < limit:
            if await asyncio.to_thread(_is_healthy, self.url):
                return
            await asyncio.sleep(0.1)
        self.end()
        raise LocalTargetError(
            "GF-LOCAL-081",
            "the MLflow server didn't start; the end of " + "\n".join([f"{self._log}:", *self._last_lines()]),
        )

    @property
    def _log(self) -> Path:
        return self._folder / "mlflow.log"

    def _last_lines(self) -> list[str]:
        return self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]


class Servers:
    """The servers of all Apps of a target, by the App's ARN."""

    def __init__(self, folder: Path, target_url: str, python: Path | None = None) -> None:
        self._folder = folder
        self._target_url = target_url
        self._python = python or mlflow_python()
        self._servers: dict[str, MlflowServer] = {}

    async def url(self, app: App) -> str:
        """The App's server, started when it doesn't run; fails as `MlflowServer.start` does."""
        server = self._servers.get(app.arn)
        if server is None:
            server = MlflowServer(app, self._of(app.arn), self._target_url, self._python)
            self._servers[app.arn] = server
        return await server.start()

    def running(self) -> Iterator[tuple[str, str]]:
        """ARN and URL of those that run."""
        return ((arn, server.url) for arn, server in sorted(self._servers.items()) if server.url)

    def forget(self, arn: str) -> None:
        """Delete what an App that is deleted holds."""
        server = self._servers.pop(arn, None)
        if server is not None:
            server.end()
        shutil.rmtree(self._of(arn), ignore_errors=True)

    def end(self) -> None:
        """End all of them."""
        for server in self._servers.values():
            server.end()

    def _of(self, arn: str) -> Path:
        return self._folder / arn.rpartition("/")[2]


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
