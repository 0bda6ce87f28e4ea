"""One request, all the permissions it needs.

ministack asks its policy engine once per request: one action on one resource. Calls of Bedrock
models and of data under a customer key need several; `enforce` here asks for each of them and
then for the policy of the VPC endpoint that the caller's function came through.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id


@dataclass(frozen=True)
class Check:
    """One permission: an action on a resource, with the request's own condition keys."""

    action: str
    resource: str
    service: str
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What ministack knows when it looks for a request's resource."""

    service: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: Mapping[str, Any]
    region: str
    account: str


# Replaces a request's permission by others, None to leave it: (request, permission) -> permissions.
Expansion = Callable[[Request, Check], Iterable[Check] | None]
# Asks for more once all permissions are granted: (access key, permission) -> a denial or None.
Afterwards = Callable[[str, str, Check], Any]

# How many policies are kept parsed; a changed policy is another text.
_POLICIES = 2048

expansions: list[Expansion] = []
afterwards: list[Afterwards] = []
_request: contextvars.ContextVar[Request | None] = contextvars.ContextVar("foundation_request", default=None)
# Callers of the current request, which is asked for several permissions.
_principals: contextvars.ContextVar[dict[Any, Any] | None] = contextvars.ContextVar(
    "foundation_principals", default=None
)
_reason: contextvars.ContextVar[str] = contextvars.ContextVar("foundation_denial_reason", default="")


def install() -> None:
    """Stand in front of ministack's policy engine."""
    upstream_resource, upstream_enforce = iam_actions.extract_resource_arn, iam_evaluator.enforce
    upstream_response = iam_actions.access_denied_response
    upstream_resolve, upstream_parse = iam_evaluator.resolve_principal, iam_evaluator.parse_policy_document
    parsed = lru_cache(_POLICIES)(upstream_parse)

    def parse_policy_document(doc: Any) -> Any:
        return parsed(doc) if isinstance(doc, str) else upstream_parse(doc)

    def resolve_principal(access_key_id: str, account_id: str, credential: Any = None) -> Any:
        known = _principals.get()
        if known is None:
            return upstream_resolve(access_key_id, account_id, credential)
        key = (access_key_id, account_id)
        if key not in known:
            known[key] = upstream_resolve(access_key_id, account_id, credential)
        return known[key]

    def extract_resource_arn(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        params: Any,
        region: str,
        account: str,
    ) -> str:
        _request.set(Request(service, method, path, headers, body, params or {}, region, account))
        _principals.set({})
        _reason.set("")
        found: str = upstream_resource(service, method, path, headers, body, params, region, account)
        return found

    def enforce(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        for check in _permissions(Check(iam_action, resource_arn, service, service_context or {})):
            denied = upstream_enforce(
                access_key_id, check.action, check.service, region, check.resource, check.context or None
            ) or foreign_root(access_key_id, region, check)
            for after in () if denied else afterwards:
                denied = denied or after(access_key_id, region, check)
            if denied:
                _explain(denied, check)
                return denied
        return None

    def access_denied_response(*given: Any, **named: Any) -> Any:
        if _reason.get() and not named.get("message") and not named.get("error_code"):
            named["message"] = _reason.get()
        return upstream_response(*given, **named)

    iam_actions.extract_resource_arn = extract_resource_arn
    iam_actions.access_denied_response = access_denied_response
    iam_evaluator.enforce = enforce
    iam_evaluator.resolve_principal = resolve_principal
    iam_evaluator.parse_policy_document = parse_policy_document


def _permissions(check: Check) -> Iterable[Check]:
    request = _request.get()
    if request is None or request.service != check.service:
        return (check,)
    for expansion in expansions:
        expanded = expansion(request, check)
        if expanded is not None:
            return expanded
    return (check,)


def deny(principal_arn: str, reason: str, *, explicit: bool = False) -> Any:
    """A denial whose message is `reason`."""
    _reason.set(reason)
    return iam_evaluator.EvalResult("Deny" if explicit else "ImplicitDeny", principal_arn)


def _explain(denied: Any, check: Check) -> None:
    """Name the permission that was missing: of several, ministack would name the first."""
    if not isinstance(denied, iam_evaluator.EvalResult) or _reason.get():
        return
    if denied.resource_policy_arn:
        return
    _reason.set(
        iam_actions.identity_denial_message(
            check.action, denied.principal_arn, check.resource, denied.decision == "Deny"
        )
    )


def context_of(access_key_id: str, region: str, check: Check) -> Any:
    """The evaluation context of a caller and a permission, None for credentials that don't resolve."""
    principal = iam_evaluator.resolve_principal(access_key_id, get_account_id())
    if isinstance(principal, iam_evaluator.AuthError):
        return None
    return iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=check.action,
        resource_arn=check.resource,
        region=region,
        service_context={key.lower(): value for key, value in check.context.items()},
        principal_keys=principal.keys,
    )


def foreign_root(access_key_id: str, region: str, check: Check) -> Any:
    """ministack lets an account's root do everything; in another account the resource's policy decides."""
    if not iam_evaluator.is_root_access_key(access_key_id or ""):
        return None
    found = iam_evaluator._resource_policy(check.service, check.resource)
    if found is None or found[1] in (None, get_account_id()):
        return None
    context = context_of(access_key_id, region, check)
    result = iam_evaluator.evaluate_resource_policy(found[0], context)
    if result.decision == "Allow":
        return None
    return deny(
        context.principal_arn,
        f"User: {context.principal_arn} is not authorized to perform: {check.action} on resource: {check.resource} "
        f"because no resource-based policy allows the {check.action} action",
        explicit=result.decision == "Deny",
    )
