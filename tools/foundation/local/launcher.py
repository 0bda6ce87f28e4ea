"""The target's process: `python -m foundation.local.launcher --state DIR --port PORT --token TOKEN`.

Sets the environment that ministack reads at import, applies our patches, then serves on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from foundation.local.layout import StateFolder, lambda_python
from foundation.local.pins import check_pin


def main() -> None:
    parser = argparse.ArgumentParser(prog="foundation.local.launcher")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--lambda-python", type=Path, default=lambda_python(), help="interpreter of Python functions")
    given = parser.parse_args()
    check_pin()
    folder = StateFolder(given.state.resolve())
    prepare_environment(folder, given.port, given.lambda_python)

    # ministack reads its environment at import, so it can't be imported before this line.
    from foundation.local.server import serve

    serve(folder, given.port, given.token)


def prepare_environment(folder: StateFolder, port: int, python: Path) -> None:
    """Set what ministack reads: loopback only, IAM enforced, state below our folder, no extra listeners."""
    os.environ.update(
        {
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "AUTH": "true",
            # Our journal keeps the state; ministack's own save at shutdown would lose it on a kill.
            "PERSIST_STATE": "0",
            "STATE_DIR": str(folder.root / "unused"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(folder.objects),
            "TMPDIR": str(folder.temporary),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            # AWS waits a minute, then two, before it repeats an asynchronous invocation that failed.
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.5",
            "FOUNDATION_LAMBDA_PYTHON": str(python),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
    )


if __name__ == "__main__":
    main()
