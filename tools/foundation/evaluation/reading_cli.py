"""`foundation eval report` and `compare`: finished runs, read again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from foundation.evaluation.evaluate import OUT
from foundation.evaluation.options import AsJson, Env, Local, Port, Profiles, Run, State, opened, reported
from foundation.evaluation.runs import Runs
from foundation.local.layout import DEFAULT_PORT
from foundation.options import DEFAULT_CONFIG, Config

Out = Annotated[Path | None, typer.Option(help="Folder of the pages. Default: build/evaluations/RUN.")]


def report(
    run_id: Run,
    env: Env = "dev",
    config: Config = DEFAULT_CONFIG,
    local: Local = False,
    state: State = None,
    port: Port = DEFAULT_PORT,
    profile: Profiles = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """The report of a finished run, made again from the run's objects."""
    # Plots take a second to import, which the other commands needn't wait for.
    from foundation.evaluation.report import report as make_report
    from foundation.evaluation.report import show_report

    console = Console(stderr=as_json)
    with reported(console):
        _settings, access = opened(config, local, state, port, profile)
        folder = out or OUT / run_id
        data = make_report(Runs(access, env).store, run_id, folder)
    if as_json:
        typer.echo((folder / "result.json").read_text(encoding="utf-8"))
    else:
        show_report(console, data, folder)


def compare(
    run_ids: Annotated[
        list[str], typer.Argument(help="Two or more finished runs; the first is compared with.", metavar="RUN…")
    ],
    env: Env = "dev",
    config: Config = DEFAULT_CONFIG,
    local: Local = False,
    state: State = None,
    port: Port = DEFAULT_PORT,
    profile: Profiles = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Finished runs side by side: paired differences on the same cases, costs, times, what was fixed and what broke."""
    from foundation.evaluation.compare import compare as compare_runs
    from foundation.evaluation.compare import show_comparison

    console = Console(stderr=as_json)
    with reported(console):
        _settings, access = opened(config, local, state, port, profile)
        folder = out or OUT / "-against-".join(run_ids[:2])
        compared = compare_runs(Runs(access, env).store, run_ids, folder)
    if as_json:
        typer.echo(compared.model_dump_json(indent=2))
    else:
        show_comparison(console, compared, folder)
