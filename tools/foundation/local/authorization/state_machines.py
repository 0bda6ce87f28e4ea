"""What a state machine does needs a permission of its role: invoking functions, reading items, starting children.

ministack does it inside the process, where no request passes its policy engine.
"""

from __future__ import annotations

import contextvars
from dataclasses import dataclass

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

from foundation.local.authorization import keys
from foundation.local.authorization.checks import Check, Request


@dataclass(frozen=True)
class Caller:
    """The role of the running execution, and the execution as the session's name."""

    role_arn: str
    execution: str

    @property
    def role(self) -> str:
        return self.role_arn.rpartition("/")[2]

    @property
    def arn(self) -> str:
        return f"arn:aws:sts::{self.role_arn.split(':')[4]}:assumed-role/{self.role}/{self.execution}"


# Children and tasks run in threads that copy the context.
caller: contextvars.ContextVar[Caller | None] = contextvars.ContextVar("foundation_state_machine", default=None)


def denial_of_invoke(function: str) -> str | None:
    """Why the execution may not invoke a function, by name or ARN; None when it may."""
    arn = function
    if not arn.startswith("arn:"):
        arn = f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{function}"
    return _denial([Check("lambda:InvokeFunction", arn, "lambda")])


def denial_of_object(bucket: str, key: str) -> str | None:
    """Why the execution may not read an object, or use the key that it is under; None when it may."""
    check = Check("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", "s3")
    request = Request("s3", "GET", f"/{bucket}/{key}", {}, b"", {}, get_region(), get_account_id())
    return _denial(list(keys.permissions(request, check) or [check]))


def denial_of_children(state_machine_arn: str) -> str | None:
    """Why the execution may not start children of a Distributed Map; None when it may."""
    return _denial([Check("states:StartExecution", state_machine_arn, "states")])


def _denial(needed: list[Check]) -> str | None:
    acting = caller.get()
    return None if acting is None else denial(acting, needed)


def denial(acting: Caller, needed: list[Check]) -> str | None:
    """Why a role lacks one of the permissions; None when it has them all."""
    account = acting.role_arn.split(":")[4]
    policies = iam_evaluator._gather_role_policies(acting.role, account)
    limits = iam_evaluator._permissions_boundary(iam._roles, acting.role, account)
    for check in needed:
        context = iam_evaluator.EvalContext(
            principal_arn=acting.arn,
            principal_type="AssumedRole",
            principal_account=account,
            action=check.action,
            resource_arn=check.resource,
            region=get_region(),
            service_context={key.lower(): value for key, value in check.context.items()},
        )
        result = iam_evaluator.evaluate(context, policies, *limits)
        found = iam_evaluator._resource_policy(check.service, check.resource)
        if found is not None:
            required = check.service in iam_evaluator._POLICY_REQUIRED
            result = iam_evaluator.combine_resource_policy(result, context, *found, required=required, limits=limits)
        if result.decision != "Allow":
            explicit = result.decision == "Deny"
            reason: str = iam_actions.identity_denial_message(check.action, acting.arn, check.resource, explicit)
            return reason
    return None
