"""The target's own endpoints, below /_foundation/."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ministack.services import cloudformation

from foundation.local.gateway.asgi import Application, Receive, Scope, Send, answer_json, read_body
from foundation.local.layout import StateFolder
from foundation.local.organization import organization

PREFIX = "/_foundation/"


@dataclass(frozen=True)
class Call:
    """A request to one of these endpoints; `body` is its JSON, None without one."""

    method: str
    body: Any


# Answers a call with a status and what becomes the JSON body.
Route = Callable[[Call], Awaitable[tuple[int, Any]]]


@dataclass(frozen=True)
class Identity:
    """Which target answers: `up` compares the token with the one it started."""

    folder: StateFolder
    port: int
    token: str


@dataclass(frozen=True)
class Control:
    """What the endpoints ask the server: POST settings reads the settings file again; `failure` is why state isn't kept."""

    routes: dict[str, Route]
    load_settings: Callable[[], None]
    is_ready: Callable[[], bool]
    failure: Callable[[], str]


def with_admin(inner: Application, identity: Identity, control: Control) -> Application:
    """Answer /_foundation/… here and pass everything else on."""

    async def health(_: Call) -> tuple[int, Any]:
        stacks = stack_summaries()
        return 200, {
            "token": identity.token,
            "ready": control.is_ready(),
            "failure": control.failure(),
            "pid": os.getpid(),
            "port": identity.port,
            "state": str(identity.folder.root),
            "accounts": sorted({stack["account"] for stack in stacks}),
            "regions": sorted({stack["region"] for stack in stacks}),
            "stacks": stacks,
        }

    async def settings(_: Call) -> tuple[int, Any]:
        control.load_settings()
        return 200, {"organization_id": organization.settings.organization_id}

    known: dict[str, Route] = {"health": health, "settings": settings, **control.routes}

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await inner(scope, receive, send)
            return
        route = known.get(scope["path"].removeprefix(PREFIX))
        if route is None:
            await answer_json(send, 404, {"code": "GF-LOCAL-020", "message": f"no endpoint {scope['path']}"})
            return
        raw = await read_body(receive)
        try:
            body = json.loads(raw) if raw else None
        except ValueError as error:
            await answer_json(send, 400, {"code": "GF-LOCAL-021", "message": f"the body is no JSON: {error}"})
            return
        status, content = await route(Call(scope["method"], body))
        await answer_json(send, status, content)

    return application


def stack_summaries() -> list[dict[str, str]]:
    """Every stack that exists, in all accounts and Regions."""
    found = []
    for (account, region, _), stack in cloudformation._stacks.all_items():
        if stack.get("StackStatus") not in {"DELETE_COMPLETE", "REVIEW_IN_PROGRESS"}:
            found.append(
                {"account": account, "region": region, "name": stack["StackName"], "status": stack["StackStatus"]}
            )
    return sorted(found, key=lambda stack: (stack["account"], stack["region"], stack["name"]))
