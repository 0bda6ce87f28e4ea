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
    accounts = Table("Account", "Id", "Regions", "Stacks", "Unchanged", "Resources", "Seconds", title="Accounts")
    for each in summary.accounts:
        accounts.add_row(
            each["stage"], each["id"], ", ".join(each["regions"]), str(each["stacks"]), str(each.get("unchanged", "")),
            str(each["resources"]), str(each.get("seconds", "")),
        )  # fmt: skip
    console.print(accounts)
    if summary.requests:
        asked = Table("Account", "Request", "Outcome", "Answer or code", "ms", "", title="Requests through ModelAccess")
        for each in summary.requests:
            mark = "[green]as it should[/]" if each["as_expected"] else "[red]wrong[/]"
            asked.add_row(
                each["environment"], each["request"], each["outcome"], str(each["detail"])[:90],
                str(each["milliseconds"]), mark,
            )  # fmt: skip
        console.print(asked)
    phases = Table("Phase", "Seconds", title="Phases")
    for each in summary.phases:
        phases.add_row(each["name"], str(each["seconds"]))
    phases.add_row("all", f"{sum(each['seconds'] for each in summary.phases):.1f}", style="bold")
    console.print(phases)
    if summary.read_back:
        counts = summary.read_back
        console.print(
            "Read back, properties: " + ", ".join(f"{number} {outcome}" for outcome, number in counts.items())
        )
    if summary.ok:
        console.print(f"Reviewer's report: {summary.report}", highlight=False)
        console.print(f"Summary: {out / 'summary.json'}", highlight=False)
        console.print("The target keeps running: `foundation local status`, `foundation local down`.", highlight=False)
    else:
        console.print(f"The demo failed: {summary.error}", style="red", highlight=False, markup=False)
