"""The read-back: every critical property of every stack, template against target."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from foundation.local.readback.assembly import SynthesizedStack, stacks
from foundation.local.readback.checkers import CHECKERS, WITHOUT_CHECKER, Check, Clients, NotChecked, Resource, Result
from foundation.local.readback.deployed import CachedClients, ClientSource, resources
from foundation.local.readback.report import Finding, Report
from foundation.local.readback.values import readable, same


def run(cdk_out: Path, target: ClientSource, *, select: Callable[[SynthesizedStack], bool] = lambda _: True) -> Report:
    """Compare the stacks of a cloud assembly with what the target holds.

    `select` chooses stacks (by stage, account …). A selected stack that isn't deployed differs. Only reads.
    """
    started = time.monotonic()
    clients = CachedClients(target)
    everything = list(stacks(cdk_out))
    selected = [stack for stack in everything if select(stack)]
    accounts: dict[str, list[Resource]] = {stack.account: [] for stack in selected}
    deployed: dict[SynthesizedStack, list[Resource] | LookupError] = {}
    # Other stacks of the account too: they may add to a selected stack's resources.
    for stack in everything:
        if stack.account in accounts:
            deployed[stack] = _deployed(stack, clients, accounts[stack.account])
    findings = [
        finding
        for stack in selected
        for finding in _stack(stack, deployed[stack], clients.of(stack.account, stack.region))
    ]
    return Report(findings=tuple(findings), seconds=round(time.monotonic() - started, 2))


def _deployed(
    stack: SynthesizedStack, clients: CachedClients, account_resources: list[Resource]
) -> list[Resource] | LookupError:
    try:
        return resources(stack, clients.of(stack.account, stack.region), account_resources)
    except LookupError as error:
        return error


def _stack(stack: SynthesizedStack, found: list[Resource] | LookupError, clients: Clients) -> Iterator[Finding]:
    if isinstance(found, LookupError):
        whole = Resource("", "AWS::CloudFormation::Stack", stack.name, stack.account, stack.region, {})
        yield _finding(stack, whole, "stack", outcome="differs", reason=str(found))
        return
    for resource in found:
        yield from check(stack, resource, clients)


def check(stack: SynthesizedStack, resource: Resource, clients: Clients) -> Iterator[Finding]:
    """The findings of one resource; never none."""
    if resource.type in WITHOUT_CHECKER:
        yield _finding(stack, resource, "*", outcome="not-checked", reason=WITHOUT_CHECKER[resource.type])
        return
    checker = CHECKERS.get(resource.type)
    if checker is None:
        reason = f"GF-READBACK-003: no checker for {resource.type}: write one, or list the type in WITHOUT_CHECKER with a reason"
        yield _finding(stack, resource, "*", outcome="differs", reason=reason)
        return
    if not resource.physical_id:
        yield _finding(stack, resource, "*", outcome="differs", reason="the stack holds no such resource")
        return
    try:
        for result in checker(resource, clients):
            yield _judged(stack, resource, result)
    except (ClientError, BotoCoreError, LookupError) as error:
        yield _finding(stack, resource, "*", outcome="differs", reason=f"can't be read: {error!r}")


def _judged(stack: SynthesizedStack, resource: Resource, result: Result) -> Finding:
    if isinstance(result, NotChecked):
        return _finding(stack, resource, result.property, outcome="not-checked", reason=result.reason)
    match = same(result.expected, result.actual, unordered=result.unordered)
    if match.equal:
        reason = f"as far as known: {'; '.join(match.assumed)}" if match.assumed else ""
        return _finding(stack, resource, result.property, outcome="equal", reason=reason)
    return _differs(stack, resource, result)


def _differs(stack: SynthesizedStack, resource: Resource, result: Check) -> Finding:
    return _finding(stack, resource, result.property, outcome="differs", reason="").model_copy(
        update={"expected": readable(result.expected), "actual": readable(result.actual)}
    )


def _finding(stack: SynthesizedStack, resource: Resource, name: str, *, outcome: str, reason: str) -> Finding:
    return Finding.model_validate(
        {
            "stack": stack.path,
            "account": stack.account,
            "region": stack.region,
            "logical_id": resource.logical_id,
            "type": resource.type,
            "physical_id": resource.physical_id,
            "property": name,
            "outcome": outcome,
            "reason": reason,
        }
    )
