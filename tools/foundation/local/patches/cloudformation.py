"""CloudFormation: operations are answered when they are over and saved, and can be undone after a kill."""

from __future__ import annotations

import asyncio
import contextvars
import copy
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, stacks

from foundation.local.patches.base import Patch

# Longer than any operation of a stack without slow custom resources.
LIMIT_SECONDS = 25.0
UNDER_WAY = "_operation_under_way"


async def _nothing(_: str) -> None:
    return None


class Operations:
    """The stack operations under way; `save` is awaited with the account before one counts as done."""

    def __init__(self) -> None:
        self.save: Callable[[str], Awaitable[None]] = _nothing
        self.saving: set[asyncio.Task[None]] = set()

    async def saved(self) -> None:
        if self.saving:
            await asyncio.wait(set(self.saving))


operations = Operations()
_of_request: contextvars.ContextVar[list[asyncio.Task[None]] | None] = contextvars.ContextVar(
    "foundation_stack_operations", default=None
)


def _replace(name: str, made: Any) -> None:
    for module in (stacks, changesets, handlers):
        if hasattr(module, name):
            setattr(module, name, made)


def _answer_when_over() -> None:
    upstream = cloudformation.handle_request

    def create_stack_task(coroutine: Coroutine[Any, Any, None], stack: Any, stack_id: str | None = None) -> None:
        account = get_account_id()

        async def operate() -> None:
            try:
                await coroutine
            finally:
                saving = asyncio.ensure_future(_save(account))
                operations.saving.add(saving)
                saving.add_done_callback(operations.saving.discard)
                await saving

        with stacks._stack_region_context(stack, stack_id):
            task = asyncio.get_running_loop().create_task(operate())
        started = _of_request.get()
        if started is not None:
            started.append(task)

    async def handle_request(*request: Any) -> Any:
        started: list[asyncio.Task[None]] = []
        scope = _of_request.set(started)
        try:
            response = await upstream(*request)
        finally:
            _of_request.reset(scope)
        if started:
            await asyncio.wait(started, timeout=LIMIT_SECONDS)
        else:
            await operations.saved()
        return response

    _replace("_create_stack_task_in_region", create_stack_task)
    cloudformation.handle_request = handle_request


async def _save(account: str) -> None:
    await operations.save(account)


def _remember_operation() -> None:
    upstream = stacks._deploy_stack_async

    async def deploy_stack(
        stack_name: str, stack_id: str, template: dict[str, Any], param_values: dict[str, Any], *rest: Any, **named: Any
    ) -> None:
        stack = cloudformation._stacks[stack_name]
        previous = named.get("previous_stack")
        stack[UNDER_WAY] = {
            "is_update": bool(named.get("is_update")),
            "previous_stack": copy.deepcopy(previous) if previous else None,
            "template": template,
            "param_values": param_values,
            "stack_tags": stack.get("Tags") or [],
            "previous_tags": (previous or {}).get("Tags") or [],
            "imports": named.get("imports") or {},
        }
        try:
            await upstream(stack_name, stack_id, template, param_values, *rest, **named)
        finally:
            stack.pop(UNDER_WAY, None)

    _replace("_deploy_stack_async", deploy_stack)


PATCHES = (
    Patch(
        "cloudformation-answer-when-over",
        "services.cloudformation answers a stack operation before it began",
        "the CDK CLI polls every 5 seconds, longer than an operation takes here; and an operation that is reported "
        "as complete must survive kill -9, so it is saved before anyone can see that",
        _answer_when_over,
    ),
    Patch(
        "cloudformation-remember-operation",
        "services.cloudformation.stacks keeps what a rollback needs in local variables",
        "a deploy that a kill interrupted must be rolled back at the next start",
        _remember_operation,
    ),
)
