"""Sessions with tags: who may pass them, which of them the next session of a chain inherits.

Passing tags needs sts:TagSession of the caller as well as of the role's trust policy. Transitive tags
are passed on by every further AssumeRole, and can't be set anew.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.router import extract_access_key_id
from ministack.services import sts

from foundation.local.authorization.checks import Check, Request

_TRANSITIVE = "FoundationTransitiveTagKeys"
# The session that calls STS, and the keys that the request makes transitive.
_caller: contextvars.ContextVar[Mapping[str, Any] | None] = contextvars.ContextVar(
    "foundation_sts_caller", default=None
)
_transitive: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("foundation_transitive", default=())


def install() -> None:
    upstream_handle, upstream_tags = sts.handle_request, sts._session_tags
    upstream_register, upstream_key = sts.register_session, iam_evaluator._resolve_condition_key

    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        session = sts._sessions.get(extract_access_key_id(headers, query) or "") or {}
        outer, keys = _caller.set(session), _transitive.set(())
        try:
            return await upstream_handle(method, path, headers, body, query)
        finally:
            _caller.reset(outer)
            _transitive.reset(keys)

    def session_tags(params: Any, check: bool = True) -> Any:
        own, failure = upstream_tags(params, check)
        if failure:
            return own, failure
        calling = _caller.get() or {}
        keys = calling.get(_TRANSITIVE, ())
        inherited = [tag for tag in calling.get("SessionTags") or [] if tag["Key"].lower() in keys]
        again = sorted({tag["Key"].lower() for tag in inherited} & {tag["Key"].lower() for tag in own})
        if again:
            message = (
                f"One or more tag keys are inherited from the calling session and can't be set: {', '.join(again)}"
            )
            return None, sts._error(400, "InvalidParameterValue", message, ns="sts")
        _transitive.set((*keys, *(key.lower() for key in _transitive_keys(params))))
        return [*own, *inherited], None

    def register_session(access_key: str, session: dict[str, Any]) -> None:
        if _transitive.get():
            session[_TRANSITIVE] = _transitive.get()
        upstream_register(access_key, session)

    def resolve_condition_key(key: str, context: Any) -> Any:
        if key.lower() == "sts:transitivetagkeys":
            return list(_transitive.get()) or upstream_key(key, context)
        return upstream_key(key, context)

    sts.handle_request = handle_request
    sts._session_tags = session_tags
    sts.register_session = register_session
    iam_evaluator._resolve_condition_key = resolve_condition_key


def permissions(request: Request, check: Check) -> Iterable[Check] | None:
    """AssumeRole with its own condition keys, and sts:TagSession when it passes tags."""
    if check.action != "sts:AssumeRole":
        return None
    params = _params(request)
    keys = {
        "sts:RoleSessionName": sts._p(params, "RoleSessionName", None),
        "sts:ExternalId": sts._p(params, "ExternalId", None),
    }
    if transitive := _transitive_keys(params):
        keys["sts:TransitiveTagKeys"] = transitive
    given = {key: value for key, value in keys.items() if value}
    assumed = replace(check, context={**check.context, **given})
    tags, _ = sts._session_tags(params, check=False)
    return [assumed, replace(assumed, action="sts:TagSession")] if tags else [assumed]


def _params(request: Request) -> dict[str, Any]:
    """The request's parameters, of the query protocol or of the JSON one."""
    if request.body[:1] != b"{":
        return dict(request.query)
    return {key: value if isinstance(value, list) else [str(value)] for key, value in json.loads(request.body).items()}


def _transitive_keys(params: Any) -> list[str]:
    given = params.get("TransitiveTagKeys")
    found = [str(key) for key in given] if isinstance(given, list) else []
    while key := sts._p(params, f"TransitiveTagKeys.member.{len(found) + 1}"):
        found.append(key)
    return found
