"""`foundation eval`: check and publish suites, run them, compare and read runs.

Exit codes of `run`: 0 PROMOTE, 3 HOLD, 4 REJECT; 1 for an error, 2 for a wrong command line.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from foundation.evaluation import baselines
from foundation.evaluation.access import Access, access_to
from foundation.evaluation.check import check_suite
from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.prices import load_prices
from foundation.evaluation.publish import publish as publish_suite
from foundation.evaluation.resolve import Asked, Resolver
from foundation.evaluation.runs import Progress, Runs
from foundation.evaluation.suites import LoadedSuite, SuiteErrors, load_suite
from foundation.local.errors import LocalTargetError
from foundation.local.layout import DEFAULT_PORT
from foundation.options import DEFAULT_CONFIG, Config
from genai_foundation.catalog import load_prompt
from genai_runtime.evaluation.verdict import CandidateResult, RunResult
from stacks.settings import ConfigErrors, Environment, Settings, default_catalog, load_settings

EXIT_CODES: Final = {"PROMOTE": 0, "HOLD": 3, "REJECT": 4}
_COLOURS: Final = {"PROMOTE": "green", "HOLD": "yellow", "REJECT": "red"}

app = typer.Typer(no_args_is_help=True, add_completion=False)

Suites = Annotated[list[str] | None, typer.Argument(help="Names of folders in catalog/evaluations. Default: all.")]
Suite = Annotated[str, typer.Argument(help="Name of a folder in catalog/evaluations.")]
Env = Annotated[Environment, typer.Option("--env", help="Environment in which it runs.")]
Local = Annotated[bool, typer.Option("--local", help="The local target, in place of AWS and your credentials.")]
State = Annotated[Path | None, typer.Option("--state", help="State folder of the local target.")]
Port = Annotated[int, typer.Option("--port", help="Port of the local target.")]
Profiles = Annotated[
    list[str] | None, typer.Option("--profile", help="Profile of an account, as STAGE=NAME; may be given again.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")]


def suite_folder(settings: Settings, name: str) -> Path:
    """Folder of a suite; raises EvaluationError GF-EVAL-440 when there is none."""
    folder = default_catalog(settings.config) / "evaluations" / name
    if not folder.is_dir():
        known = sorted(path.name for path in folder.parent.glob("*") if path.is_dir())
        raise EvaluationError("GF-EVAL-440", f"there is no suite {name!r}: use one of {', '.join(known)}")
    return folder


def suite_names(settings: Settings, names: Sequence[str] | None) -> list[str]:
    """The given suites, or all of the catalog."""
    folder = default_catalog(settings.config) / "evaluations"
    return list(names or sorted(path.parent.name for path in folder.glob("*/suite.yaml")))


@contextmanager
def reported(console: Console) -> Iterator[None]:
    """Errors that a person can act on become a message and exit code 1."""
    try:
        yield
    except (EvaluationError, ConfigErrors, SuiteErrors, LocalTargetError) as error:
        console.print(str(error), style="red", highlight=False, markup=False)
        raise typer.Exit(1) from error
    except (ClientError, BotoCoreError) as error:
        console.print(f"GF-EVAL-441: AWS refused or failed: {error}", style="red", highlight=False, markup=False)
        raise typer.Exit(1) from error


def opened(
    config: Path, local: bool, state: Path | None, port: int, profiles: Sequence[str] | None
) -> tuple[Settings, Access]:
    """Configuration and clients that the options ask for; raises EvaluationError GF-EVAL-442 on a malformed profile."""
    settings = load_settings(config)
    named: dict[str, str] = {}
    for given in profiles or ():
        stage, separator, profile = given.partition("=")
        if not separator or not profile:
            raise EvaluationError("GF-EVAL-442", f"--profile {given!r} is not STAGE=NAME: write e.g. dev=my-dev-profile")
        named[stage] = profile
    return settings, access_to(settings, local=local, state=state, port=port, profiles=named)


@app.command()
def check(suites: Suites = None, config: Config = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Check suites: every fault with file, line and what to do. Exit code 1 when there is one."""
    console = Console(stderr=as_json)
    with reported(console):
        settings = load_settings(config)
        problems = []
        for name in suite_names(settings, suites):
            found = check_suite(suite_folder(settings, name), settings)
            problems += found
            if not as_json:
                console.print(f"{name}: {len(found)} faults" if found else f"{name}: valid")
    if as_json:
        typer.echo(json.dumps([problem.as_dict() for problem in problems], indent=2))
    else:
        for problem in problems:
            console.print(str(problem), highlight=False, markup=False)
    raise typer.Exit(1 if problems else 0)


@app.command()
def publish(
    suites: Suites = None,
    config: Config = DEFAULT_CONFIG,
    local: Local = False,
    state: State = None,
    port: Port = DEFAULT_PORT,
    profile: Profiles = None,
    as_json: AsJson = False,
) -> None:
    """Put suites into the data-governance account and have them redacted for dev. Running it twice is harmless."""
    console = Console(stderr=as_json)
    with reported(console):
        settings, access = opened(config, local, state, port, profile)
        reports = [publish_suite(suite_folder(settings, name), settings, access) for name in suite_names(settings, suites)]
    if as_json:
        typer.echo(json.dumps([report.as_dict() for report in reports], indent=2))
    else:
        for report in reports:
            console.print(str(report), highlight=False)


