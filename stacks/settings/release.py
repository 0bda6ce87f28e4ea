"""catalog/released.lock: the content hash of every released guardrail and prompt version, and of every evaluation suite."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from genai_foundation.catalog.digest import digest
from genai_foundation.catalog.validation import Strict
from genai_foundation.catalog.yaml_tree import Document

KINDS = ("guardrails", "prompts")
SUITES = "evaluations"
HEADER = """\
# Content hashes of released guardrail and prompt versions, written by `foundation catalog release`.
# A released version never changes: a change is a new file with the next version number.
# An evaluation suite's version is the hash of its files' bytes: a changed suite is released again.
"""

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class ReleaseLock(Strict):
    """catalog/released.lock."""

    guardrails: dict[str, Digest] = Field({}, description="Hash by NAME-vN.")
    prompts: dict[str, Digest] = Field({}, description="Hash by NAME-vN.")
    evaluations: dict[str, Digest] = Field({}, description="Version by suite: the hash of its files' exact bytes.")


def current(documents: Mapping[str, Document]) -> dict[str, str]:
    """The hashes of the files as they are now."""
    return {stem: digest(each.root.value) for stem, each in documents.items() if each.root is not None}


def write_lock(path: Path, hashes: Mapping[str, Mapping[str, str]]) -> None:
    """Write the lock file in its one canonical form."""
    lines = [HEADER]
    for kind in (*KINDS, SUITES):
        entries = sorted(hashes.get(kind, {}).items())
        lines.append(f"{kind}:\n" if entries else f"{kind}: {{}}\n")
        lines.extend(f"  {name}: {value}\n" for name, value in entries)
    path.write_text("".join(lines), encoding="utf-8")
