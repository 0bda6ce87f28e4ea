"""ministack's side of the bootstrap: which interpreter, what an answer means, where a log ends."""

from __future__ import annotations

import contextvars
import hashlib
import io
import queue
import shutil
import tempfile
import threading
import time
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from foundation.local.lambdas.bootstrap import END_OF_LOG, FAILED, LAYER_POINTER, RUNTIME

_SCRIPT = (Path(__file__).parent / "bootstrap.py").read_text(encoding="utf-8")
# How long a process that answered may take to hand over its last log lines.
_LOG_SECONDS = 2.0
# How many different archives are remembered for sharing.
_ARCHIVES = 32
# The log of an init phase that failed: ministack's error for it carries none.
_failed_init: contextvars.ContextVar[str] = contextvars.ContextVar("foundation_failed_init", default="")

# AWS's error type for a handler that can't be loaded; ministack reports the exception's class name.
ImportModuleError = type("Runtime.ImportModuleError", (RuntimeError,), {})


def install(python: Path) -> None:
    """Run Python functions with our bootstrap on `python`."""
    upstream_detect = lambda_runtime._detect_runtime_binary
    upstream_execute = lambda_svc._execute_function_warm
    upstream_spawn = lambda_runtime.Worker._spawn
    upstream_drain = lambda_runtime.Worker._drain_stderr_bounded

    def detect(runtime: str) -> tuple[str, str]:
        if not runtime.startswith("python"):
            found: tuple[str, str] = upstream_detect(runtime)
            return found
        if not python.exists():
            raise RuntimeError(f"GF-LOCAL-070: the functions' interpreter isn't at {python}: run make setup")
        return str(python), _SCRIPT.replace(f'RUNTIME = "{RUNTIME}"', f'RUNTIME = "{runtime}"', 1)

    def spawn(worker: Any) -> None:
        try:
            upstream_spawn(worker)
        except RuntimeError as error:
            if not str(error).startswith("Worker init failed: "):
                raise
            _failed_init.set(_until_end(worker))
            raise ImportModuleError(str(error).removeprefix("Worker init failed: ")) from error
        if _is_ours(worker):
            worker.init_log = _until_end(worker)

    def drain(worker: Any, *given: float, **named: float) -> str:
        if not _is_ours(worker):
            found: str = upstream_drain(worker, *given, **named)
            return found
        first, worker.init_log = worker.init_log, ""
        return "\n".join(filter(None, (first, _until_end(worker))))

    def execute(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        _failed_init.set("")
        result: dict[str, Any] = upstream_execute(func, event, request_id)
        body = result.get("body")
        if isinstance(body, dict) and set(body) == {FAILED}:
            return {**result, "body": body[FAILED], "error": True}
        return {**result, "log": _failed_init.get()} if _failed_init.get() else result

    lambda_runtime._detect_runtime_binary = detect
    lambda_runtime.Worker._spawn = spawn
    lambda_runtime.Worker._drain_stderr_bounded = drain
    lambda_svc._execute_function_warm = execute


def share_archives() -> None:
    """Keep one copy of an archive that many functions or layers have: the same layer goes to every account."""
    upstream = lambda_svc._fetch_code_from_s3
    known: OrderedDict[bytes, bytes] = OrderedDict()

    def fetch_code_from_s3(*given: Any, **named: Any) -> bytes | None:
        found: bytes | None = upstream(*given, **named)
        if found is None:
            return None
        shared = known.setdefault(hashlib.blake2b(found, digest_size=16).digest(), found)
        if len(known) > _ARCHIVES:
            known.popitem(last=False)
        return shared

    lambda_svc._fetch_code_from_s3 = fetch_code_from_s3


def share_layers() -> None:
    """Unpack each different layer once: a process that starts gets the folder's name instead of an archive.

    Modules are then compiled once too, by the first process that imports them.
    """
    upstream_resolve = lambda_svc._resolve_layer_zip
    upstream_spawn = lambda_runtime.Worker._spawn
    starting: contextvars.ContextVar[bool] = contextvars.ContextVar("foundation_worker_starts", default=False)
    unpacking = threading.Lock()

    def resolve(attachment: str | dict[str, Any]) -> bytes | None:
        archive: bytes | None = upstream_resolve(attachment)
        if archive is None or not starting.get():
            return archive  # e.g. for the quota on a function's size
        with unpacking:
            return _pointer(_unpacked(archive))

    def spawn(worker: Any) -> None:
        token = starting.set(_is_ours(worker))
        try:
            upstream_spawn(worker)
        finally:
            starting.reset(token)

    lambda_svc._resolve_layer_zip = resolve
    lambda_runtime.Worker._spawn = spawn


def _unpacked(archive: bytes) -> Path:
    """Folder of a layer's content; made under another name first, so that a kill leaves no half of it."""
    folder = Path(tempfile.gettempdir()) / "layers" / hashlib.blake2b(archive, digest_size=16).hexdigest()
    if not folder.is_dir():
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
            bundle.extractall(partial)  # drops absolute paths and `..`
        partial.rename(folder)
    return folder


def _pointer(folder: Path) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as bundle:
        bundle.writestr(LAYER_POINTER, str(folder))
    return made.getvalue()


def _is_ours(worker: Any) -> bool:
    return str(worker.config.get("Runtime", "")).startswith("python")


def _until_end(worker: Any) -> str:
    """Log lines up to the bootstrap's end mark."""
    lines: list[str] = []
    limit = time.monotonic() + _LOG_SECONDS
    while (left := limit - time.monotonic()) > 0:
        try:
            line = worker._stderr_queue.get(timeout=left)
        except queue.Empty:
            break
        if line == END_OF_LOG:
            break
        lines.append(line)
    return "\n".join(lines)
