"""`foundation report`: the reviewer's pages of the last synthesis, and a non-zero exit unless all is answered for."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from foundation.checks.approved import approved_models
from foundation.checks.assembly import load_assembly
from foundation.checks.errors import GateError
from foundation.report.collect import Report, collect
from foundation.report.validation import REQUIRED_PACKS
from foundation.report.write import summary, write

app = typer.Typer(add_completion=False)

_SHOWN_FAILURES = 20


@app.callback(invoke_without_command=True)
def report(
    cdk_out: Annotated[Path, typer.Option(help="Cloud assembly that `make synth` wrote.")] = Path("cdk.out"),
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("build/report"),
    day: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Day to judge expiry dates by; today.")
    ] = None,
    config: Annotated[
        Path, typer.Option(envvar="FOUNDATION_CONFIG", help="Configuration with the approved models.")
    ] = Path("config"),
    packs: Annotated[str, typer.Option(help="Rule packs that must have left a trace, separated by commas.")] = ",".join(
        REQUIRED_PACKS
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Write HTML, CSV and JSON per account and over all; exit 1 on anything open, expired, incomplete or stale."""
    console = Console(stderr=as_json)
    try:
        assembly = load_assembly(cdk_out)
        # The only clock: synthesis stays pure, and a reviewer can ask for any day.
        today = day.date() if day else date.today()
        found = collect(assembly, today, approved_models(config), [name for name in packs.split(",") if name])
        pages = write(found, assembly, out)
    except GateError as error:
        Console(stderr=True).print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    _show(console, found, pages[0])
    if as_json:
        print(json.dumps({"page": str(pages[0]), "when": found.when, **summary(found)}))
    if found.failures:
        raise typer.Exit(1)


def _show(console: Console, found: Report, page: Path) -> None:
    table = Table(title=f"findings as of {found.when}", title_justify="left")
    for heading in ("account", "resources", "open", "acknowledged", "stale", "failing"):
        table.add_column(heading, justify="left" if heading == "account" else "right")
    for account in found.accounts:
        rows = [row for row in found.rows if row.account == account.name]
        states = [str(sum(row.state == state for row in rows)) for state in ("open", "acknowledged", "stale")]
        table.add_row(account.name, str(account.resources), *states, str(sum(row.fails for row in rows)))
    console.print(table)
    for row in found.failures[:_SHOWN_FAILURES]:
        console.print(
            f"{row.path}\n  {row.pack} {row.rule}: {row.problem}", markup=False, highlight=False, soft_wrap=True
        )
    if len(found.failures) > _SHOWN_FAILURES:
        console.print(f"… and {len(found.failures) - _SHOWN_FAILURES} more")
    verdict = f"{len(found.failures)} to answer for" if found.failures else "all answered for"
    console.print(f"{verdict}: {page}", markup=False, highlight=False, soft_wrap=True)
