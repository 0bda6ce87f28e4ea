"""`foundation release dossier` and `foundation release notes`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from foundation import cdk
from foundation.evaluation.access import Access
from foundation.evaluation.options import Place, at_place
from foundation.release.context import RoleAccess, write_file
from foundation.release.dossier.facts import Facts, gather
from foundation.release.dossier.limits import known_limits
from foundation.release.dossier.notes import release_notes
from foundation.release.dossier.page import as_json, render, sections, verdict
from foundation.release.options import Hash, context, reported
from genai_runtime.release import layout

OUT: Final = Path("build/dossier")
ROLE: Final = "genai-foundation-release-reader"
TYPES: Final = {
    "release-notes.md": "text/markdown; charset=utf-8",
    "dossier.json": "application/json",
    "dossier.html": "text/html; charset=utf-8",
}
"""Files of a dossier; the page comes last, so that where it is, all of them are."""


@at_place
def dossier(
    place: Place,
    manifest: Hash,
    out: Annotated[Path, typer.Option(help="Folder for the page, its JSON and the release notes.")] = OUT,
    upload: Annotated[bool, typer.Option("--upload", help="Put it into the bucket of releases too.")] = False,
) -> None:
    """Write release notes and the responsible-AI dossier: versions, evidence by dimension, known limits, approvals."""
    console = Console()
    with reported(console):
        platform = context(place)
        access: Access = RoleAccess(platform, ROLE, "release-dossier", frozenset(place.named))
        facts = gather(platform, access, manifest, cdk.ROOT)
        files = {
            "release-notes.md": release_notes(facts),
            "dossier.json": as_json(facts),
            "dossier.html": render(facts),
        }
        for name, body in files.items():
            write_file(out / name, body)
        if upload:
            client = platform.client("s3")
            for name, kind in TYPES.items():
                client.put_object(
                    Bucket=platform.bucket,
                    Key=layout.dossier(manifest, name),
                    Body=files[name].encode(),
                    ContentType=kind,
                )
    _show(console, facts, out)


@at_place
def notes(
    place: Place,
    manifest: Hash,
) -> None:
    """Print the release notes, as Markdown."""
    with reported(Console(stderr=True)):
        platform = context(place)
        access: Access = RoleAccess(platform, ROLE, "release-notes", frozenset(place.named))
        text = release_notes(gather(platform, access, manifest, cdk.ROOT))
    typer.echo(text, nl=False)


def _show(console: Console, facts: Facts, out: Path) -> None:
    for section in sections(facts):
        console.print(f"  {section.state:12} {section.dimension.name}", highlight=False)
    said = f"{verdict(facts)}; {len(known_limits(facts))} known limits; {out / 'dossier.html'}"
    console.print(said, highlight=False, markup=False, soft_wrap=True)
