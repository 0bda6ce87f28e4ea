"""Options that several sub-commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path,
    typer.Option(
        "--config", envvar="FOUNDATION_CONFIG", help="Folder with platform.yaml and use_cases/.", metavar="DIR"
    ),
]
Catalog = Annotated[
    Path | None,
    typer.Option(
        "--catalog",
        help="Folder with models.yaml, guardrails/ and prompts/.",
        metavar="DIR",
        show_default="beside --config",
    ),
]
DEFAULT_CONFIG = Path("config")
