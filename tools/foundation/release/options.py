"""Options and errors that the `foundation release` commands share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from foundation.cdk import CdkError
from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.options import Place, opened
from foundation.local.errors import LocalTargetError
from foundation.release.context import Context
from foundation.release.errors import ReleaseError
from genai_runtime.live.errors import LiveError
from genai_runtime.live.online.errors import OnlineError
from genai_runtime.release.errors import ReleaseRefused
from stacks.settings import ConfigErrors, Environment

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def whole_hash(given: str | None) -> str | None:
    """A hash as it is. Tables show its beginning only, which nobody may approve or look for by mistake."""
    if given is not None and not _SHA256.fullmatch(given):
        raise typer.BadParameter(
            f"{given!r} is no hash: give all 64 hexadecimal digits, as `foundation release history --json` shows them"
        )
    return given


Hash = Annotated[
    str,
    typer.Option(
        "--manifest",
        help="Hash of the release's manifest, 64 digits.",
        metavar="HASH",
        envvar="MANIFEST",
        callback=whole_hash,
    ),
]
Stage = Annotated[Environment, typer.Option("--environment", help="Environment.")]
UseCase = Annotated[str, typer.Option("--use-case", help="Use case of config/use_cases.")]
Execution = Annotated[
    str,
    typer.Option("--execution", help="Execution of the pipeline.", envvar=["EXECUTION", "CODEPIPELINE_EXECUTION_ID"]),
]


@contextmanager
def reported(console: Console) -> Iterator[None]:
    """Errors that a person can act on become a message and exit code 1."""
    try:
        yield
    except (
        ReleaseError, ReleaseRefused, LiveError, OnlineError, EvaluationError, ConfigErrors, CdkError, LocalTargetError
    ) as error:  # fmt: skip
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    except (ClientError, BotoCoreError) as error:
        said = f"GF-REL-416: AWS refused or failed: {error}"
        console.print(said, style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1) from error


def context(place: Place) -> Context:
    """What the options name; raises EvaluationError and ConfigErrors."""
    settings, access = opened(place)
    return Context(settings, access, local=place.local)
