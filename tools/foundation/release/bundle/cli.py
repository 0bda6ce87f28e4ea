"""`foundation release build` and `foundation release changes`."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Annotated, Final, Literal

import typer
from rich.console import Console
from rich.table import Table

from foundation import cdk
from foundation.evaluation.options import AsJson, Place, at_place
from foundation.release.bundle import build as building
from foundation.release.bundle.changes import Change, as_data, as_markdown, changes
from foundation.release.bundle.commit import commit_of
from foundation.release.bundle.find import find_manifest
from foundation.release.bundle.upload import upload
from foundation.release.options import context, reported
from stacks.settings import load_settings

OUT: Final = Path("build/release")


@at_place
def build(
    place: Place,
    out: Annotated[Path, typer.Option(help="Folder of the release.")] = OUT,
    commit: Annotated[
        str | None, typer.Option(help="Commit id; the checkout's newest.", envvar="RELEASE_COMMIT")
    ] = None,
    author: Annotated[str | None, typer.Option(help="Author's address.", envvar="RELEASE_AUTHOR")] = None,
    subject: Annotated[str | None, typer.Option(help="The commit's message.", envvar="RELEASE_SUBJECT")] = None,
    committed_at: Annotated[
        str | None, typer.Option(help="Time of the commit, ISO 8601.", envvar="RELEASE_COMMITTED_AT")
    ] = None,
    store: Annotated[
        bool, typer.Option("--upload", help="Put it into the bucket of releases; on where RELEASE_BUCKET is set.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Synthesize once, and write manifest, files and bill of materials. The same commit gives the same hash."""
    console = Console(stderr=as_json)
    started = time.monotonic()
    with reported(console):
        settings = load_settings(place.config)
        built = building.build(settings, commit_of(cdk.ROOT, commit, author, subject, committed_at), out)
        written: tuple[str, ...] = ()
        if store or os.environ.get("RELEASE_BUCKET"):
            platform = context(place)
            written = upload(platform.client("s3"), platform.bucket, built)
    if as_json:
        typer.echo(json.dumps({**built.as_dict(), "uploaded": list(written)}, indent=2))
        return
    console.print(f"{built.hash}  {out}, {time.monotonic() - started:.1f} s", highlight=False, soft_wrap=True)
    parts = ", ".join(f"{number} {kind}" for kind, number in built.as_dict()["items"].items())
    console.print(f"{parts}; {len(built.manifest.files):,} files", highlight=False, soft_wrap=True)
    for line in building.gates(built.manifest):
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
    if written:
        console.print(f"uploaded {', '.join(written)}", highlight=False, markup=False)


@at_place
def show_changes(
    place: Place,
    before: Annotated[str, typer.Argument(help="A hash, a folder, a manifest.json, or an environment.")] = "prod",
    after: Annotated[str, typer.Argument(help="The same.")] = str(OUT),
    form: Annotated[Literal["table", "json", "markdown"], typer.Option("--format", help="How it is shown.")] = "table",
    as_json: AsJson = False,
) -> None:
    """What differs between two releases, by kind. An environment stands for the newest release that was promoted there."""
    form = "json" if as_json else form
    console = Console(stderr=form == "json")
    with reported(console):
        platform = context(place)
        (old, before_hash), (new, after_hash) = (find_manifest(platform, each) for each in (before, after))
        found = changes(old, new)
    if form == "json":
        typer.echo(json.dumps({"before": before_hash, "after": after_hash, "changes": as_data(found)}, indent=2))
    elif form == "markdown":
        typer.echo(as_markdown(found), nl=False)
    else:
        _show(console, found, before_hash, after_hash)


def _show(console: Console, found: tuple[Change, ...], before: str, after: str) -> None:
    if not found:
        console.print(f"nothing differs between {before[:12]} and {after[:12]}", highlight=False)
        return
    table = Table(title=f"{before[:12]} → {after[:12]}", title_justify="left")
    for heading in ("kind", "name", "", "before", "after"):
        table.add_column(heading, overflow="fold")
    for each in found:
        table.add_row(each.kind, each.name, each.how, each.before, each.after)
    console.print(table, highlight=False, markup=False)