@app.command()
def run(
    suite: Suite,
    env: Env = "dev",
    model: Annotated[list[str] | None, typer.Option(help="Model of the catalog; may be given again.")] = None,
    prompt: Annotated[Path | None, typer.Option(help="Prompt file in place of the suite's prompt.")] = None,
    use_case: Annotated[str | None, typer.Option(help="Ask this deployed use case, not the model itself.")] = None,
    responses: Annotated[Path | None, typer.Option(help="JSON lines with answers that were made elsewhere.")] = None,
    cases: Annotated[int | None, typer.Option(min=1, help="Sample in place of the suite's.")] = None,
    again: Annotated[int, typer.Option(min=1, help="2, 3, …: repeat a run that is over already.")] = 1,
    label: Annotated[list[str] | None, typer.Option(help="KEY=VALUE, kept with the run; may be given again.")] = None,
    config: Config = DEFAULT_CONFIG,
    local: Local = False,
    state: State = None,
    port: Port = DEFAULT_PORT,
    profile: Profiles = None,
    out: Annotated[Path | None, typer.Option(help="Folder for result.json, the report, JUnit and the comment.")] = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate, through the deployed pipeline. The same command takes up an interrupted run, and finds a finished one."""
    console = Console(stderr=as_json)
    with reported(console):
        settings, access = opened(config, local, state, port, profile)
        asked = Asked(
            models=tuple(model or ()), prompt=load_prompt(prompt) if prompt else None, use_case=use_case,
            cases=cases, labels=labels(label or ()), requested_by=getpass.getuser(), again=again,
        )  # fmt: skip
        loaded = load_suite(suite_folder(settings, suite))
        result = evaluate(settings, access, env, loaded, asked, console, responses=responses)
        folder = out or Path("build/evaluations") / result.run
        save(Runs(access, env), result.run, folder)
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        show(console, result, folder)
    raise typer.Exit(EXIT_CODES[result.decision])


def evaluate(
    settings: Settings, access: Access, env: Environment, loaded: LoadedSuite, asked: Asked, console: Console,
    *, responses: Path | None = None,
) -> RunResult:  # fmt: skip
    """Resolve, start or take up, and watch one run. Raises EvaluationError."""
    runs = Runs(access, env)
    if responses:
        key = f"own-responses/{responses.name}"
        runs.store.write(key, responses.read_bytes())
        asked = Asked(**{**vars(asked), "responses": key})
    prices = load_prices(default_catalog(settings.config) / "prices.yaml")
    resolver = Resolver(settings, env, access, prices, baselines.released(runs, loaded.suite.name))
    request = resolver.request(loaded, asked)
    execution = runs.start(request)
    with Bars(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, transient=True,
    ) as bars:  # fmt: skip
        task = bars.add_task(request.run, total=None)

        def on_progress(progress: Progress) -> None:
            bars.update(task, completed=progress.done, total=progress.planned or None)

        return runs.watch(request.run, execution, on_progress)


def labels(given: Sequence[str]) -> dict[str, str]:
    """KEY=VALUE options; raises EvaluationError GF-EVAL-443 on anything else."""
    found: dict[str, str] = {}
    for each in given:
        key, separator, value = each.partition("=")
        if not separator or not key:
            raise EvaluationError("GF-EVAL-443", f"--label {each!r} is not KEY=VALUE: write e.g. commit=1a2b3c")
        found[key] = value
    return found


PAGES: Final = {
    "result.json": "result.json", "result.html": "report.html", "junit.xml": "junit.xml", "comment.md": "comment.md",
}  # fmt: skip


def save(runs: Runs, run_id: str, folder: Path) -> None:
    """Copy a finished run's result and pages into a folder."""
    from genai_runtime.evaluation import layout

    folder.mkdir(parents=True, exist_ok=True)
    for name, file in PAGES.items():
        body = runs.store.read(layout.result(run_id, name))
        if body is not None:
            (folder / file).write_bytes(body)


def show(console: Console, result: RunResult, folder: Path) -> None:
    """The verdict in a few lines."""
    for candidate in result.gate.candidates:
        console.print(_metrics(candidate))
        for reason in candidate.reasons:
            console.print(f"  {reason}", highlight=False, markup=False)
        if candidate.cases_needed:
            console.print(f"  needs about {candidate.cases_needed} further cases to decide")
    console.print(
        f"[bold {_COLOURS[result.decision]}]{result.decision}[/]  {result.run}: {result.calls} calls, "
        f"{result.throttled_calls} throttled; {folder}/report.html",
        highlight=False,
    )


def _metrics(candidate: CandidateResult) -> Table:
    table = Table(title=f"{candidate.candidate}: {candidate.decision}", title_justify="left")
    for column in ("metric", "cases", "estimate", "interval", "threshold", "decision"):
        table.add_column(column)
    for each in candidate.metrics:
        interval = f"{each.interval.low:.3f} to {each.interval.high:.3f}" if each.interval else ""
        table.add_row(
            each.name if each.gating else f"{each.name} (informative)",
            str(each.cases),
            f"{each.estimate:.3f}" if each.estimate is not None else "",
            interval,
            f"{each.threshold:.3f}",
            each.decision,
        )
    return table


@app.command()
def baseline(
    run_id: Annotated[str, typer.Argument(help="A finished run whose candidate was promoted.", metavar="RUN")],
    env: Env = "dev",
    candidate: Annotated[str | None, typer.Option(help="Candidate of the run. Default: its first.")] = None,
    config: Config = DEFAULT_CONFIG,
    local: Local = False,
    state: State = None,
    port: Port = DEFAULT_PORT,
    profile: Profiles = None,
) -> None:
    """Make a promoted candidate what later runs of its suite are compared with."""
    console = Console()
    with reported(console):
        _settings, access = opened(config, local, state, port, profile)
        suite, chosen = baselines.release(Runs(access, env), run_id, candidate)
        console.print(f"{suite}: candidates are now compared with {chosen} of {run_id}", highlight=False)
