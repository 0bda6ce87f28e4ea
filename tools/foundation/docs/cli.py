"""`foundation docs`: generate what the documents show, or say that it is stale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from foundation.checks.errors import GateError
from foundation.docs import error_page
from foundation.docs.scan import scan
from foundation.options import DEFAULT_CONFIG, Config
from stacks.settings import ConfigErrors, load_settings

CHECKOUT = Path(__file__).resolve().parents[3]
ERRORS = Path("docs/errors.md")
PICTURE = Path("docs/images/foundation.svg")

app = typer.Typer(no_args_is_help=True, help="Generated parts of the documents.")

Check = Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 when the file is stale.")]


@app.callback()
def docs() -> None:
    """Generated parts of the documents."""


@app.command()
def errors(check: Check = False) -> None:
    """Write docs/errors.md from the error codes of the source."""
    with coded():
        uses = scan(CHECKOUT)
        put(CHECKOUT / ERRORS, error_page.render(uses), check=check)
        twice = list(error_page.clashes(uses))
        if twice:
            raise GateError("GF-DOC-005", f"codes with two meanings: {'; '.join(twice)}; give one of them a new number")


@app.command()
def diagram(
    assembly: Annotated[Path, typer.Option(help="Synthesized assembly of all accounts.", metavar="DIR")] = Path(
        "cdk.out"
    ),
    config: Config = DEFAULT_CONFIG,
    out: Annotated[Path, typer.Option(help="The picture.", metavar="FILE")] = PICTURE,
    check: Check = False,
) -> None:
    """Draw accounts, Regions, stacks and the path of a request from the assembly and the configuration."""
    from foundation.docs.diagram import draw
    from foundation.docs.facts import read_facts

    with coded():
        try:
            settings = load_settings(config)
        except ConfigErrors as failure:
            raise GateError("GF-DOC-001", f"{config} isn't valid; run `foundation validate`\n{failure}") from failure
        put(out, draw(read_facts(assembly, settings)), check=check)


@contextmanager
def coded() -> Iterator[None]:
    """A coded error ends the command with its text."""
    try:
        yield
    except GateError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def put(path: Path, text: str, *, check: bool) -> None:
    """Write a generated file, or end with exit code 1 when it isn't what it should be."""
    fresh = path.is_file() and path.read_text(encoding="utf-8") == text
    if check and not fresh:
        typer.echo(f"stale: {path.name}: run `foundation docs` and commit the result", err=True)
        raise typer.Exit(1)
    if not fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        typer.echo(f"written: {path.name}")
