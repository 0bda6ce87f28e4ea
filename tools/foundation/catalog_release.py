"""`foundation catalog release`: freeze the guardrails, prompts and evaluation suites that aren't released yet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from foundation.options import DEFAULT_CONFIG, Catalog, Config
from foundation.validate import show
from genai_runtime.evaluation.layout import SUITE_FILE, SUITE_FILES, content_hash
from stacks.settings import default_catalog
from stacks.settings.load import Examination, examine
from stacks.settings.release import KINDS, SUITES, current, write_lock

app = typer.Typer(no_args_is_help=True, help="The catalog of guardrails, prompts and evaluation suites.")

# What a release itself puts right: versions that are used but not released, and a lock that doesn't exist.
MENDED = {"GF-CAT-042", "GF-CAT-043"}


@app.callback()
def catalog() -> None:
    """The catalog of guardrails, prompts and evaluation suites."""


@app.command()
def release(
    config: Config = DEFAULT_CONFIG,
    catalog: Catalog = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 when a version isn't released.")
    ] = False,
) -> None:
    """Write the content hash of every new version into released.lock. Exit code 1 when a released version changed."""
    found = examine(config, catalog or default_catalog(config))
    errors = tuple(error for error in found.errors if error.code not in MENDED)
    if errors:
        show(tuple(sorted(errors, key=lambda error: (error.file.as_posix(), error.line))))
        raise typer.Exit(1)
    hashes, new = pending(found)
    suites, changed = pending_suites(found)
    hashes[SUITES] = suites
    new += changed
    for name in new:
        typer.echo(f"{'not released' if check else 'released'}: {name}")
    if not new:
        typer.echo("every version is released and unchanged")
    elif check:
        raise typer.Exit(1)
    else:
        write_lock(found.files.lock.file, hashes)


def pending(found: Examination) -> tuple[dict[str, dict[str, str]], list[str]]:
    """All hashes after a release, by kind, and the names that it adds."""
    before = _released(found)
    now = {"guardrails": current(found.files.guardrails), "prompts": current(found.files.prompts)}
    new = [f"{kind}/{name}" for kind in KINDS for name in sorted(now[kind].keys() - before[kind].keys())]
    return {kind: {**now[kind], **before[kind]} for kind in KINDS}, new


def pending_suites(found: Examination) -> tuple[dict[str, str], list[str]]:
    """The versions of all evaluation suites after a release, and the names that are new or changed.

    The version is the hash of the exact bytes. The bytes of earlier releases stay in the governance account's bucket.
    """
    before = _released(found)[SUITES]
    now = {folder.name: f"sha256:{suite_version(folder)}" for folder in suite_folders(found.files.catalog)}
    new = [f"{SUITES}/{name}" for name in sorted(now) if before.get(name) != now[name]]
    return {**before, **now}, new


def suite_folders(catalog: Path) -> list[Path]:
    """Folders of evaluation suites, by name."""
    return sorted(file.parent for file in (catalog / SUITES).glob(f"*/{SUITE_FILE}"))


def suite_version(folder: Path) -> str:
    """Content hash of a suite's files as they are now."""
    return content_hash({name: (folder / name).read_bytes() for name in SUITE_FILES if (folder / name).is_file()})


def _released(found: Examination) -> dict[str, dict[str, str]]:
    return found.lock.model_dump() if found.lock is not None else {kind: {} for kind in (*KINDS, SUITES)}
