"""Print what a gate found: a count by rule, each open finding with its resource, a verdict."""

import json
from collections import Counter
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from foundation.checks.findings import Judged
from foundation.checks.tools import ToolResult

_SHOWN = 60


@dataclass(frozen=True)
class Line:
    """One finding as it is printed."""

    id: str
    rule: str
    state: str
    where: str
    message: str

    @property
    def fails(self) -> bool:
        """Whether it fails the gate."""
        return self.state in ("open", "stale")


@dataclass(frozen=True)
class Verdict:
    """What a gate says."""

    gate: str
    templates: int
    lines: tuple[Line, ...]

    @property
    def passes(self) -> bool:
        """Whether the gate is green."""
        return not any(line.fails for line in self.lines)


def of_templates(judged: tuple[Judged, ...], templates: int) -> Verdict:
    """The verdict of this project's own checks."""
    lines = tuple(
        Line(
            each.finding.id,
            each.finding.rule,
            "acknowledged" if each.acknowledgement else "open",
            each.finding.resource.path or each.finding.resource.logical_id,
            each.finding.message,
        )
        for each in judged
    )
    return Verdict("templates", templates, lines)


def of_tool(gate: str, result: ToolResult) -> Verdict:
    """The verdict of a linter."""
    lines = [Line(each.id, each.id, "open", each.where, each.message) for each in result.open]
    lines += [Line(each.id, each.id, "acknowledged", each.where, each.message) for each, _ in result.acknowledged]
    stale = "matches no finding any more; remove the acknowledgement"
    lines += [
        Line(ack.id, ack.id, "stale", resource.path or resource.logical_id, stale) for resource, ack in result.stale
    ]
    lines += [Line(each.id, each.id, "note", each.where, each.message) for each in result.notes]
    return Verdict(gate, result.templates, tuple(lines))


def show(console: Console, verdict: Verdict) -> None:
    """Print the verdict for people."""
    if verdict.lines:
        console.print(_table(verdict))
    failing = [line for line in verdict.lines if line.fails]
    for line in failing[:_SHOWN]:
        console.print(f"{line.where}\n  {line.id}: {line.message}", markup=False, highlight=False, soft_wrap=True)
    if len(failing) > _SHOWN:
        console.print(f"… and {len(failing) - _SHOWN} more")
    accepted = sum(line.state == "acknowledged" for line in verdict.lines)
    result = f"{len(failing)} to fix" if failing else "passed"
    text = f"{verdict.gate}: {result}, {accepted} acknowledged, {verdict.templates} templates"
    console.print(text, style="red" if failing else "green", markup=False, highlight=False, soft_wrap=True)


def _table(verdict: Verdict) -> Table:
    table = Table(title=f"{verdict.gate}, findings by rule", title_justify="left")
    states = ("open", "stale", "acknowledged", "note")
    for heading in ("rule", *states):
        table.add_column(heading, justify="left" if heading == "rule" else "right")
    counts = Counter((line.rule, line.state) for line in verdict.lines)
    for rule in sorted({line.rule for line in verdict.lines}):
        table.add_row(rule, *(str(counts[rule, state] or "") for state in states))
    return table


def as_json(verdict: Verdict) -> str:
    """The verdict for tools."""
    states = Counter(line.state for line in verdict.lines)
    data = {
        "gate": verdict.gate,
        "passes": verdict.passes,
        "templates": verdict.templates,
        "counts": {state: states[state] for state in ("open", "stale", "acknowledged", "note")},
        "findings": [
            {"id": line.id, "state": line.state, "where": line.where, "message": line.message} for line in verdict.lines
        ],
    }
    return json.dumps(data, indent=1)
