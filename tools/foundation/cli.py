"""The `foundation` command. Sub-commands of other parts are imported only when they are asked for."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from foundation import catalog_release, schema, validate

# name -> (module with a Typer named `app`, what it does)
SUB_APPS = {
    "local": ("foundation.local.cli", "The local AWS target: up, down, status, env."),
    "report": ("foundation.report.cli", "Reviewer reports from the synthesized templates."),
    "check": ("foundation.checks.cli", "Gates over the synthesized templates: templates, lint, checkov."),
    "demo": ("foundation.demo.cli", "Every account on the local target, asked and reported."),
    "eval": ("foundation.evaluation.cli", "Evaluations: check and publish suites, run, compare, report, review."),
    "release": ("foundation.release.cli", "Releases: build, compare, deploy, test, approve, and what is live."),
    "docs": ("foundation.docs.cli", "Generated documents: diagram, errors."),
}
OWN = ("validate", "schema", "catalog")


def application(first: str | None) -> typer.Typer:
    """The command for arguments that begin with `first`; without a known first argument, everything (for --help)."""
    app = typer.Typer(
        no_args_is_help=True, add_completion=False, help="Runs beside `cdk`: checks, generates, starts and reports."
    )
    app.command()(validate.validate)
    app.command()(schema.schema)
    app.add_typer(catalog_release.app, name="catalog")
    wanted = SUB_APPS.keys() - OWN if first not in (*OWN, *SUB_APPS) else {first}
    for name, (module, purpose) in SUB_APPS.items():
        if name in wanted:
            app.add_typer(import_module(module).app, name=name, help=purpose)
    return app


def main() -> None:
    """Entry point of the console script."""
    application(sys.argv[1] if len(sys.argv) > 1 else None)()


if __name__ == "__main__":
    main()
