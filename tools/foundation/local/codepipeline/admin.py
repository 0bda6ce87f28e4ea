"""The endpoints that the walker uses: it posts what it does and waits for answers; services' sessions.

POST /_foundation/codepipeline {"account", "region", "do", …}:
  `execution` posts one, `job` opens one, or again for its next answer, `wait` for the answer of a `job` or an `approval`.
POST /_foundation/sessions: {"service", "role", "source", "session", "context"} or {"account", "email"} -> credentials.
POST /_foundation/permission: {"key", "account", "region", "action", "resource"} -> {"denied": why or null}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core.responses import request_scope

from foundation.local.authorization import service_sessions
from foundation.local.authorization.service_sessions import Asked, Refused
from foundation.local.codepipeline import store
from foundation.local.codepipeline.waiting import wait_for
from foundation.local.gateway.admin import Call, Route

# Longer waits are asked for again, so that an ended walker doesn't keep a request.
LONGEST_WAIT = 25.0


def routes(mark: Callable[[str], None]) -> dict[str, Route]:
    """`mark` tells the journal which account changed."""

    async def codepipeline(call: Call) -> tuple[int, Any]:
        account = str(call.body["account"])
        with request_scope(account, str(call.body["region"])):
            answer = await _do(call.body)
        mark(account)
        return answer

    return {"codepipeline": codepipeline, "sessions": _sessions, "permission": _permission}


async def _do(given: dict[str, Any]) -> tuple[int, Any]:
    match given["do"]:
        case "execution":
            name = given["execution"]["pipeline"]
            if store.structure(name) is None:
                where = f"{given['account']} {given['region']}"
                return _refused("GF-LOCAL-091", f"no pipeline {name} is deployed in {where}: deploy it")
            store.put_execution(given["execution"])
            return 200, None
        case "job":
            # What comes is another answer; `follow` stays, for a walker that goes on after one that was killed at that.
            known = store.job(given["id"]) or {"status": "InProgress", "follow": ""}
            store.put_job(given["id"], {**known, "continuation": ""})
            return 200, store.job(given["id"])
        case "wait":
            seconds = min(float(given["seconds"]), LONGEST_WAIT)
            return 200, await wait_for(lambda: _answer(given["kind"], given["id"]), seconds)
        case other:
            return _refused("GF-LOCAL-090", f"codepipeline knows execution, job and wait, not {other}")


def _answer(kind: str, identifier: str) -> dict[str, Any] | None:
    if kind == "approval":
        return store.approval(identifier)
    found = store.job(identifier)
    return found if found and (found["status"] != "InProgress" or found["continuation"]) else None


async def _sessions(call: Call) -> tuple[int, Any]:
    given = call.body
    if "email" in given:
        return 200, service_sessions.for_person(str(given["account"]), str(given["email"]))
    asked = Asked(given["service"], given["role"], given["source"], given["session"], given.get("context", {}))
    try:
        return 200, service_sessions.for_service(asked)
    except Refused as error:
        return _refused("GF-LOCAL-092", f"{error}: correct the role's trust policy (aws:SourceArn is {asked.source})")


async def _permission(call: Call) -> tuple[int, Any]:
    given = call.body
    names = ("key", "account", "region", "action", "resource")
    return 200, {"denied": service_sessions.denial(*(str(given[name]) for name in names))}


def _refused(code: str, message: str) -> tuple[int, Any]:
    return 400, {"code": code, "message": message}
