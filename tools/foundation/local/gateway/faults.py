"""Injected faults: calls that fail or are slow on purpose, whoever makes them.

They stand in front of everything, so they hit the CDK CLI and deployed functions alike, control
plane and data plane. PUT /_foundation/faults takes the whole list, DELETE ends them all.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import asdict, dataclass
from typing import Any

from ministack.core import iam_actions, router
from ministack.core.responses import _account_from_sts_session
from ministack.core.router import extract_access_key_id, extract_region

from foundation.local.gateway.admin import Call
from foundation.local.gateway.asgi import Application, Receive, Scope, Send, answer, buffered, headers_of, query_of
from foundation.local.gateway.network import close_connection

_SCOPES = ("region", "services", "accounts", "actions")
_EFFECTS = ("status", "error_code", "message", "delay_ms", "probability", "seed", "count", "drop")


@dataclass
class Fault:
    """What goes wrong, for which calls. An empty condition matches every call.

    `actions` are IAM actions, `*` at the end matches a prefix. `status` 0 only delays by `delay_ms`;
    `drop` closes the connection without an answer. `count` ends the fault after so many calls,
    `probability` with `seed` hits a repeatable share of them.
    """

    region: str = ""
    services: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    status: int = 503
    error_code: str = "ServiceUnavailableException"
    message: str = "injected fault"
    delay_ms: int = 0
    probability: float = 1.0
    seed: int = 0
    count: int = 0
    drop: bool = False
    hits: int = 0

    @classmethod
    def parse(cls, given: Any) -> Fault:
        """Fails with ValueError on a field that isn't known or of the wrong kind."""
        if not isinstance(given, dict):
            raise ValueError(f"a fault is an object, got {given!r}")
        unknown = sorted(set(given) - {*_SCOPES, *_EFFECTS})
        if unknown:
            raise ValueError(f"unknown fields {', '.join(unknown)}; known: {', '.join((*_SCOPES, *_EFFECTS))}")
        for name, kind in (("status", int), ("delay_ms", int), ("count", int), ("seed", int)):
            if not isinstance(given.get(name, 0), kind) or isinstance(given.get(name, 0), bool):
                raise ValueError(f"{name} must be an integer, got {given[name]!r}")
        lists = {name: tuple(str(item) for item in given.get(name) or ()) for name in _SCOPES[1:]}
        return cls(**{**given, **lists, "probability": float(given.get("probability", 1.0))})

    def matches(self, region: str, service: str, account: str, action: str) -> bool:
        return (
            self.region in ("", region)
            and (not self.services or service in self.services)
            and (not self.accounts or account in self.accounts)
            and (not self.actions or any(_same_action(action, pattern) for pattern in self.actions))
        )


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._random: list[random.Random] = []

    async def admin(self, call: Call) -> tuple[int, Any]:
        """GET, PUT (a list) or DELETE /_foundation/faults."""
        if call.method == "PUT":
            if not isinstance(call.body, list):
                return 400, {"code": "GF-LOCAL-030", "message": f"faults must be a JSON list, got {call.body!r}"}
            try:
                self._set([Fault.parse(item) for item in call.body])
            except (TypeError, ValueError) as error:
                return 400, {"code": "GF-LOCAL-031", "message": f"fault: {error}"}
        elif call.method == "DELETE":
            self._set([])
        elif call.method != "GET":
            return 405, {"code": "GF-LOCAL-032", "message": f"faults take GET, PUT or DELETE, not {call.method}"}
        return 200, [asdict(fault) for fault in self._faults]

    def intercept(
        self, region: str, service: str, account: str, operation: str
    ) -> tuple[int, dict[str, str], bytes] | None:
        """What a call from inside the target meets: CloudFormation's own, into another Region."""
        if not self._faults:
            return None
        namespace = iam_actions.SERVICE_TO_IAM_NAMESPACE.get(service, service)
        fault = self.hit(region, service, account, f"{namespace}:{operation}")
        return _response(service, fault, {}) if fault is not None and fault.status else None

    def any(self) -> bool:
        return bool(self._faults)

    def hit(self, region: str, service: str, account: str, action: str) -> Fault | None:
        """The first fault that this call meets, counted."""
        for fault, chance in zip(self._faults, self._random, strict=True):
            if not fault.matches(region, service, account, action) or (fault.count and fault.hits >= fault.count):
                continue
            if fault.probability < 1.0 and chance.random() >= fault.probability:
                continue
            fault.hits += 1
            return fault
        return None

    def _set(self, faults: list[Fault]) -> None:
        self._faults = faults
        # Repeatable, not secret.
        self._random = [random.Random(fault.seed) for fault in faults]  # noqa: S311


def with_faults(inner: Application, faults: Faults) -> Application:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not faults.any():
            await inner(scope, receive, send)
            return
        headers, query = headers_of(scope), query_of(scope)
        key = extract_access_key_id(headers, query) or ""
        if not key:
            # Unsigned requests belong to no account: the callbacks of custom resources, for one.
            await inner(scope, receive, send)
            return
        body, replay = await buffered(receive)
        service = router.detect_service(scope["method"], scope["path"], headers, query)
        action = iam_actions.extract_iam_action(service, scope["method"], scope["path"], headers, body, query) or ""
        account = _account_from_sts_session(key) or key
        fault = faults.hit(extract_region(headers, query), service, account, action)
        if fault is not None:
            await asyncio.sleep(fault.delay_ms / 1000)
            if fault.drop:
                await close_connection(send)
                return
            if fault.status:
                status, answered, content = _response(service, fault, headers)
                await answer(send, status, content, answered)
                return
        await inner(scope, replay, send)

    return application


def _response(service: str, fault: Fault, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """The error in the service's own protocol, so that SDKs parse and retry it as they would AWS's."""
    _, answered, content = iam_actions.access_denied_response(
        service, "", "", "injected", error_code=fault.error_code, message=fault.message, headers=headers
    )
    more = {"x-amzn-errortype": fault.error_code} if content[:1] == b"{" else {}
    return fault.status, {**{name.lower(): value for name, value in answered.items()}, **more}, content


def _same_action(action: str, pattern: str) -> bool:
    return action.startswith(pattern[:-1]) if pattern.endswith("*") else action == pattern
