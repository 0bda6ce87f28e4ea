"""CloudFormation's custom resource protocol: read the request, act, always answer exactly once.

Written here instead of taken from `crhelper` (last release in October 2024): it is this one file, and these functions
carry no layer.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from botocore.config import Config

RequestType = Literal["Create", "Update", "Delete"]

# Bounds every call well inside the function's time.
CLIENT_CONFIG = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})

# Physical id of a creation that failed. CloudFormation then asks to delete it, and nothing must be deleted.
NEVER_CREATED = "never-created"

_REASON_CHARACTERS = 1500  # CloudFormation takes 4096 bytes for the whole answer
_SEND_SECONDS = 10
_SEND_PAUSES = (1.0, 2.0, 4.0)  # seconds between the attempts to deliver the answer
_RESERVE_SECONDS = 15.0  # kept of the function's time to say that it ran out


class ResourceError(Exception):
    """A failure that the person who deploys can fix; the message carries its code and what to do."""


class Context(Protocol):
    """What is used of the Lambda context."""

    aws_request_id: str
    log_stream_name: str

    def get_remaining_time_in_millis(self) -> int: ...


@dataclass(frozen=True)
class Request:
    """One life-cycle event of a custom resource."""

    type: RequestType
    resource_type: str
    properties: Mapping[str, Any]
    physical_id: str | None

    def text(self, name: str) -> str:
        """A required string property. Raises ResourceError when it is missing, empty or not a string."""
        value = self.properties.get(name)
        if not isinstance(value, str) or not value:
            raise ResourceError(f"{name} is missing or empty: GF-CRS-001: set the property {name} in the template")
        return value


@dataclass(frozen=True)
class Answer:
    """The resource's identity and attributes. A changed physical id makes CloudFormation delete the old one."""

    physical_id: str
    data: Mapping[str, str]


Action = Callable[[Request], Answer]


def serve(event: Mapping[str, Any], context: Context, action: Action) -> None:
    """Run `action` for a custom resource event and tell CloudFormation the outcome.

    Every failure becomes a FAILED answer with its reason, the nearing end of the function's time too: without an answer
    a stack waits for an hour. Raises only when the answer can't be delivered, so that Lambda counts an error and tries
    the event again; actions are idempotent for that reason.
    """
    reply = _Reply(event, context)
    seconds = max(context.get_remaining_time_in_millis() / 1000 - _RESERVE_SECONDS, 1.0)
    watchdog = threading.Timer(seconds, reply.failed, ["out of time: GF-CRS-003: raise the function's time-out"])
    watchdog.daemon = True
    watchdog.start()
    try:
        answer = action(_request(event))
    except ResourceError as error:
        reply.failed(str(error))
    except Exception as error:  # noqa: BLE001 the boundary: whatever it is, CloudFormation must hear of it
        reply.failed(f"{type(error).__name__}: {error}: GF-CRS-002: see the function's log")
    else:
        reply.send("SUCCESS", answer, "")
    finally:
        watchdog.cancel()


def log(message: str, fields: Mapping[str, Any]) -> None:
    """Write one JSON line to the function's log."""
    print(json.dumps({"message": message, **fields}, default=str), flush=True)


def _request(event: Mapping[str, Any]) -> Request:
    kind = event.get("RequestType")
    if kind not in ("Create", "Update", "Delete"):
        raise ResourceError(f"unknown request type {kind!r}: GF-CRS-001: expected Create, Update or Delete")
    properties = event.get("ResourceProperties") or {}
    return Request(kind, str(event.get("ResourceType")), properties, event.get("PhysicalResourceId"))


class _Reply:
    """Delivers the first outcome that it is given and drops the others."""

    def __init__(self, event: Mapping[str, Any], context: Context) -> None:
        self._event = event
        self._context = context
        self._lock = threading.Lock()
        self._sent = False

    def failed(self, reason: str) -> None:
        """Answer FAILED under the identity that the resource has, if it has one."""
        identity = self._event.get("PhysicalResourceId") or NEVER_CREATED
        self.send("FAILED", Answer(identity, {}), reason)

    def send(self, status: Literal["SUCCESS", "FAILED"], answer: Answer, reason: str) -> None:
        with self._lock:
            if self._sent:
                return
            trail = f"(log stream {self._context.log_stream_name}, request {self._context.aws_request_id})"
            body = {
                "Status": status,
                "Reason": f"{reason[:_REASON_CHARACTERS]} {trail}".strip(),
                "PhysicalResourceId": answer.physical_id,
                "StackId": self._event["StackId"],
                "RequestId": self._event["RequestId"],
                "LogicalResourceId": self._event["LogicalResourceId"],
                "Data": dict(answer.data),
            }
            log("custom resource", {"request": self._event.get("RequestType"), **{k: body[k] for k in _LOGGED}})
            _put(str(self._event["ResponseURL"]), json.dumps(body).encode())
            self._sent = True


_LOGGED = ("Status", "Reason", "PhysicalResourceId", "StackId", "LogicalResourceId")


def _put(url: str, body: bytes) -> None:
    """PUT the answer to CloudFormation's presigned URL, which is a secret and is never logged."""
    address = urlsplit(url)
    if address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError("the response URL is neither https nor on loopback")
    # S3 signed the URL for an empty content type.
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310
    for pause in (*_SEND_PAUSES, None):
        try:
            with urllib.request.urlopen(request, timeout=_SEND_SECONDS):  # noqa: S310 scheme checked above
                return
        except OSError as error:  # URLError, HTTPError and time-outs
            if pause is None or (isinstance(error, urllib.error.HTTPError) and error.code == 403):
                raise  # a 403 means that the URL has expired; it stays that way
            log("answer not delivered, trying again", {"error": type(error).__name__, "pause_seconds": pause})
            time.sleep(pause)
