"""`foundation release approve` and `foundation release history`."""

from __future__ import annotations

import getpass
import json
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from foundation.evaluation.options import AsJson, Place, at_place
from foundation.release.history import Line, ledger, words
from foundation.release.options import Hash, context, reported, whole_hash
from foundation.release.people.approve import approve as give
from stacks.settings import Environment


@at_place
def approve(
    place: Place,
    role: Annotated[Literal["qa", "domain-expert"], typer.Option(help="The part that you play.")],
    manifest: Hash,
    comment: Annotated[str, typer.Option(help="What you looked at; kept with the approval.")],
    reject: Annotated[bool, typer.Option("--reject", help="Refuse the release.")] = False,
    person: Annotated[
        str | None, typer.Option(envvar="EMAIL", help="Your address, as your identity provider attests it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Approve or refuse the release that waits, in one of the two roles, under your own address."""
    console = Console(stderr=as_json)
    with reported(console):
        platform = context(place)
        given = give(platform, role, manifest, comment, person or getpass.getuser(), reject=reject, target=place.target)
    if as_json:
        typer.echo(json.dumps(given.__dict__, indent=2))
        return
    said = f"{given.status.lower()} as {role} at {given.at}: {given.summary}"
    console.print(said, highlight=False, markup=False, soft_wrap=True)


@at_place
def history(
    place: Place,
    environment: Annotated[
        Environment | None, typer.Option("--environment", help="Entries of this environment only.")
    ] = None,
    manifest: Annotated[
        str | None,
        typer.Option("--manifest", help="Entries of this release only.", metavar="HASH", callback=whole_hash),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What happened to releases: the ledger, oldest first, each entry's signature verified. Exit code 1 when one doesn't
    hold."""
    console = Console(stderr=as_json)
    with reported(console):
        lines = [
            line for line in ledger(context(place), manifest) if environment is None or line.environment == environment
        ]
    if as_json:
        typer.echo(json.dumps([line.as_dict() for line in lines], indent=2))
    else:
        console.print(_table(lines))
    raise typer.Exit(1 if any(line.signature == "refused" for line in lines) else 0)


def _table(lines: list[Line]) -> Table:
    table = Table(title="ledger", title_justify="left")
    for heading in ("at", "release", "what", "signature"):
        table.add_column(heading, overflow="fold")
    for line in lines:
        said = words(line.statement) if line.statement else line.problem
        style = "red" if line.signature == "refused" else None
        table.add_row(line.at, line.manifest[:12], said, line.signature, style=style)
    return table
