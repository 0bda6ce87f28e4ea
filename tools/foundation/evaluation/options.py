"""Options and errors that the `foundation eval` commands share."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from foundation.evaluation.access import Access, access_to
from foundation.evaluation.errors import PROFILE_NOT_STAGE_AND_NAME, EvaluationError
from foundation.local.errors import LocalTargetError
from foundation.local.layout import DEFAULT_PORT
from foundation.local.target import Target
from foundation.options import DEFAULT_CONFIG, Config
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


@dataclass(frozen=True)
class Place:
    """Where a command works: a configuration, and either AWS, by credentials and profiles, or the local target."""

    config: Path = DEFAULT_CONFIG
    local: bool = False
    state: Path | None = None
    port: int = DEFAULT_PORT
    profiles: tuple[str, ...] = ()

    @property
    def target(self) -> Target | None:
        """The local target; None on AWS."""
        return Target(self.state, self.port) if self.local else None

    @property
    def named(self) -> dict[str, str]:
        """Profile by stage. Raises EvaluationError GF-EVAL-442 on anything but STAGE=NAME."""
        return pairs(self.profiles, "--profile", PROFILE_NOT_STAGE_AND_NAME, "dev=my-dev-profile")


_PLACE: Final = {
    "config": (Config, DEFAULT_CONFIG),
    "local": (Local, False),
    "state": (State, None),
    "port": (Port, DEFAULT_PORT),
    "profile": (Profiles, None),
}
"""Options of a Place, with their defaults."""


def at_place(command: Callable[..., None]) -> Callable[..., None]:
    """The command, whose first parameter is a Place, with the options that make one in its stead.

    Typer reads options from a function's signature, one by one: without this each command would list these five again.
    """
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    where = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=option)
        for name, (option, default) in _PLACE.items()
    ]
    parameters = [*(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own), *where]

    @functools.wraps(command)
    def asked(**given: Any) -> None:
        config, local, state, port, profile = (given.pop(name) for name in _PLACE)
        command(Place(config, local, state, port, tuple(profile or ())), **given)

    asked.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    asked.__annotations__ = {each.name: each.annotation for each in parameters}
    return asked


def opened(place: Place) -> tuple[Settings, Access]:
    """Configuration and clients of a place; raises EvaluationError GF-EVAL-442 on a malformed profile, or one of no account."""
    settings = load_settings(place.config)
    named, known = place.named, [account.stage for account in settings.accounts]
    if unknown := sorted(named.keys() - set(known)):
        raise EvaluationError(
            PROFILE_NOT_STAGE_AND_NAME, f"--profile names the account {unknown[0]!r}: use one of {', '.join(known)}"
        )
    return settings, access_to(settings, place.target, named)


def pairs(given: Sequence[str], option: str, code: str, example: str) -> dict[str, str]:
    """KEY=VALUE options; raises EvaluationError with `code` on anything else."""
    found: dict[str, str] = {}
    for each in given:
        key, separator, value = each.partition("=")
        if not (separator and key and value):
            raise EvaluationError(code, f"{option} {each!r} is not KEY=VALUE: write e.g. {option} {example}")
        found[key] = value
    return found
