"""`foundation validate`: every fault of the configuration and the catalog, as a table or as JSON."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from foundation.options import DEFAULT_CONFIG, Catalog, Config
from stacks.settings import ENVIRONMENTS, ConfigError, ConfigErrors, Settings, load_settings

WIDE = 160  # columns when the output is a file or a pipe, where nothing tells the width
NARROW = 100  # columns below which a table would be mostly borders


def validate(
    config: Config = DEFAULT_CONFIG,
    catalog: Catalog = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list of errors as JSON.")] = False,
) -> None:
    """Check configuration and catalog: all errors of all files at once. Exit code 1 when there is one."""
    try:
        settings = load_settings(config, catalog)
    except ConfigErrors as failure:
        if as_json:
            typer.echo(json.dumps([error.as_dict() for error in failure.errors], indent=2))
        else:
            show(failure.errors)
        raise typer.Exit(1) from None
    typer.echo("[]" if as_json else summary(settings))


def summary(settings: Settings) -> str:
    """One line about a valid configuration."""
    models = ", ".join(f"{len(settings.models_for(each))} in {each}" for each in ENVIRONMENTS)
    catalog = settings.catalog
    return (
        f"{settings.config} is valid: {len(settings.accounts)} accounts, "
        f"{settings.regions.primary.name} with {settings.regions.recovery.name} for recovery, approved models: {models}, "
        f"{len(catalog.guardrails)} guardrails, {len(catalog.prompts)} prompts, {len(settings.use_cases)} use cases"
    )


def show(errors: tuple[ConfigError, ...]) -> None:
    """Print the errors: one table per file, or one paragraph each where a table doesn't fit."""
    console = console_for_output()
    if console.width < NARROW:
        for error in errors:
            console.print(Text(f"{error}\n"))
        console.print(total(errors))
        return
    for file, found in groupby(errors, key=lambda error: error.file):
        table = Table(title=Text(file.as_posix(), style="bold"), title_justify="left", expand=True)
        table.add_column("Line", justify="right", no_wrap=True)
        table.add_column("Code", no_wrap=True, style="red")
        table.add_column("Key", overflow="fold", ratio=3)
        table.add_column("Given", overflow="fold", ratio=2)
        table.add_column("What to do", overflow="fold", ratio=6)
        for error in found:
            cells = (str(error.line or ""), error.code, error.key, error.value, error.message)
            table.add_row(*(Text(cell) for cell in cells))
        console.print(table)
    console.print(total(errors))


def total(errors: tuple[ConfigError, ...]) -> str:
    """The last line."""
    return f"{len(errors)} error{'s' if len(errors) != 1 else ''}"


def console_for_output() -> Console:
    """A console that doesn't squeeze tables into 80 columns when nobody's terminal is there."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDE)
