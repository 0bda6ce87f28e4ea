"""`foundation eval`: check, size and publish suites, run them, compare and read runs.

Exit codes of `run`: 0 PROMOTE, 3 HOLD, 4 REJECT; 1 for an error, 2 for a wrong command line.
"""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from foundation.evaluation import baselines, power_cli, reading_cli, review_cli
from foundation.evaluation.check import check_suite
from foundation.evaluation.errors import LABEL_NOT_KEY_AND_VALUE
from foundation.evaluation.evaluate import OUT, evaluate, save, with_responses
from foundation.evaluation.options import (
    AsJson,
    Env,
    Place,
    Run,
    Suite,
    Suites,
    at_place,
    opened,
    pairs,
    reported,
    suite_folder,
    suite_names,
)
from foundation.evaluation.publish import publish as publish_suite
from foundation.evaluation.resolve import Asked
from foundation.evaluation.runs import Runs
from foundation.evaluation.show import show
from foundation.evaluation.suites import load_suite
from foundation.options import DEFAULT_CONFIG, Config
from genai_foundation.catalog import load_prompt
from stacks.settings import load_settings

EXIT_CODES: Final = {"PROMOTE": 0, "HOLD": 3, "REJECT": 4}

app = typer.Typer(no_args_is_help=True, add_completion=False)
app.add_typer(review_cli.app, name="review", help="Human review: forms listed, opened, handed in.")
app.command()(reading_cli.report)
app.command()(reading_cli.compare)
app.command()(power_cli.power)


@app.command()
def check(suites: Suites = None, config: Config = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Check suites: every fault with file, line and what to do. Exit code 1 when there is one."""
    console = Console(stderr=as_json)
    with reported(console):
        settings = load_settings(config)
        names = suite_names(settings, suites)
        found = {name: check_suite(suite_folder(settings, name), settings) for name in names}
    problems = [problem for each in found.values() for problem in each]
    if as_json:
        rows = [{**problem.error.as_dict(), "blocking": problem.blocking} for problem in problems]
        typer.echo(json.dumps(rows, indent=2))
    else:
        for problem in problems:
            console.print(str(problem), highlight=False, markup=False, soft_wrap=True)
        for name, each in found.items():
            faults = sum(problem.blocking for problem in each)
            console.print(f"{name}: {faults} faults" if faults else f"{name}: valid", highlight=False)
    raise typer.Exit(1 if any(problem.blocking for problem in problems) else 0)


@app.command()
@at_place
def publish(
    place: Place,
    suites: Suites = None,
    as_json: AsJson = False,
) -> None:
    """Put suites into the data-governance account and have them redacted for dev. Running it twice is harmless."""
    console = Console(stderr=as_json)
    with reported(console):
        settings, access = opened(place)
        reports = [
            publish_suite(suite_folder(settings, name), settings, access) for name in suite_names(settings, suites)
        ]
    if as_json:
        typer.echo(json.dumps([report.as_dict() for report in reports], indent=2))
    else:
        for report in reports:
            console.print(str(report), highlight=False, markup=False)


@app.command()
@at_place
def run(
    place: Place,
    suite: Suite,
    env: Env = "dev",
    model: Annotated[list[str] | None, typer.Option(help="Model of the catalog; may be given again.")] = None,
    prompt: Annotated[Path | None, typer.Option(help="Prompt file in place of the suite's prompt.")] = None,
    use_case: Annotated[str | None, typer.Option(help="Ask this deployed use case, not the model itself.")] = None,
    responses: Annotated[Path | None, typer.Option(help="JSON lines with answers that were made elsewhere.")] = None,
    cases: Annotated[int | None, typer.Option(min=1, help="Sample in place of the suite's.")] = None,
    again: Annotated[int, typer.Option(min=1, help="2, 3, …: repeat a run that is over already.")] = 1,
    label: Annotated[list[str] | None, typer.Option(help="KEY=VALUE, kept with the run; may be given again.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for result.json, the report, JUnit and the comment.")] = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate, through the deployed pipeline. The same command takes up an interrupted run, and finds a finished one."""
    console = Console(stderr=as_json)
    with reported(console):
        settings, access = opened(place)
        runs = Runs(access, env)
        asked = Asked(
            models=tuple(model or ()),
            prompt=load_prompt(prompt) if prompt else None,
            use_case=use_case,
            cases=cases,
            labels=pairs(label or (), "--label", LABEL_NOT_KEY_AND_VALUE, "commit=1a2b3c"),
            requested_by=getpass.getuser(),
            again=again,
        )
        asked = with_responses(runs, asked, responses) if responses else asked
        result = evaluate(settings, access, env, load_suite(suite_folder(settings, suite)), asked, console)
        folder = out or OUT / result.run
        save(runs, result.run, folder)
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        show(console, result, folder)
    raise typer.Exit(EXIT_CODES[result.decision])


@app.command()
@at_place
def baseline(
    place: Place,
    run_id: Run,
    env: Env = "dev",
    candidate: Annotated[str | None, typer.Option(help="Candidate of the run. Default: its first.")] = None,
) -> None:
    """Make a promoted candidate what later runs of its suite are compared with."""
    console = Console()
    with reported(console):
        _settings, access = opened(place)
        suite, chosen = baselines.release(Runs(access, env), run_id, candidate)
    console.print(f"{suite}: candidates are now compared with {chosen} of {run_id}", highlight=False)
