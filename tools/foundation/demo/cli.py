"""`foundation demo`: progress while it runs, tables at the end, exit code 0 only if every step did what it should."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from foundation.demo.run import Demo, Summary
from foundation.demo.show_release import canary_text, show_releases
from foundation.local.target import Target
from foundation.options import DEFAULT_CONFIG, Config
from stacks.settings import ConfigErrors, load_settings

OUT = Path("build/demo")
app = typer.Typer(add_completion=False)


@app.callback(invoke_without_command=True)
def demo(
    config: Config = DEFAULT_CONFIG,
    out: Annotated[Path, typer.Option(help="Folder of the assembly, the report and summary.json.")] = OUT,
    port: Annotated[int, typer.Option(help="Port of the local target.")] = 4566,
    state: Annotated[Path | None, typer.Option(help="State folder of the local target.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON, and nothing else.")] = False,
) -> None:
    """Deploy every account to the local target with the real CDK CLI, read back, ask, and report."""
    console = Console(stderr=as_json)
    try:
        settings = load_settings(config)
    except ConfigErrors as errors:
        console.print(str(errors), style="red", highlight=False)
        raise typer.Exit(1) from errors
    with Progress(
        SpinnerColumn(), TextColumn("{task.description:28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console,
    ) as bars:  # fmt: skip
        tasks: dict[str, object] = {}

        def progress(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=None)
            bars.update(tasks[name], completed=done, total=total or None)  # type: ignore[arg-type]

        summary = Demo(settings, Target(state, port), out, progress).run()
    if as_json:
        print(json.dumps(asdict(summary), indent=2))
    else:
        show(console, summary, out)
    raise typer.Exit(0 if summary.ok else 1)


def show(console: Console, summary: Summary, out: Path) -> None:
    """The summary as tables."""
    if summary.accounts:
        console.print(_accounts(summary))
    if summary.requests:
        console.print(_requests(summary))
    if summary.evaluations:
        console.print(_evaluations(summary))
    if summary.releases:
        show_releases(console, summary)
    if summary.canary:
        console.print(canary_text(summary.canary), highlight=False, markup=False)
    phases = Table("Phase", "Seconds", title="Phases")
    for each in summary.phases:
        phases.add_row(each["name"], str(each["seconds"]))
    phases.add_row("all", f"{sum(each['seconds'] for each in summary.phases):.1f}", style="bold")
    console.print(phases)
    if summary.read_back:
        counts = ", ".join(f"{number} {outcome}" for outcome, number in summary.read_back.items())
        console.print(f"Read back, properties: {counts}", highlight=False)
    if summary.ok:
        lines = (
            f"Reviewer's report: {summary.report}",
            f"Summary: {out / 'summary.json'}",
            "The target keeps running: foundation local status, foundation local down",
        )
        for line in lines:
            console.print(line, highlight=False, soft_wrap=True)
    else:
        console.print(f"The demo failed: {summary.error}", style="red", highlight=False, markup=False, soft_wrap=True)


def _accounts(summary: Summary) -> Table:
    regions = ", ".join(summary.accounts[0]["regions"])
    table = Table(
        "Account", "Id", "Stacks", "Unchanged", "Resources", "Seconds", title=f"Accounts, each in {regions}"
    )  # fmt: skip
    for each in summary.accounts:
        cells = (each.get(key, "") for key in ("stacks", "unchanged", "resources", "seconds"))
        table.add_row(each["stage"], each["id"], *map(str, cells))
    columns = ("stacks", "unchanged", "resources")
    table.add_row(
        "all", "", *(str(sum(each.get(key, 0) for each in summary.accounts)) for key in columns), style="bold"
    )
    return table


def _requests(summary: Summary) -> Table:
    table = Table("Account", "Request", "Outcome", "Answer or code", "ms", title="Requests through ModelAccess")
    for each in summary.requests:
        style = None if each["as_expected"] else "red"
        table.add_row(
            each["environment"], each["request"], each["outcome"] if each["as_expected"] else f"{each['outcome']} (wrong)",
            shortened(str(each["detail"])), str(each["milliseconds"]), style=style,
        )  # fmt: skip
    return table


def _evaluations(summary: Summary) -> Table:
    table = Table("Evaluated", "Decision", "Cases", "Failed", "Why", title="Evaluations through the deployed pipeline")
    for each in summary.evaluations:
        why = f"failed: {', '.join(each['first_failed'])}" if each["decision"] == "REJECT" else ""
        if each["cases_needed"]:
            why = f"about {each['cases_needed']} further cases would decide"
        decision = each["decision"] if each["as_expected"] else f"{each['decision']} (wrong)"
        table.add_row(
            each["shows"], decision, str(each["cases"]), str(each["failed_cases"]), shortened(why),
            style=None if each["as_expected"] else "red",
        )  # fmt: skip
    return table


def shortened(text: str, limit: int = 70) -> str:
    """The beginning of a long answer."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
