"""`foundation release`: build releases, see what differs, deploy and test them, explain and approve them, watch what is live."""

from __future__ import annotations

import typer

from foundation.release.acceptance import cli as acceptance_cli
from foundation.release.bundle import cli as bundle_cli
from foundation.release.deployment import cli as deployment_cli
from foundation.release.dossier import cli as dossier_cli
from foundation.release.people import cli as people_cli
from foundation.release.people import live_cli
from foundation.release.walker import command as walker

app = typer.Typer(no_args_is_help=True, add_completion=False)
app.command()(bundle_cli.build)
app.command("changes")(bundle_cli.show_changes)
app.command()(deployment_cli.deploy)
app.command()(acceptance_cli.integration)
app.command()(acceptance_cli.performance)
app.command()(dossier_cli.dossier)
app.command()(dossier_cli.notes)
app.command()(people_cli.approve)
app.command()(people_cli.history)
app.add_typer(live_cli.app, name="live", help="What is live for a use case: versions and experiments.")
app.command()(walker.run)
app.command()(walker.executions)
