"""The local target as an object: start it, end it, ask it, get clients for it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import socket
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from foundation.local import process
from foundation.local.configuration import TargetSettings
from foundation.local.environment import aws_environment, endpoint
from foundation.local.errors import LocalTargetError
from foundation.local.layout import DEFAULT_PORT, StateFolder, default_state

READY_SECONDS = 60.0
# A process that was killed a moment ago may still hold its port.
PORT_SECONDS = 1.5


_CLIENT_CONFIG = Config(
    retries={"total_max_attempts": 2},
    s3={"addressing_style": "path"},
    inject_host_prefix=False,
    connect_timeout=5,
    read_timeout=120,
)


@dataclass(frozen=True)
class Status:
    """What `foundation local status` shows.

    `pid` is None when no target runs; `failure` says why state isn't kept; `mlflow` are the MLflow servers that run.
    """

    running: bool
    state: str
    port: int
    pid: int | None = None
    uptime_seconds: float = 0.0
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    stacks: tuple[dict[str, str], ...] = ()
    failure: str = ""
    mlflow: tuple[dict[str, str], ...] = ()


class Target:
    """A target by its state folder. One folder is one target; `port` matters when it starts."""

    def __init__(self, state: Path | None = None, port: int = DEFAULT_PORT) -> None:
        self.folder = StateFolder((state or default_state()).resolve())
        self._port = port
        self._clients: Any = boto3.Session()
        self._clients_lock = threading.Lock()

    @property
    def port(self) -> int:
        """The port of the running target, else the one it would start on."""
        record = self._record()
        return record.port if record else self._port

    @property
    def url(self) -> str:
        return endpoint(self.port)

    def up(self, settings: TargetSettings | None = None) -> bool:
        """Start the target; False when it already runs.

        `settings` are kept for later starts. Fails with GF-LOCAL-002 on a busy port, GF-LOCAL-003
        when the target of this folder runs on another port, GF-LOCAL-004 when it doesn't start.
        """
        self.folder.create()
        with self._locked():
            if settings is not None or not self.folder.settings.exists():
                (settings or TargetSettings()).write(self.folder.settings)
            record = self._record()
            if record is not None:
                if self._port not in (record.port, DEFAULT_PORT):
                    raise LocalTargetError(
                        "GF-LOCAL-003",
                        f"the target of {self.folder.root} already runs on port {record.port}, not {self._port}: "
                        "run down first, or give another --state",
                    )
                self.call("POST", "/_foundation/settings")
                return False
            self._clear()
            self._check_port()
            self._start()
            return True

    def down(self, *, purge: bool = False) -> bool:
        """End the target, its functions and temporary folders; False when none ran.

        The state stays for the next `up`, unless `purge`.
        """
        if not self.folder.root.exists():
            return False
        with self._locked():
            record = self._record()
            if record is not None:
                process.end(record)
            self._clear()
            if purge:
                shutil.rmtree(self.folder.root)
        return record is not None

    def kill(self) -> None:
        """kill -9, as a crash would: for tests and drills."""
        record = self._record()
        if record is not None:
            process.end(record, signals=process.AT_ONCE)

    def status(self) -> Status:
        record = self._record()
        if record is None:
            return Status(running=False, state=str(self.folder.root), port=self._port)
        health = self.call("GET", "/_foundation/health")
        return Status(
            running=True,
            state=str(self.folder.root),
            port=record.port,
            pid=record.pid,
            uptime_seconds=round(time.time() - record.started, 1),
            accounts=tuple(health["accounts"]),
            regions=tuple(health["regions"]),
            stacks=tuple(health["stacks"]),
            failure=health["failure"],
            mlflow=tuple(self.call("GET", "/_foundation/mlflow")),
        )

    def settings(self) -> TargetSettings:
        return TargetSettings.read(self.folder.settings) if self.folder.settings.exists() else TargetSettings()

    def environment(self, account_id: str, region: str) -> dict[str, str]:
        """Variables for the CDK CLI and the SDKs; a stage name is taken too."""
        return aws_environment(self.port, self.settings().account_id(account_id), region, self.folder.cdk_home)

    def session(self, account_id: str, region: str) -> boto3.Session:
        """A session of the account's root user; pass `endpoint_url=target.url` to its clients."""
        return boto3.Session(
            aws_access_key_id=self.settings().account_id(account_id),
            aws_secret_access_key="test",  # noqa: S106 - the emulator's fixed root secret
            region_name=region,
        )

    def client(self, service: str, account_id: str, region: str) -> Any:
        """A client of the account's root user."""
        key = self.settings().account_id(account_id)
        return self.client_with(service, region, {"AccessKeyId": key, "SecretAccessKey": "test", "SessionToken": None})

    def client_with(self, service: str, region: str, credentials: Mapping[str, Any]) -> Any:
        """A client with the Credentials that AssumeRole answered."""
        # One session for all: it keeps the service models, which take longer to load than a call.
        with self._clients_lock:
            return self._clients.client(
                service,
                endpoint_url=self.url,
                config=_CLIENT_CONFIG,
                region_name=region,
                aws_access_key_id=credentials["AccessKeyId"],
                aws_secret_access_key=credentials["SecretAccessKey"],
                aws_session_token=credentials["SessionToken"],
            )

    def call(self, method: str, path: str, body: Any = None, *, patience: float = 30.0) -> Any:
        """A request to the target's own endpoints below /_foundation/; fails with GF-LOCAL-007, also after `patience` seconds."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=data, method=method)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=patience) as answer:  # noqa: S310
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise LocalTargetError(
                "GF-LOCAL-007", f"{method} {path}: {error.read().decode(errors='replace')}"
            ) from error
        except (OSError, ValueError) as error:
            raise LocalTargetError(
                "GF-LOCAL-007", f"no answer from the local target at {self.url} ({error}): run foundation local up"
            ) from error

    def _record(self) -> process.ProcessRecord | None:
        record = process.ProcessRecord.read(self.folder.process)
        return record if record is not None and record.is_alive() else None

    def _start(self) -> None:
        token = uuid.uuid4().hex
        started = process.spawn(self.folder, self._port, token)
        process.ProcessRecord(started.pid, self._port, token, time.time()).write(self.folder.process)
        limit = time.monotonic() + READY_SECONDS
        while time.monotonic() < limit:
            if started.poll() is not None:
                break
            with contextlib.suppress(LocalTargetError):
                health = self.call("GET", "/_foundation/health")
                if health["token"] == token and health["ready"]:
                    return
            time.sleep(0.05)
        process.end(process.ProcessRecord(started.pid, self._port, token, 0.0))
        self._clear()
        lines = self.folder.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
        raise LocalTargetError(
            "GF-LOCAL-004", "the local target didn't start; the end of " + "\n".join([f"{self.folder.log}:", *lines])
        )

    def _check_port(self) -> None:
        error = _bind_error(self._port)
        limit = time.monotonic() + PORT_SECONDS
        while error is not None and time.monotonic() < limit:
            time.sleep(0.05)
            error = _bind_error(self._port)
        if error is not None:
            holder = "another program"
            with contextlib.suppress(LocalTargetError, KeyError, TypeError):
                holder = f"the local target of {self.call('GET', '/_foundation/health', patience=1.0)['state']}"
            raise LocalTargetError(
                "GF-LOCAL-002",
                f"port {self._port} on 127.0.0.1 is in use by {holder} ({error}): end it or choose another with --port",
            )

    def _clear(self) -> None:
        """Remove what a target that ended or was killed can leave."""
        process.end_leftovers(self.folder)
        shutil.rmtree(self.folder.temporary, ignore_errors=True)
        self.folder.temporary.mkdir(parents=True, exist_ok=True)
        self.folder.process.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.root.mkdir(parents=True, exist_ok=True)
        with self.folder.lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _bind_error(port: int) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror or str(error)
    return None
