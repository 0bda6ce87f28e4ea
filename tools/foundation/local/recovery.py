"""Ends stack operations that a killed target left in progress, so that `cdk deploy` simply works again."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

from foundation.local.patches.cloudformation import UNDER_WAY

logger = logging.getLogger("foundation.recovery")
_REASON = "The local target was killed during the operation"


async def recover(save: Callable[[str], Awaitable[None]]) -> list[str]:
    """Roll back or finish every stack in progress; the names of those stacks, as ACCOUNT/REGION/NAME.

    A first deploy ends ROLLBACK_COMPLETE, an update UPDATE_ROLLBACK_COMPLETE, a delete is carried on.
    """
    done = []
    for (account, region, name), stack in cloudformation._stacks.all_items():
        status = str(stack.get("StackStatus", ""))
        if not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS":
            continue
        with request_scope(account, region):
            try:
                await _end(name, stack, status)
            except Exception as error:
                stack["StackStatus"] = "UPDATE_ROLLBACK_FAILED" if "UPDATE" in status else "ROLLBACK_FAILED"
                stack["StackStatusReason"] = f"{_REASON}, and undoing it failed: {error!r}"
                logger.exception("%s/%s/%s can't be undone", account, region, name)
        await save(account)
        logger.warning("%s/%s/%s was %s, is %s", account, region, name, status, stack["StackStatus"])
        done.append(f"{account}/{region}/{name}")
    _end_change_sets()
    return done


async def _end(name: str, stack: dict[str, Any], status: str) -> None:
    if status == "DELETE_IN_PROGRESS":
        await stacks._delete_stack_async(name, stack["StackId"])
    elif status.endswith("COMPLETE_CLEANUP_IN_PROGRESS"):
        stack["StackStatus"] = status.removesuffix("_CLEANUP_IN_PROGRESS")
    else:
        operation = stack.pop(UNDER_WAY, None) or {"is_update": False, "template": stack.get("_template")}
        await stacks._roll_back_operation(
            name, stack["StackId"], stack, _undoing(stack, operation), reason_override=_REASON
        )


def _undoing(stack: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """The operation with what it had done by the last cut: records that differ from those before it."""
    before = (operation.get("previous_stack") or {}).get("_resources", {})
    resources = stack.get("_resources", {})
    created = [name for name, record in resources.items() if record != before.get(name)]
    replaced = [
        name
        for name in created
        if name in before and before[name].get("PhysicalResourceId") != resources[name].get("PhysicalResourceId")
    ]
    # Retained resources of a create that never ended would stand in the way of its repetition.
    return {**operation, "created": created, "replaced_ids": replaced, "retain_except_on_create": True}


def _end_change_sets() -> None:
    for _, change_set in cloudformation._change_sets.all_items():
        if change_set.get("ExecutionStatus") == "EXECUTE_IN_PROGRESS":
            change_set["ExecutionStatus"] = "EXECUTE_FAILED"
