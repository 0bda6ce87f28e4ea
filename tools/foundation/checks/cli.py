"""`foundation check templates|lint|checkov|figures`: gates over cdk.out that exit 1 unless all is fixed or acknowledged."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from foundation.checks import show
from foundation.checks.approved import approved_models
from foundation.checks.assembly import Assembly, load_assembly
from foundation.checks.checkov import EXECUTABLE, run_checkov
from foundation.checks.errors import GateError
from foundation.checks.figures import figures as count_figures
from foundation.checks.lint import lint as run_lint
from foundation.checks.templates import check_templates
from foundation.checks.tools import Progress as Report

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Gates over the synthesized templates.")

CdkOut = Annotated[Path, typer.Option("--cdk-out", help="Cloud assembly that `make synth` wrote.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Cache = Annotated[Path, typer.Option(help="Where cfn-lint's results are kept by template content; safe to delete.")]
Executable = Annotated[Path, typer.Option("--checkov", help="checkov in its own environment.")]
Config = Annotated[Path, typer.Option(envvar="FOUNDATION_CONFIG", help="Configuration with the approved models.")]

_CDK_OUT = Path("cdk.out")
_CACHE = Path("build/check/cfn-lint")


@app.command()
def templates(cdk_out: CdkOut = _CDK_OUT, config: Config = Path("config"), as_json: Json = False) -> None:
    """Network, endpoint policies, IAM, functions, alarms, encryption: what no rule pack proves."""

    def run(assembly: Assembly, _: Report) -> show.Verdict:
        return show.of_templates(check_templates(assembly, approved_models(config)), len(assembly.stacks))

    _gate(cdk_out, as_json, "templates", run)


@app.command()
def lint(cdk_out: CdkOut = _CDK_OUT, cache: Cache = _CACHE, as_json: Json = False) -> None:
    """cloudformation-validate and cfn-lint: errors and warnings fail."""

    def run(assembly: Assembly, progress: Report) -> show.Verdict:
        return show.of_tool("lint", run_lint(assembly, cache, progress))

    _gate(cdk_out, as_json, "lint", run)


@app.command()
def checkov(cdk_out: CdkOut = _CDK_OUT, executable: Executable = EXECUTABLE, as_json: Json = False) -> None:
    """checkov's CloudFormation checks, offline."""

    def run(assembly: Assembly, progress: Report) -> show.Verdict:
        return show.of_tool("checkov", run_checkov(assembly, executable, progress))

    _gate(cdk_out, as_json, "checkov", run)


@app.command()
def figures(
    cdk_out: CdkOut = _CDK_OUT,
    cache: Cache = _CACHE,
    executable: Executable = EXECUTABLE,
    out: Annotated[Path | None, typer.Option(help="Also write the JSON to this file.")] = None,
) -> None:
    """Findings per 100 resources before acknowledgements, as JSON; `make bench` prints them."""
    try:
        text = json.dumps(count_figures(load_assembly(cdk_out), cache, executable), indent=1)
    except GateError as error:
        raise _failed(error) from error
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text + "\n")
    print(text)


def _gate(cdk_out: Path, as_json: bool, name: str, run: Callable[[Assembly, Report], show.Verdict]) -> None:
    console = Console(stderr=as_json)
    try:
        assembly = load_assembly(cdk_out)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(name, total=len(assembly.stacks))
            verdict = run(assembly, lambda done, total: bar.update(task, completed=done, total=total))
    except GateError as error:
        raise _failed(error) from error
    show.show(console, verdict)
    if as_json:
        print(show.as_json(verdict))
    if not verdict.passes:
        raise typer.Exit(1)


def _failed(error: GateError) -> typer.Exit:
    Console(stderr=True).print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
    return typer.Exit(1)
