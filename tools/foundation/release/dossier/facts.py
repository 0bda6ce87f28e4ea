"""Everything that release notes and dossier are made of, from the manifest, the ledger, the runs and the checkout."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from foundation.catalog_release import suite_folders
from foundation.evaluation.access import Access
from foundation.evaluation.suites import LoadedSuite, load_suite
from foundation.release.bundle.changes import Change, changes
from foundation.release.bundle.items import items
from foundation.release.context import Context
from foundation.release.dossier.runs import Run, runs
from foundation.release.errors import ReleaseError
from foundation.release.history import Line, ledger
from genai_runtime.release import layout
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.manifest import ApproverRole, Item, Manifest
from genai_runtime.release.records import Approved, Promoted
from stacks.settings import Settings, default_catalog

_READ = frozenset({"prompt", "guardrail", "model", "dataset", "threshold", "flow", "tool", "configuration", "prices"})
"""Kinds of items that are read from the checkout; code is not."""


@dataclass(frozen=True)
class Materials:
    """The bill of materials in short. `problem` says why it can't be read."""

    sha256: str
    packages: Mapping[str, int]
    """By ecosystem."""
    locks: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Facts:
    """A release and all that is known of it.

    :param lines: ledger entries of this manifest, oldest first
    :param before: what was promoted in prod last before it, with the differences; None: nothing was
    :param changes_problem: why the differences can't be told; empty when they can
    """

    settings: Settings
    manifest: Manifest
    hash: str
    suites: Mapping[str, LoadedSuite]
    lines: tuple[Line, ...]
    runs: tuple[Run, ...]
    before: str | None
    changes: tuple[Change, ...]
    materials: Materials
    changes_problem: str = ""

    @property
    def as_of(self) -> str:
        """Time of the newest genuine entry: the same ledger gives the same dossier."""
        return max((line.at for line in self.lines if line.statement), default=self.manifest.committed_at)

    @property
    def gated(self) -> tuple[LoadedSuite, ...]:
        """Suites that a gate of the release asks for."""
        names = dict.fromkeys(each.request.suite for each in self.manifest.requirements)
        return tuple(self.suites[name] for name in names if name in self.suites)

    @property
    def gating(self) -> tuple[LoadedSuite, ...]:
        """Of these, the ones that must end with PROMOTE: after prod only a REJECT counts."""
        names = {each.request.suite for each in self.manifest.requirements if each.purpose == "gate"}
        return tuple(each for each in self.gated if each.suite.name in names)

    @property
    def approvals(self) -> Mapping[ApproverRole, Approved | None]:
        """The newest genuine approval by role; None where nobody approved yet."""
        given = [line.statement for line in self.lines if isinstance(line.statement, Approved)]
        return {
            role: next((each for each in reversed(given) if each.role == role), None)
            for role in self.manifest.approvers
        }


def gather(context: Context, access: Access, hash_: str, root: Path) -> Facts:
    """All facts. Raises ReleaseError GF-REL-460 when the checkout isn't the release's, ReleaseRefused for a manifest that was
    changed.

    :param access: reads the evaluation buckets of the environments
    """
    manifest = context.releases.manifest(hash_)
    check_checkout(context.settings, manifest, root)
    suites = {folder.name: load_suite(folder) for folder in suite_folders(default_catalog(context.settings.config))}
    every = ledger(context)
    own = tuple(line for line in every if line.manifest == hash_)
    before = _before(every, hash_)
    found, problem = _changes(context, before, manifest)
    return Facts(
        settings=context.settings,
        manifest=manifest,
        hash=hash_,
        suites=suites,
        lines=own,
        runs=runs(own, {name: each.suite for name, each in suites.items()}, access),
        before=before,
        changes=found,
        materials=materials(context, hash_, manifest),
        changes_problem=problem,
    )


def check_checkout(settings: Settings, manifest: Manifest, root: Path) -> None:
    """Raises ReleaseError GF-REL-460 unless catalog and configuration here are the release's: what is read from them is told
    of the release."""
    released, here = (_by_name(each) for each in (manifest.items, items(settings, root)))
    differ = sorted(
        f"{kind} {name}"
        for kind, name in released.keys() | here.keys()
        if released.get((kind, name)) != here.get((kind, name))
    )
    if differ:
        more = f" and {len(differ) - 3} more" if len(differ) > 3 else ""
        raise ReleaseError(
            "GF-REL-460",
            f"this checkout differs from the release in {', '.join(differ[:3])}{more}: check out commit {manifest.commit}",
        )


def _by_name(found: tuple[Item, ...]) -> dict[tuple[str, str], str]:
    return {(item.kind, item.name): item.sha256 for item in found if item.kind in _READ}


def _before(lines: Sequence[Line], hash_: str) -> str | None:
    """What prod had before this release, whichever came to it later; None when nothing was promoted there."""
    promoted = [
        line.statement
        for line in lines
        if isinstance(line.statement, Promoted) and line.statement.environment == "prod"
    ]
    until = next((each.at for each in promoted if each.manifest == hash_), None)
    earlier = [each.manifest for each in promoted if each.manifest != hash_ and (until is None or each.at < until)]
    return earlier[-1] if earlier else None


def _changes(context: Context, before: str | None, manifest: Manifest) -> tuple[tuple[Change, ...], str]:
    """What differs from the release before, or why that can't be told."""
    if before is None:
        return (), ""
    try:
        return changes(context.releases.manifest(before), manifest), ""
    except ReleaseRefused as error:
        return (), str(error)


def materials(context: Context, hash_: str, manifest: Manifest) -> Materials:
    """The bill of materials of the bucket, if it is the manifest's."""
    expected = manifest.files.get(layout.SBOM, "")
    try:
        body: bytes = (
            context.client("s3")
            .get_object(Bucket=context.bucket, Key=f"{layout.folder(hash_)}{layout.SBOM}")["Body"]
            .read()
        )
    except ClientError as error:
        return Materials(expected, {}, problem=f"it can't be read ({error.response['Error']['Code']})")
    if hashlib.sha256(body).hexdigest() != expected:
        return Materials(expected, {}, problem="it isn't the manifest's: it was changed after it was built")
    components: list[dict[str, Any]] = json.loads(body).get("components", [])
    packages = Counter(
        str(each["purl"]).removeprefix("pkg:").partition("/")[0] for each in components if each.get("purl")
    )
    locks = tuple(sorted(each["name"] for each in components if each.get("type") == "file"))
    return Materials(expected, dict(packages), locks)
