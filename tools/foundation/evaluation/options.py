"""Options and errors that the `foundation eval` commands share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from foundation.evaluation.access import Access, access_to
from foundation.evaluation.errors import PROFILE_NOT_STAGE_AND_NAME, EvaluationError
from foundation.local.errors import LocalTargetError
from genai_runtime.evaluation.gate.errors import GateFailed
from stacks.settings import ConfigErrors, Environment, Settings, default_catalog, load_settings

Suites = Annotated[list[str] | None, typer.Argument(help="Names of folders in catalog/evaluations. Default: all.")]
Suite = Annotated[str, typer.Argument(help="Name of a folder in catalog/evaluations.")]
Run = Annotated[str, typer.Argument(help="Id of a run, as `foundation eval run` prints it.", metavar="RUN")]
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
    if not (folder / "suite.yaml").is_file():
        known = ", ".join(suite_names(settings, ())) or "none: catalog/evaluations is empty"
        raise EvaluationError("GF-EVAL-440", f"there is no suite {name!r}: use one of {known}")
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
    except (EvaluationError, ConfigErrors, LocalTargetError, GateFailed) as error:
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
    named = pairs(profiles or (), "--profile", PROFILE_NOT_STAGE_AND_NAME, "dev=my-dev-profile")
    return settings, access_to(settings, local=local, state=state, port=port, profiles=named)


def pairs(given: Sequence[str], option: str, code: str, example: str) -> dict[str, str]:
    """KEY=VALUE options; raises EvaluationError with `code` on anything else."""
    found: dict[str, str] = {}
    for each in given:
        key, separator, value = each.partition("=")
        if not (separator and key and value):
            raise EvaluationError(code, f"{option} {each!r} is not KEY=VALUE: write e.g. {option} {example}")
        found[key] = value
    return found
