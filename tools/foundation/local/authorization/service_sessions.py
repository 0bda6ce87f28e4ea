"""Credentials that AWS services hand out: a role for CodeBuild or CodePipeline, a person who signed in.

A service gets a role only as its trust policy says, with aws:SourceArn and aws:SourceAccount. A session
of CodeBuild carries codebuild:projectArn and codebuild:buildArn, whatever it calls; a session of the same
role that was got otherwise doesn't.
https://docs.aws.amazon.com/codebuild/latest/userguide/permissions-conditionkeys-variables.html
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_region, request_scope
from ministack.services import iam, sts

from foundation.local.inprocess import client

_CONTEXT = "FoundationContext"
SECONDS = 3600
# What an administrator of IAM Identity Center grants approvers: roles of this account, nothing else.
_PERSON_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"}],
}
# IAM Identity Center's own way in, which no caller here takes.
_SIGN_IN = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sso.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_PERMISSION_SET = "FoundationPerson"


class Refused(Exception):
    """The role can't be had; the message says why."""


@dataclass(frozen=True)
class Asked:
    """A service asks for a role: `source` is the ARN of its own resource, `context` what its sessions carry."""

    service: str
    role_arn: str
    source: str
    session: str
    context: Mapping[str, str] = field(default_factory=dict)


def install() -> None:
    upstream = iam_evaluator._principal_keys

    def principal_keys(credential: Any) -> dict[str, Any]:
        session = sts._sessions.get(credential.access_key_id) or {}
        return {**upstream(credential), **session.get(_CONTEXT, {})}

    iam_evaluator._principal_keys = principal_keys
    sts._principal_keys = principal_keys


def for_service(asked: Asked) -> dict[str, str]:
    """Credentials of the role. Raises Refused when its trust policy doesn't admit the service for this source."""
    account, name = asked.role_arn.split(":")[4], asked.role_arn.rpartition("/")[2]
    role = iam._roles.get_scoped(account, None, name)
    if role is None or not _trusts(role, asked, account):
        raise Refused(f"{asked.service} is not authorized to perform: sts:AssumeRole on resource: {asked.role_arn}")
    context = {key.lower(): value for key, value in asked.context.items()}
    return _session(account, role, asked.session, {_CONTEXT: context})


def for_person(account: str, email: str) -> dict[str, str]:
    """Credentials as IAM Identity Center gives them: the session's name and its tag `email` are the person's address.

    Its permission set may assume roles and nothing else, so that their trust policies decide.
    """
    name = f"AWSReservedSSO_{_PERMISSION_SET}_{hashlib.sha256(account.encode()).hexdigest()[:16]}"
    with request_scope(account, get_region()):
        if iam._roles.get(name) is None:
            api = client("iam")
            api.create_role(
                RoleName=name, Path="/aws-reserved/sso.amazonaws.com/", AssumeRolePolicyDocument=json.dumps(_SIGN_IN)
            )
            api.put_role_policy(RoleName=name, PolicyName="permissions", PolicyDocument=json.dumps(_PERSON_POLICY))
        role = iam._roles[name]
    return _session(account, role, email, {"SessionTags": [{"Key": "email", "Value": email}]})


def denial(access_key: str, account: str, region: str, action: str, resource: str) -> str | None:
    """Why the credentials may not do something that no request of this target does; None when they may."""
    with request_scope(account, region):
        found = iam_evaluator.enforce(access_key, action, action.partition(":")[0], region, resource)
        if not found:
            return None
        if isinstance(found, iam_evaluator.AuthError):
            return str(found.message)
        explicit = found.decision == "Deny"
        return str(iam_actions.identity_denial_message(action, found.principal_arn, resource, explicit))


def _trusts(role: Mapping[str, Any], asked: Asked, account: str) -> bool:
    """Whether a statement of the trust policy names the service and its conditions hold; a Deny wins."""
    document = role.get("AssumeRolePolicyDocument") or "{}"
    statements = (json.loads(document) if isinstance(document, str) else document).get("Statement", [])
    context = iam_evaluator.EvalContext(
        principal_arn=asked.service,
        principal_type="Service",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn=str(role["Arn"]),
        region=get_region(),
        service_context={
            "aws:sourcearn": asked.source,
            "aws:sourceaccount": asked.source.split(":")[4],
            "sts:rolesessionname": asked.session,
        },
    )
    allowed = False
    for statement in [statements] if isinstance(statements, dict) else statements:
        principal = statement.get("Principal", {})
        named = principal == "*" or iam_evaluator._service_principal_matches(principal, asked.service)
        actions = statement.get("Action", [])
        acts = iam_evaluator._action_matches(context.action, [actions] if isinstance(actions, str) else actions, [])
        if not (named and actions and acts and iam_evaluator._conditions_met(statement.get("Condition", {}), context)):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = True
    return allowed


def _session(account: str, role: Mapping[str, Any], name: str, more: Mapping[str, Any]) -> dict[str, str]:
    key, secret, token = sts._gen_session_access_key(), sts._gen_secret(), sts._gen_session_token()
    session = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/{name}",
        "UserId": f"{role['RoleId']}:{name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": time.time() + SECONDS,
        "AccountId": account,
        "PrincipalType": "AssumedRole",
        "SessionTags": [],
        "SessionPolicies": None,
        **more,
    }
    sts.register_session(key, session)
    return {"AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": token, "Arn": str(session["Arn"])}
