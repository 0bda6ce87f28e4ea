"""An execution as people read it: lines while it goes on, a table when it ended."""

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from foundation.release.walker.model import Pipeline, key
from foundation.release.walker.records import ActionRecord, Execution

_COLOURS = {"Succeeded": "green", "Failed": "red", "InProgress": "yellow", "Skipped": "magenta"}


class Progress:
    """Prints what changed since the last record of each execution."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._seen: dict[tuple[str, str], tuple[int, str]] = {}
        self._known: set[str] = set()

    def __call__(self, execution: Execution) -> None:
        if execution.id not in self._known:
            self._known.add(execution.id)
            what = (
                f"rollback of {execution.stage} to {execution.target}"
                if execution.target
                else execution.revision.subject
            )
            self._console.print(f"execution {execution.id}: {what}", highlight=False, markup=False)
        for name, record in execution.actions.items():
            state = (record.attempt, record.status)
            if self._seen.get((execution.id, name)) != state:
                self._seen[execution.id, name] = state
                self._action(name, record)

    def waits(self, execution: str) -> None:
        self._console.print(f"waits for execution {execution}", style="yellow", highlight=False)

    def say(self, text: str) -> None:
        self._console.print(text, style="yellow", highlight=False, markup=False)

    def _action(self, name: str, record: ActionRecord) -> None:
        again = f" (attempt {record.attempt})" if record.attempt > 1 else ""
        took = f" {seconds(record)} s" if record.ended and record.status != "Skipped" else ""
        self._console.print(
            f"  {name}{again} {record.status}{took}", style=_COLOURS[record.status], highlight=False, markup=False
        )
        if record.error:
            self._console.print(f"    {record.error}", style="red", highlight=False, markup=False)


def table(pipeline: Pipeline, execution: Execution) -> Table:
    """Every action of the execution, those too that it didn't come to."""
    shown = Table(title=f"{pipeline.name} {execution.id} {execution.status}", title_justify="left")
    for heading, right in (("Stage", False), ("Action", False), ("Type", False), ("Status", False), ("Seconds", True)):
        shown.add_column(heading, justify="right" if right else "left")
    shown.add_column("Result", overflow="fold")
    for stage in pipeline.stages:
        if execution.type == "ROLLBACK" and stage.name != execution.stage:
            continue
        for action in stage.actions:
            record = execution.actions.get(key(stage.name, action.name))
            if record is None:
                shown.add_row(stage.name, action.name, action.kind[2], "", "", "")
                continue
            status = "SKIPPED BY FLAG" if record.status == "Skipped" else record.status
            colour = _COLOURS[record.status]
            shown.add_row(
                stage.name, action.name, action.kind[2], f"[{colour}]{status}[/]", seconds(record), _result(record)
            )
    return shown


def summary(console: Console, pipeline: Pipeline, execution: Execution, rollback: Execution | None) -> None:
    """The table, and what a person must not overlook below it."""
    console.print(table(pipeline, execution))
    for name in execution.skip:
        console.print(
            f"{name} did not run: --skip. CodePipeline has no such thing.", style="bold magenta", highlight=False
        )
    if execution.note:
        console.print(execution.note, style="yellow", highlight=False, markup=False)
    if rollback is not None:
        console.print(f"rolled back to execution {rollback.target}:", highlight=False)
        console.print(table(pipeline, rollback))


def as_json(execution: Execution, rollback: Execution | None) -> str:
    found: dict[str, Any] = execution.model_dump(mode="json")
    found["rolled_back_by"] = rollback.model_dump(mode="json") if rollback else None
    return json.dumps(found, indent=2)


def seconds(record: ActionRecord) -> str:
    return f"{record.ended - record.started:.1f}" if record.ended else ""


def _result(record: ActionRecord) -> str:
    said = record.error or record.summary or record.external
    return said.splitlines()[0].replace("[", "\\[") if said else ""
