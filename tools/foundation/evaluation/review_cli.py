"""`foundation eval review`: forms of a run listed, opened, handed in."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from foundation.evaluation import review
from foundation.evaluation.access import parameter
from foundation.evaluation.options import AsJson, Env, Place, Run, at_place, opened, reported
from foundation.evaluation.runs import Runs

SUBMIT = "evaluation/review-submit-function-name"

app = typer.Typer(no_args_is_help=True, add_completion=False)
Form = Annotated[str, typer.Argument(help="Id of a form, as `foundation eval review list` prints it.", metavar="FORM")]


@app.command("list")
@at_place
def list_(
    place: Place,
    run_id: Run,
    env: Env = "dev",
    as_json: AsJson = False,
) -> None:
    """Forms of a run: who has which, and what is waited for."""
    console = Console(stderr=as_json)
    with reported(console):
        _settings, access = opened(place)
        forms = review.list_forms(Runs(access, env).store, run_id)
    if as_json:
        typer.echo(json.dumps([asdict(form) for form in forms], indent=2))
        return
    table = Table("Form", "Reviewer", "Answers", "State", "Expires")
    for form in forms:
        table.add_row(form.form, form.reviewer, str(form.answers), form.state, form.expires_at or "")
    console.print(table)


@app.command("open")
@at_place
def open_(
    place: Place,
    run_id: Run,
    form: Form,
    out: Annotated[Path, typer.Option(help="File of the page.")] = Path("review.html"),
    env: Env = "dev",
) -> None:
    """Save a form as a page that works offline; it hands its answers out as a file."""
    console = Console()
    with reported(console):
        _settings, access = opened(place)
        saved = review.save_form(Runs(access, env).store, run_id, form, out)
    console.print(f"{saved}: open it in a browser, answer, save the answers, then `foundation eval review submit FILE`")


@app.command()
@at_place
def submit(
    place: Place,
    answers: Annotated[Path, typer.Argument(help="The file that the form saved.")],
    env: Env = "dev",
    as_json: AsJson = False,
) -> None:
    """Hand answers in; the same answers again are harmless."""
    console = Console(stderr=as_json)
    with reported(console):
        _settings, access = opened(place)
        function = parameter(access, env, SUBMIT)
        accepted = review.submit_answers(access.client("lambda", env), function, answers)
    if as_json:
        typer.echo(json.dumps(accepted, indent=2))
    else:
        console.print(f"{answers}: accepted", highlight=False)
