"""Starts and ends the target's process and what it left behind; touches no process that isn't ours."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from foundation.local.errors import LocalTargetError
from foundation.local.layout import StateFolder

# In the environment of the process and of every function it starts; its value is the state folder.
MARKER = "FOUNDATION_LOCAL_STATE"
# Signals and how many seconds each may take.
POLITELY = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0))
AT_ONCE = ((signal.SIGKILL, 5.0),)


@dataclass(frozen=True)
class ProcessRecord:
    """What `up` wrote about the process it started."""

    pid: int
    port: int
    token: str
    started: float

    def write(self, path: Path) -> None:
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
        partial.replace(path)

    @classmethod
    def read(cls, path: Path) -> ProcessRecord | None:
        """The record, None when there is none or it can't be read (then nothing of ours runs by it)."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(int(data["pid"]), int(data["port"]), str(data["token"]), float(data["started"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def is_alive(self) -> bool:
        """Whether the pid still is the process that we started: pids are reused, tokens aren't."""
        return self.token.encode() in _read(Path(f"/proc/{self.pid}/cmdline")).split(b"\0")


def spawn(folder: StateFolder, port: int, token: str) -> subprocess.Popen[bytes]:
    """Start the launcher detached, with nothing of this shell's environment but PATH."""
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(folder.temporary),
        "TMPDIR": str(folder.temporary),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        MARKER: str(folder.root),
    }
    command = [sys.executable, "-m", "foundation.local.launcher", "--state", str(folder.root), "--port", str(port)]
    with folder.log.open("ab") as log:
        return subprocess.Popen(
            [*command, "--token", token],
            cwd=folder.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def end(record: ProcessRecord, *, signals: Sequence[tuple[signal.Signals, float]] = POLITELY) -> None:
    """Send each signal and wait its seconds; fails with GF-LOCAL-006 when the process survives them all."""
    for sent, wait in signals:
        if not record.is_alive():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, sent)
        limit = time.monotonic() + wait
        while _runs(record) and time.monotonic() < limit:
            _reap(record.pid)
            time.sleep(0.02)
    if record.is_alive():
        raise LocalTargetError("GF-LOCAL-006", f"process {record.pid} of the local target can't be ended")


def end_leftovers(folder: StateFolder) -> None:
    """Kill what outlived a killed target: processes whose environment carries our marker."""
    limit = time.monotonic() + 5.0
    while left := list(leftovers(folder)):
        if time.monotonic() > limit:
            raise LocalTargetError("GF-LOCAL-006", f"processes {left} of the local target can't be ended")
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            _reap(pid)
        time.sleep(0.02)


def leftovers(folder: StateFolder) -> Iterator[int]:
    """Pids that a target of this state folder started, itself included."""
    marker = f"{MARKER}={folder.root}".encode()
    for entry in Path("/proc").iterdir():
        ours = entry.name.isdigit() and marker in _read(entry / "environ").split(b"\0")
        if ours and int(entry.name) != os.getpid():
            yield int(entry.name)


def _runs(record: ProcessRecord) -> bool:
    """Whether the process holds its port: a dying one loses its command line before its sockets."""
    state = _read(Path(f"/proc/{record.pid}/stat")).rpartition(b") ")[2][:1]
    return record.is_alive() or state not in (b"", b"Z", b"X")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _reap(pid: int) -> None:
    """Collect the process if it is our child: a zombie's command line is empty, yet it holds its pid."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
