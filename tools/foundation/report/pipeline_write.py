"""The pipeline's roles for tools: plain data, and a line of CSV for each role and statement."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from foundation.report.pipeline import PipelineRole

COLUMNS: Final = (
    "account", "account_id", "region", "stack", "role", "description", "taken_by", "reached_account", "statement", "actions",
    "resources", "conditions",
)  # fmt: skip


def as_data(roles: Sequence[PipelineRole]) -> list[dict[str, Any]]:
    """The roles as plain data; keys are stable."""
    return [asdict(role) for role in roles]


def lines(roles: Sequence[PipelineRole]) -> Iterator[list[str]]:
    """One line for each statement and account that it reaches, in the order of `COLUMNS`."""
    for role in roles:
        taken_by = " | ".join(taken(role))
        for reach in role.reaches:
            yield [
                role.account, role.account_id, role.region, role.stack, role.name, role.description, taken_by,
                reach.account, reach.statement, ", ".join(reach.actions), ", ".join(reach.resources),
                "; ".join(reach.conditions),
            ]  # fmt: skip


def taken(role: PipelineRole) -> Iterator[str]:
    """Who may become the role, a text for each trust statement."""
    for taker in role.takers:
        who = f"{taker.principal}: {', '.join(taker.roles)}" if taker.roles else taker.principal
        yield f"{who} if {'; '.join(taker.conditions)}" if taker.conditions else who
