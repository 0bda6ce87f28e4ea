"""`foundation release live`: what is live for a use case, canaries, A/B tests, shadows, and the way back."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console

from foundation.evaluation.options import AsJson, Place, at_place
from foundation.release.errors import ReleaseError
from foundation.release.options import Hash, Stage, UseCase, context, reported, whole_hash
from foundation.release.people import live as changes
from foundation.release.people.live import Candidate, Kind, LiveUseCase
from foundation.release.people.show_live import as_data, history_table
from foundation.release.people.show_live import show as show_live
from genai_runtime.base import Record

app = typer.Typer(no_args_is_help=True, add_completion=False)

Prompts = Annotated[list[str] | None, typer.Option("--prompt", metavar="NAME=VERSION", help="Candidate's prompt.")]
Models = Annotated[list[str] | None, typer.Option("--model", metavar="PROMPT=MODEL", help="Candidate's model.")]
Guardrail = Annotated[int | None, typer.Option("--guardrail-version", min=1, help="Candidate's guardrail version.")]
Share = Annotated[float, typer.Option(help="Share of requests (A/B: of users) that get the candidate.")]
Limits = Annotated[
    list[str], typer.Option("--limit", metavar="METRIC=SHARE", help="Rolls back beyond it; slow=0.05@4000 in ms.")
]
Alpha = Annotated[float, typer.Option(help="Probability of rolling back a candidate within its limits.")]
Minimum = Annotated[int, typer.Option(min=1, help="Requests (A/B: users of each arm) before it may be promoted.")]
Id = Annotated[str | None, typer.Option("--id", help="Name of the experiment. Default: kind and time.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the log.")]
Manifest = Annotated[
    str | None,
    typer.Option("--manifest", help="Release that the candidate comes from.", metavar="HASH", callback=whole_hash),
]
By = Annotated[str | None, typer.Option("--by", help="Who asks. Default: your user name.")]


@app.command()
@at_place
def show(
    place: Place,
    environment: Stage,
    use_case: UseCase,
    as_json: AsJson = False,
) -> None:
    """What is live, and the running or last experiment with its limits and the requests that it harmed."""
    console = Console(stderr=as_json)
    with reported(console):
        found = LiveUseCase(context(place), environment, use_case)
        if as_json:
            typer.echo(json.dumps(as_data(found), indent=2))
        else:
            show_live(console, found)


@app.command()
@at_place
def history(
    place: Place,
    environment: Stage,
    use_case: UseCase,
    as_json: AsJson = False,
) -> None:
    """Every change of what was live, with the log's chain verified."""
    console = Console(stderr=as_json)
    with reported(console):
        records = LiveUseCase(context(place), environment, use_case).history()
    if as_json:
        typer.echo(json.dumps([each.model_dump(mode="json") for each in records], indent=2))
    else:
        console.print(history_table(records))


@app.command()
@at_place
def release(
    place: Place,
    environment: Stage,
    use_case: UseCase,
    manifest: Hash,
    reason: Reason = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make a manifest's versions live for one use case; the pipeline's action Activate does it for all of them."""

    def asked(live: LiveUseCase, person: str) -> Record:
        found = live.context.releases.manifest(manifest).live.get(environment, {})
        if use_case not in found:
            raise ReleaseError(
                "GF-REL-445",
                f"release {manifest[:12]} says nothing of {use_case} in {environment}: name another release",
            )
        return changes.released(live, manifest, found[use_case], person, reason)

    _change(environment, use_case, asked, by, place, as_json)


def _experiment(kind: Kind, purpose: str) -> Callable[..., None]:
    @at_place
    def start(
        place: Place,
        environment: Stage,
        use_case: UseCase,
        limit: Limits,
        share: Share = 0.1,
        prompt: Prompts = None,
        model: Models = None,
        guardrail_version: Guardrail = None,
        alpha: Alpha = 0.01,
        minimum: Minimum = 1,
        experiment: Id = None,
        manifest: Manifest = None,
        reason: Reason = "",
        by: By = None,
        as_json: AsJson = False,
    ) -> None:
        def asked(live: LiveUseCase, person: str) -> Record:
            candidate = Candidate(_pairs(prompt, "--prompt"), _pairs(model, "--model"), guardrail_version)
            return changes.started(
                live, kind, candidate, share, limit,
                by=person, reason=reason, id=experiment, manifest=manifest, alpha=alpha, minimum=minimum,
            )  # fmt: skip

        _change(environment, use_case, asked, by, place, as_json)

    start.__doc__ = purpose
    return start


app.command("canary")(_experiment("canary", "Give a share of requests to a candidate."))
app.command("ab")(_experiment("ab", "Give a share of users to a candidate, each always the same, and compare."))
app.command("shadow")(_experiment("shadow", "Ask a candidate a second time, score its answers and throw them away."))


@app.command()
@at_place
def stop(
    place: Place,
    environment: Stage,
    use_case: UseCase,
    reason: Reason = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """End the running experiment without its candidate."""
    _change(
        environment,
        use_case,
        lambda live, person: changes.ended(live, "stop", person, reason),
        by,
        place,
        as_json,
    )


@app.command()
@at_place
def promote(
    place: Place,
    environment: Stage,
    use_case: UseCase,
    reason: Reason = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make the running experiment's candidate what is live, once it may be."""
    _change(
        environment,
        use_case,
        lambda live, person: changes.ended(live, "promote", person, reason),
        by,
        place,
        as_json,
    )


@app.command()
@at_place
def rollback(
    place: Place,
    environment: Stage,
    use_case: UseCase,
    reason: Annotated[str, typer.Option(help="Why; kept in the log.")],
    to: Annotated[int | None, typer.Option(min=1, help="Record to go back to. Default: what was live before.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Go back to earlier versions: a further record, nothing is rewritten."""
    _change(
        environment,
        use_case,
        lambda live, person: changes.rolled_back(live, to, person, reason),
        by,
        place,
        as_json,
    )


def _change(
    environment: Stage,
    use_case: str,
    asked: Callable[[LiveUseCase, str], Record],
    by: str | None,
    place: Place,
    as_json: bool,
) -> None:
    console = Console(stderr=as_json)
    with reported(console):
        live = LiveUseCase(context(place), environment, use_case)
        found: dict[str, Any] = live.change(asked(live, by or getpass.getuser()))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    said = "changed" if found["changed"] else "was so already"
    console.print(f"{use_case} in {environment}: {said}, record {found['sequence']}, {found['state']}", highlight=False)
    if found.get("error"):
        console.print(f"  {found['error']['code']}: {found['error']['message']}", highlight=False, markup=False)


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    """NAME=VALUE options. Raises ReleaseError GF-REL-443 for anything else."""
    found = {}
    for each in given or ():
        name, separator, value = each.partition("=")
        if not (separator and name and value):
            raise ReleaseError(
                "GF-REL-443", f"{option} {each!r} is not NAME=VALUE: write e.g. {option} grounded-answer=2"
            )
        found[name] = value
    return found
