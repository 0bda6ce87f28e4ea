"""`foundation release run` and `executions`: for foundation.release.cli to register."""

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.prompt import Prompt

from foundation.local.errors import LocalTargetError
from foundation.local.layout import checkout
from foundation.local.target import Target
from foundation.release.errors import ReleaseError
from foundation.release.walker.calls import Call
from foundation.release.walker.executors.approval import Answer, Approvals, subject_of
from foundation.release.walker.records import Execution
from foundation.release.walker.revisions import Given, revision
from foundation.release.walker.runs import Runs
from foundation.release.walker.show import Progress, as_json, summary

FAILED, OPEN, INTERRUPTED = 1, 3, 130
_WIDTH = 160

Assembly = Annotated[
    Path, typer.Option("--assembly", metavar="DIR", help="Cloud assembly that the pipeline was deployed from.")
]
State = Annotated[
    Path | None, typer.Option("--state", metavar="DIR", help="State folder of the local target.", show_default=".local")
]
Wanted = Annotated[
    str, typer.Option("--pipeline", metavar="NAME", help="Its name, or a part of it.", show_default="the QUEUED one")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; progress goes to standard error.")]


def run(
    source: Annotated[Path, typer.Option("--source", metavar="DIR", help="Folder that is released.")] = checkout(),  # noqa: B008
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="DIR", help="Configuration of the candidate, given to builds as FOUNDATION_CONFIG."
        ),
    ] = None,
    assembly: Assembly = Path("cdk.out"),
    state: State = None,
    pipeline: Wanted = "",
    commit: Annotated[str, typer.Option(help="40 hexadecimal digits, for a candidate that is no commit.")] = "",
    author: Annotated[str, typer.Option(help="E-mail address of its author.")] = "",
    date: Annotated[str, typer.Option(help="Its time, ISO 8601.")] = "",
    subject: Annotated[str, typer.Option(help="First line of its message.")] = "",
    branch: Annotated[str, typer.Option(help="Its branch.")] = "",
    source_variable: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="Another output variable of the source action, such as PullRequestId=7."
        ),
    ] = None,
    variable: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A variable of the pipeline.")
    ] = None,
    approve: Annotated[
        list[str] | None, typer.Option(metavar="ACTION=EMAIL", help="Approve as this person, without asking.")
    ] = None,
    reject: Annotated[
        list[str] | None, typer.Option(metavar="ACTION=EMAIL", help="Reject as this person, without asking.")
    ] = None,
    comment: Annotated[
        str,
        typer.Option(
            help="Comment of --approve and --reject.",
            show_default="none: the hash that the approval is about is said anyway",
        ),
    ] = "",
    wait: Annotated[
        bool,
        typer.Option(
            help="Wait for approvals that nobody gave here; otherwise end with exit code 3, to --resume later."
        ),
    ] = True,
    skip: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ACTION",
            help="Leave an action out, such as Test in a demo. CodePipeline has no such thing: on AWS every action runs.",
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with the last execution that didn't succeed: ask again what was interrupted, try again what failed.",
        ),
    ] = False,
    whole_stage: Annotated[
        bool, typer.Option("--whole-stage", help="With --resume: all actions of the failed stage again.")
    ] = False,
    execution: Annotated[str, typer.Option(metavar="ID", help="The execution to go on with.")] = "",
    as_json_: AsJson = False,
) -> None:
    """Walk the deployed release pipeline on the local target, action by action.

    Exit code 0: succeeded; 1: failed; 3: an approval is open; 130: interrupted.
    """  # fmt: skip
    console = _console(as_json_)
    progress = Progress(console)
    with _coded_errors(), _ended_by_signals():
        given = {**_answers(approve, True, comment), **_answers(reject, False, comment)}
        ask = _asker(console) if sys.stdin.isatty() and not as_json_ else lambda _: None
        runs = Runs(
            Target(state), assembly, pipeline, approvals=Approvals(given, ask, wait, progress.say), watch=progress,
            waits=progress.waits,
        )  # fmt: skip
        if resume or execution:
            ended = runs.resume(execution, whole_stage=whole_stage)
        else:
            said = Given(commit, author, date, subject, branch, config, _pairs(source_variable))
            ended = runs.start(revision(source, said), _pairs(variable), skip or ())
        _show(console, runs, ended, as_json_)


def executions(
    assembly: Assembly = Path("cdk.out"), state: State = None, pipeline: Wanted = "", as_json_: AsJson = False
) -> None:
    """List the executions of the pipeline, oldest first, with the stage that each came to."""
    with _coded_errors():
        found = Runs(Target(state), assembly, pipeline).journal.all()
    if as_json_:
        typer.echo(json.dumps([each.model_dump(mode="json") for each in found], indent=2))
        return
    for each in found:
        stage = next(reversed(each.stages), "")
        what = f"rollback to {each.target}" if each.target else each.revision.subject
        typer.echo(f"{each.number:4} {each.id} {each.status:10} {stage:10} {what}")


def _console(to_stderr: bool) -> Console:
    """As wide as the terminal; wide enough for the summary where there is none."""
    made = Console(stderr=to_stderr)
    return made if made.is_terminal else Console(stderr=to_stderr, width=_WIDTH)


def _show(console: Console, runs: Runs, ended: Execution, as_json_: bool) -> None:
    rollback = runs.journal.load(ended.rollback) if ended.rollback else None
    if as_json_:
        typer.echo(as_json(ended, rollback))
    else:
        summary(console, runs.definition.pipeline, ended, rollback)
    for each in runs.open_approvals() if ended.status == "InProgress" else ():
        console.print(f"open: {each.stage}/{each.action}: {each.about} {each.link}", highlight=False, markup=False)
    if ended.status != "Succeeded":
        raise typer.Exit(FAILED if ended.status == "Failed" else OPEN)


def _answers(given: list[str] | None, approved: bool, comment: str) -> dict[str, Answer]:
    return {action: Answer(email, approved, comment) for action, email in _pairs(given).items()}


def _pairs(given: list[str] | None) -> dict[str, str]:
    """Fails with GF-REL-346 for what isn't NAME=VALUE."""
    for each in given or ():
        if "=" not in each:
            raise ReleaseError("GF-REL-346", f"{each!r} isn't NAME=VALUE")
    return {name: value for name, _, value in (each.partition("=") for each in given or ())}


def _asker(console: Console) -> Any:
    one_at_a_time = threading.Lock()

    def ask(call: Call) -> Answer | None:
        with one_at_a_time:
            return question(call)

    def question(call: Call) -> Answer | None:
        about = str(call.configuration.get("CustomData", ""))
        console.print(f"\n{call.name} asks for an approval of {subject_of(about) or 'this release'}", highlight=False)
        console.print(f"  {about}\n  {call.configuration.get('ExternalEntityLink', '')}", highlight=False, markup=False)
        email = Prompt.ask(
            "  your e-mail address (empty: leave it to foundation release approve)", default="", console=console
        )
        if not email:
            return None
        choice = Prompt.ask("  approve or reject", choices=["approve", "reject"], console=console)
        return Answer(email, choice == "approve", Prompt.ask("  comment", default="", console=console))

    return ask


@contextmanager
def _coded_errors() -> Iterator[None]:
    try:
        yield
    except (ReleaseError, LocalTargetError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM ends a walk as Ctrl-C does: builds are ended, the journal says where to go on."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt as interrupted:
        typer.echo("interrupted: go on with foundation release run --resume", err=True)
        raise typer.Exit(INTERRUPTED) from interrupted
    finally:
        signal.signal(signal.SIGTERM, previous)
