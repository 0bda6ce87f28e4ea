"""`foundation eval report` and `compare`: finished runs, read again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from foundation.evaluation.evaluate import OUT
from foundation.evaluation.options import AsJson, Env, Place, Run, at_place, opened, reported
from foundation.evaluation.runs import Runs

Out = Annotated[Path | None, typer.Option(help="Folder of the pages. Default: build/evaluations/RUN.")]


@at_place
def report(
    place: Place,
    run_id: Run,
    env: Env = "dev",
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """The report of a finished run, made again from the run's objects."""
    # Plots take a second to import, which the other commands needn't wait for.
    from foundation.evaluation.report import report as make_report
    from foundation.evaluation.report import show_report

    console = Console(stderr=as_json)
    with reported(console):
        _settings, access = opened(place)
        folder = out or OUT / run_id
        data = make_report(Runs(access, env).store, run_id, folder)
    if as_json:
        typer.echo((folder / "result.json").read_text(encoding="utf-8"))
    else:
        show_report(console, data, folder)


@at_place
def compare(
    place: Place,
    run_ids: Annotated[
        list[str], typer.Argument(help="Two or more finished runs; the first is compared with.", metavar="RUN…")
    ],
    env: Env = "dev",
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Finished runs side by side: paired differences on the same cases, costs, times, what was fixed and what broke."""
    from foundation.evaluation.compare import compare as compare_runs
    from foundation.evaluation.compare import show_comparison

    console = Console(stderr=as_json)
    with reported(console):
        _settings, access = opened(place)
        folder = out or OUT / "-against-".join(run_ids[:2])
        compared = compare_runs(Runs(access, env).store, run_ids, folder)
    if as_json:
        typer.echo(compared.model_dump_json(indent=2))
    else:
        show_comparison(console, compared, folder)
