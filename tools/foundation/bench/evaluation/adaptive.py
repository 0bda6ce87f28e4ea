"""The baseline of section evaluation-quota: plain threads, and botocore's adaptive retry mode in front of the quota."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import ClientError

from genai_runtime.evaluation.calls.target import Target
from genai_runtime.evaluation.case import Case

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient

THREADS: Final = 16
ATTEMPTS: Final = 20
"""So many that hardly a case is given up: what is compared is how the quota is filled."""
ADAPTIVE: Final = Config(
    retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS}, max_pool_connections=THREADS, read_timeout=120
)


@dataclass
class Counted:
    """Attempts that a client made, retries included."""

    attempts: int = 0
    throttled: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, parsed_response: dict[str, Any], **_more: Any) -> None:
        """Handler of botocore's event response-received."""
        with self._lock:
            self.attempts += 1
            self.throttled += parsed_response.get("Error", {}).get("Code") == "ThrottlingException"


def counting(client: BedrockRuntimeClient, counted: Counted) -> BedrockRuntimeClient:
    """The client, with its attempts counted."""
    client.meta.events.register("response-received.bedrock-runtime", counted)
    return client


def ask_all(target: Target, cases: Sequence[Case]) -> tuple[int, float]:
    """Ask every case once; how many were answered, and when the last of them was (seconds since the epoch)."""
    ended: list[float] = []

    def ask(case: Case) -> None:
        try:
            target.ask(case)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ThrottlingException":
                raise
        else:
            ended.append(time.time())

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(ask, cases))
    return len(ended), max(ended)
