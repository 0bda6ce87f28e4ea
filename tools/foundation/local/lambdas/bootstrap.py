"""Runs inside a function's process, on the bare interpreter of build/lambda-python: no import but the standard library's.

Speaks ministack's protocol: the first line on stdin describes the function, each further one is an
invocation; answers are lines on what was stdout when the process started. Everything a handler
prints, through any file descriptor, goes to the log instead.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import site
import sys
import time
import traceback
from typing import Any, TextIO

# The function's runtime: ministack's side puts the real one here.
RUNTIME = "python3.13"
# Ends the log lines of an invocation on stderr.
END_OF_LOG = "\x1eEND"
# Marks a result that is a handler's error: the process lives on, as on AWS.
FAILED = "__foundation_handler_error__"
# File in a layer that names the folder of its content, which all processes share.
LAYER_POINTER = "foundation-layer"
# The target's variable with the API of its repository host.
REPOSITORY_HOST = "FOUNDATION_REPOSITORY_HOST"
# What a function's environment holds beside its own variables. Anything else is the target's.
_KEPT = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL", "AWS_DISABLE_HOST_PREFIX_INJECTION", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME", "LAMBDA_TASK_ROOT", "TMPDIR", "_MINISTACK_INVOKE_DEPTH",
)  # fmt: skip
_DEPTH, _DEPTH_HEADER = "_MINISTACK_INVOKE_DEPTH", "X-Ministack-Invoke-Depth"


class LambdaContext:
    """The context object of one invocation."""

    def __init__(self, call: dict[str, Any], init: dict[str, Any]) -> None:
        self.aws_request_id: str = call.get("request_id", "")
        self.invoked_function_arn: str = call.get("invoked_function_arn") or init.get("arn", "")
        self.function_name: str = init.get("function_name", "")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        self.memory_limit_in_mb = str(init.get("memory", 128))
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME", f"/aws/lambda/{self.function_name}")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + call.get("timeout_ms", 3000) / 1000

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    init = json.loads(sys.stdin.readline())
    layers = [folder for folder in os.environ.get("_LAMBDA_LAYERS_DIRS", "").split(os.pathsep) if folder]
    _set_environment(init)
    _set_path(init["code_dir"], layers)
    _log_as_lambda_does()
    _pass_call_depth_on()
    try:
        handler = getattr(importlib.import_module(init["module"]), init["handler"])
    except BaseException as error:  # noqa: BLE001 - AWS reports any failure of the init phase, SystemExit included
        traceback.print_exc()
        _answer(answers, {"status": "error", "error": f"{type(error).__name__}: {error}"})
        return
    _answer(answers, {"status": "ready", "cold": True})
    for line in sys.stdin:
        _answer(answers, {"status": "ok", "result": _invoke(handler, json.loads(line), init)})


def _answer(answers: TextIO, content: dict[str, Any]) -> None:
    sys.stdout.flush()
    print(END_OF_LOG, file=sys.stderr, flush=True)
    answers.write(json.dumps(content) + "\n")


def _invoke(handler: Any, message: dict[str, Any], init: dict[str, Any]) -> Any:
    call = message.get("ctx") or {}
    for name, value in (("_X_AMZN_TRACE_ID", call.get("trace_id")), (_DEPTH, call.get("depth"))):
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = str(value)
    try:
        result = handler(message["event"], LambdaContext(call, init))
        json.dumps(result)
    except Exception as error:  # noqa: BLE001 - every error of a handler is its answer
        return {FAILED: _described(error, call.get("request_id", ""))}
    return result


def _described(error: Exception, request_id: str) -> dict[str, Any]:
    """The payload of a function error, and its log line."""
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
    print(f"[ERROR] {type(error).__name__}: {error}\nTraceback (most recent call last):\n{''.join(frames)}", flush=True)
    return {
        "errorMessage": str(error), "errorType": type(error).__name__, "requestId": request_id, "stackTrace": frames,
    }  # fmt: skip


def _set_environment(init: dict[str, Any]) -> None:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    own = {name: str(value) for name, value in (init.get("env") or {}).items()}
    if "TOKEN_SECRET" in own:
        own["API_URL"] = os.environ.get(REPOSITORY_HOST, own.get("API_URL", ""))
    os.environ.clear()
    os.environ.update(
        {
            **kept,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{RUNTIME}",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "_HANDLER": f"{init['module']}.{init['handler']}",
            # Nothing of the host's AWS configuration.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            # AWS_ENDPOINT_URL for MLflow's plugin; empty means AWS.
            "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": kept.get("AWS_ENDPOINT_URL", ""),
            **own,
        }
    )


def _set_path(code: str, layers: list[str]) -> None:
    """AWS's order: the function's code, its layers, the runtime's own boto3."""
    # The first entry is this script's folder.
    runtime = sys.path[1:]
    sys.path[:] = [code]
    sys.dont_write_bytecode = False  # whoever imports a shared layer's module first compiles it for all
    for layer in map(_content, layers):
        folder = os.path.join(layer, "python")  # noqa: PTH118 - pathlib isn't needed for a cold start
        sys.path.append(folder)
        library = os.path.join(folder, "lib")  # noqa: PTH118
        for version in os.listdir(library) if os.path.isdir(library) else ():  # noqa: PTH112, PTH208
            site.addsitedir(os.path.join(library, version, "site-packages"))  # noqa: PTH118
    sys.path.extend(runtime)


def _content(layer: str) -> str:
    """Folder of a layer's content."""
    try:
        with open(os.path.join(layer, LAYER_POINTER), encoding="utf-8") as pointer:  # noqa: PTH118, PTH123
            return pointer.read()
    except FileNotFoundError:
        return layer


def _log_as_lambda_does() -> None:
    """The root logger writes to the log at WARNING and above, in Lambda's format."""
    handler = logging.StreamHandler(sys.stdout)
    formatter = logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(message)s", datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)


def _pass_call_depth_on() -> None:
    """Tell ministack, which ends endless loops, how deep a function's own invocations are."""
    try:
        import botocore.handlers
    except ImportError:
        return

    def add_depth(params: dict[str, Any], **_: Any) -> None:
        depth = os.environ.get(_DEPTH)
        if depth:
            params["headers"].setdefault(_DEPTH_HEADER, depth)

    botocore.handlers.BUILTIN_HANDLERS.append(("before-call", add_depth))


if __name__ == "__main__":
    main()
