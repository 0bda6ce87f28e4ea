"""`foundation release deploy`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from foundation.evaluation.options import AsJson, Place
from foundation.options import DEFAULT_CONFIG, Config
from foundation.release.deployment.deploy import deploy as deploy_release
from foundation.release.options import Execution, Hash, Stage, context, reported


def deploy(
    environment: Stage,
    manifest: Hash,
    warrant: Annotated[
        str, typer.Option(help="What Authorize handed to this action; good once.", metavar="NONCE", envvar="WARRANT")
    ],
    execution: Execution,
    config: Config = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Deploy a sealed and promoted release, with the session that the warrant is good for. An action of the pipeline."""
    console = Console(stderr=as_json)

    def on_stack(stack: str, unchanged: bool) -> None:
        console.print(f"{stack}: {'unchanged' if unchanged else 'deployed'}", highlight=False, markup=False)

    with reported(console):
        # By the build's own credentials, on AWS and on the local target: no option leads elsewhere.
        platform = context(Place(config))
        done = deploy_release(platform, environment, manifest, warrant, execution, on_stack=on_stack)
    if as_json:
        typer.echo(json.dumps({"manifest": manifest, **asdict(done)}, indent=2))
        return
    said = f"{environment} has release {manifest[:12]}: {done.stacks} stacks, {done.unchanged} unchanged"
    console.print(f"{said}, {done.seconds:.0f} s", highlight=False)
