"""`foundation catalog release`: freeze the guardrail and prompt versions that aren't released yet."""

from __future__ import annotations

from typing import Annotated

import typer

from foundation.options import DEFAULT_CONFIG, Catalog, Config
from foundation.validate import show
from stacks.settings import default_catalog
from stacks.settings.load import Examination, examine
from stacks.settings.release import KINDS, current, write_lock

app = typer.Typer(no_args_is_help=True, help="The catalog of guardrails and prompts.")

# What a release itself puts right: versions that are used but not released, and a lock that doesn't exist.
MENDED = {"GF-CAT-042", "GF-CAT-043"}


@app.callback()
def catalog() -> None:
    """The catalog of guardrails and prompts."""


@app.command()
def release(
    config: Config = DEFAULT_CONFIG,
    catalog: Catalog = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 when a version isn't released.")
    ] = False,
) -> None:
    """Write the content hash of every new version into released.lock. Exit code 1 when a released version changed."""
    found = examine(config, catalog or default_catalog(config))
    errors = tuple(error for error in found.errors if error.code not in MENDED)
    if errors:
        show(tuple(sorted(errors, key=lambda error: (error.file.as_posix(), error.line))))
        raise typer.Exit(1)
    hashes, new = pending(found)
    for name in new:
        typer.echo(f"{'not released' if check else 'released'}: {name}")
    if not new:
        typer.echo("every version is released and unchanged")
    elif check:
        raise typer.Exit(1)
    else:
        write_lock(found.files.lock.file, hashes)


def pending(found: Examination) -> tuple[dict[str, dict[str, str]], list[str]]:
    """All hashes after a release, by kind, and the names that it adds."""
    before = found.lock.model_dump() if found.lock is not None else {kind: {} for kind in KINDS}
    now = {"guardrails": current(found.files.guardrails), "prompts": current(found.files.prompts)}
    new = [f"{kind}/{name}" for kind in KINDS for name in sorted(now[kind].keys() - before[kind].keys())]
    return {kind: {**now[kind], **before[kind]} for kind in KINDS}, new
