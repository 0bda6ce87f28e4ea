"""`foundation local …`: the typer application that the `foundation` command mounts."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from foundation.local.errors import LocalTargetError
from foundation.local.layout import DEFAULT_PORT
from foundation.local.project import target_settings
from foundation.local.target import Target
from foundation.options import DEFAULT_CONFIG, Catalog, Config
from stacks.settings import ConfigErrors, load_settings

app = typer.Typer(name="local", no_args_is_help=True, help="The local AWS target: real cdk deploy without AWS.")

Port = Annotated[int, typer.Option(help="Port on 127.0.0.1.")]
State = Annotated[Path | None, typer.Option(help="State folder; default .local of the checkout.")]
# How long a server that is started for the first time may take.
MLFLOW_SECONDS = 240.0

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextmanager
def _coded_errors() -> Iterator[None]:
    try:
        yield
    except (LocalTargetError, ConfigErrors) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error


@app.command()
def up(
    config: Config = DEFAULT_CONFIG,
    catalog: Catalog = None,
    port: Port = DEFAULT_PORT,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """Start the target with the configuration's organisation, or say that it runs already."""
    with _coded_errors():
        target = Target(state, port)
        started = target.up(target_settings(load_settings(config, catalog)))
        status_now = target.status()
    if as_json:
        typer.echo(json.dumps({"started": started, **asdict(status_now)}))
    else:
        verb = "started" if started else "already running"
        typer.echo(f"{verb}: {target.url} (pid {status_now.pid}, state {status_now.state})")


@app.command()
def down(
    state: State = None,
    purge: Annotated[bool, typer.Option(help="Delete the state folder too.")] = False,
) -> None:
    """End the target, its functions and temporary folders; its state stays unless --purge."""
    with _coded_errors():
        target = Target(state)
        ended = target.down(purge=purge)
    typer.echo(("ended" if ended else "not running") + (", state deleted" if purge else ""))


@app.command()
def status(state: State = None, as_json: AsJson = False) -> None:
    """Process, port, accounts, Regions and stacks. Exit code 3 when no target runs."""
    with _coded_errors():
        found = Target(state).status()
    if as_json:
        typer.echo(json.dumps(asdict(found)))
    elif found.running:
        typer.echo(f"running: http://127.0.0.1:{found.port} (pid {found.pid}, up {found.uptime_seconds:.0f} s)")
        typer.echo(f"state: {found.state}")
        if found.failure:
            typer.echo(found.failure)
        for server in found.mlflow:
            typer.echo(f"mlflow: {server['url']} ({server['app']})")
        for stack in found.stacks:
            typer.echo(f"  {stack['account']}  {stack['region']}  {stack['name']}  {stack['status']}")
    else:
        typer.echo(f"not running (state {found.state})")
    if not found.running:
        raise typer.Exit(3)


@app.command()
def mlflow(state: State = None, as_json: AsJson = False) -> None:
    """Start the MLflow server of the deployed App and print its address, for a browser."""
    with _coded_errors():
        running = Target(state).call("POST", "/_foundation/mlflow", patience=MLFLOW_SECONDS)
    if as_json:
        typer.echo(json.dumps(running))
    else:
        for server in running:
            typer.echo(f"{server['url']}  {server['app']}")
        if not running:
            typer.echo("no MLflow App is deployed: deploy the shared account first")


@app.command()
def env(
    account: Annotated[str, typer.Argument(help="Stage name or 12-digit account id.")],
    region: Annotated[str, typer.Argument(help="Region, such as eu-west-1.")],
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """Print the environment for an account's root user: eval "$(foundation local env dev eu-west-1)"."""
    with _coded_errors():
        variables = Target(state).environment(account, region)
    if as_json:
        typer.echo(json.dumps(variables))
    else:
        for name, value in variables.items():
            typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def fault(
    faults: Annotated[str, typer.Argument(help="JSON list of faults, [] to end all; without it, show them.")] = "",
    state: State = None,
) -> None:
    """Make calls fail: see docs/local-target.md for the fields of a fault."""
    with _coded_errors():
        target = Target(state)
        if faults:
            try:
                given = json.loads(faults)
            except ValueError as error:
                raise LocalTargetError("GF-LOCAL-030", f"faults must be a JSON list, got {faults!r}") from error
            shown = target.call("PUT", "/_foundation/faults", given)
        else:
            shown = target.call("GET", "/_foundation/faults")
    typer.echo(json.dumps(shown, indent=2))
