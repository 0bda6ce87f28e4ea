"""Condition keys of the organisation, of who calls, and of calls that no service makes on a caller's behalf."""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

from foundation.local.organization import organization

# True for every call here: services inside the target don't pass policies when they call each other.
_DIRECT = {"aws:principalisawsservice": "false", "aws:viaawsservice": "false"}


def install() -> None:
    upstream = iam_evaluator._resolve_condition_key

    def resolve_condition_key(key: str, context: Any) -> Any:
        name = key.lower()
        if name == "aws:resourceorgid":
            owner = iam_evaluator._account_from_arn(context.resource_arn) or context.principal_account
            return organization.id_of(owner)
        if name == "aws:principalarn":
            return principal_arn(context.principal_arn)
        found = upstream(key, context)
        return _DIRECT.get(name) if found is None else found

    iam_evaluator._principal_org_id = organization.id_of
    iam_evaluator._resolve_condition_key = resolve_condition_key


def principal_arn(caller: str) -> str:
    """What aws:PrincipalArn says of a caller: of an assumed role's session the role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    account, _, session = caller.partition(":assumed-role/")
    if not session:
        return caller
    account = account.rpartition(":")[2]
    name = session.partition("/")[0]
    record = iam._roles.get_scoped(account, None, name)
    return str(record["Arn"]) if record else f"arn:aws:iam::{account}:role/{name}"
