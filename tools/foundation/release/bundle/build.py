"""From a checkout to a release: one synthesis, the bill of materials, the manifest over everything, one archive."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation import cdk
from foundation.release.bundle import archive
from foundation.release.bundle.commit import Commit
from foundation.release.bundle.items import items
from foundation.release.bundle.requirements import live, pipeline_of, requirements
from foundation.release.context import writing
from foundation.release.errors import ReleaseError
from genai_runtime.evaluation.layout import SUITE_FILES
from genai_runtime.release import layout
from genai_runtime.release.manifest import ORDER, Manifest, canonical, manifest_hash, parse_manifest
from stacks.settings import Settings, default_catalog
from stacks.settings.release import SUITES as EVALUATIONS

HASH_FILE = "MANIFEST"
"""Holds the manifest's hash, for scripts."""


@dataclass(frozen=True)
class Built:
    """A release in a folder: `manifest.json`, `files.zip`, `sbom.cdx.json`, `MANIFEST` and `cdk.out`."""

    folder: Path
    hash: str
    manifest: Manifest

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        kinds = sorted({item.kind for item in self.manifest.items})
        return {
            "manifest": self.hash,
            "commit": self.manifest.commit,
            "folder": str(self.folder),
            "items": {kind: sum(item.kind == kind for item in self.manifest.items) for kind in kinds},
            "requirements": [
                {"environment": each.environment, "purpose": each.purpose, "suite": each.request.suite}
                for each in self.manifest.requirements
            ],
            "files": len(self.manifest.files),
        }


def build(settings: Settings, commit: Commit, out: Path, *, root: Path = cdk.ROOT) -> Built:
    """Build a release into `out`, replacing what an earlier build left there.

    Everything that can be wrong with configuration, catalog and lock files fails before the synthesis begins. The same
    checkout and commit give the same bytes. Raises ReleaseError, ConfigErrors, EvaluationError, CdkError.
    """
    # The library for bills of materials: the other commands don't wait for it.
    from foundation.release.bundle.sbom import bill_of_materials

    release = pipeline_of(settings)
    found, required = items(settings, root), requirements(settings)
    with writing(out):
        _empty(out)
        _copy_suites(settings, {each.request.suite for each in required}, out)
    with ThreadPoolExecutor(1) as pool:
        materials = pool.submit(bill_of_materials, root, commit)
        cdk.synth(out / archive.ASSEMBLY, config=settings.config)
        listed = materials.result()
    with writing(out):
        (out / layout.SBOM).write_bytes(listed)
        manifest = Manifest(
            commit=commit.id,
            author=commit.author,
            subject=commit.subject,
            committed_at=commit.committed_at,
            items=found,
            requirements=required,
            live=live(settings),
            files=_files(out),
            approvers=tuple(sorted(release.approvers)),
            evidence_days=release.evidence_days,
        )
        archive.pack(out, manifest.files, out / layout.FILES)
        return write(out, manifest)


def write(out: Path, manifest: Manifest) -> Built:
    """The canonical manifest and its hash, last: where `MANIFEST` is, the release is complete."""
    (out / layout.MANIFEST).write_bytes(canonical(manifest))
    hash_ = manifest_hash(manifest)
    (out / HASH_FILE).write_text(f"{hash_}\n", encoding="ascii")
    return Built(out, hash_, manifest)


def read(folder: Path) -> Built:
    """A release that was built before. Raises ReleaseError GF-REL-410 when the folder holds none, ReleaseRefused when it was
    changed afterwards."""
    try:
        body = (folder / layout.MANIFEST).read_bytes()
        hash_ = (folder / HASH_FILE).read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise ReleaseError(
            "GF-REL-410", f"{folder} holds no release ({error}): run `foundation release build`"
        ) from error
    return Built(folder, hash_, parse_manifest(body, hash_))


def _files(out: Path) -> Mapping[str, str]:
    found = {
        f"{archive.ASSEMBLY}/{name}": hash_ for name, hash_ in archive.hashes(out / archive.ASSEMBLY).items()
    }  # fmt: skip
    suites = {f"{EVALUATIONS}/{name}": hash_ for name, hash_ in archive.hashes(out / EVALUATIONS).items()}
    return {**found, **suites, layout.SBOM: archive.sha256_of(out / layout.SBOM)}


def _copy_suites(settings: Settings, names: Collection[str], out: Path) -> None:
    """The exact bytes of the suites that gates ask for."""
    for name in sorted(names):
        folder = default_catalog(settings.config) / EVALUATIONS / name
        for file in SUITE_FILES:
            if (folder / file).is_file():
                target = out / layout.suite(name, file)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / file, target)


def _empty(out: Path) -> None:
    """Remove what a build writes, and nothing else: an assembly of another commit must not get into the release."""
    out.mkdir(parents=True, exist_ok=True)
    for name in (HASH_FILE, layout.MANIFEST, layout.FILES, layout.SBOM):
        (out / name).unlink(missing_ok=True)
    for folder in (archive.ASSEMBLY, EVALUATIONS):
        shutil.rmtree(out / folder, ignore_errors=True)


def gates(manifest: Manifest) -> list[str]:
    """What each environment's gate asks for, in a line each."""
    return [
        f"{environment}: {', '.join(each.request.suite for each in asked)} ({asked[0].purpose})"
        for environment in ORDER
        if (asked := [each for each in manifest.requirements if each.environment == environment])
    ]
