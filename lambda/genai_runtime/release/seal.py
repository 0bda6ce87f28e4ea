"""Seals a release: what was stored is what its manifest says, and what the pipeline was started for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from genai_runtime.base import Text
from genai_runtime.release import layout
from genai_runtime.release.archive import verify_files
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.checks import check_seal, person, stamp
from genai_runtime.release.entries import key_of
from genai_runtime.release.errors import MANIFEST_INCOMPLETE, OTHER_CHANGE, ReleaseRefused
from genai_runtime.release.jobs import ActionParameters
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.manifest import APPROVER_ROLES, ORDER, Manifest
from genai_runtime.release.records import Sealed


class SealParameters(ActionParameters):
    """Of the action Seal: what the source action says about the change."""

    author: Text
    commit: Text


@dataclass(frozen=True)
class Sealer:
    """Signs that a release is complete and unchanged."""

    releases: ReleaseBucket
    ledger: Ledger
    now: Callable[[], datetime]

    def seal(self, parameters: SealParameters) -> None:
        """Verify everything, then sign. A release that was sealed by an earlier execution keeps that seal.

        Raises ReleaseRefused.
        """
        hash_ = parameters.manifest
        manifest = self.releases.manifest(hash_)
        check_change(manifest, parameters)
        check_complete(manifest)
        with self.releases.archive(hash_) as archive:
            verify_files(archive, manifest.files)
        sealed = Sealed(
            manifest=hash_,
            commit=manifest.commit,
            author=manifest.author,
            at=stamp(self.now()),
            execution=parameters.execution,
        )
        stored = self.ledger.find(hash_, key_of(sealed))
        if stored is None:
            stored = self.ledger.append(sealed)
        check_seal(manifest, hash_, [stored.statement])


def check_change(manifest: Manifest, parameters: SealParameters) -> None:
    """Raises ReleaseRefused where the manifest is of another commit or author than the pipeline's source."""
    said, found = (parameters.commit, person(parameters.author)), (manifest.commit, person(manifest.author))
    if said != found:
        raise ReleaseRefused(
            OTHER_CHANGE,
            f"the manifest is of commit {manifest.commit} by {manifest.author}, the pipeline runs for {parameters.commit} by "
            f"{parameters.author}: build the release from the pipeline's source",
        )


def check_complete(manifest: Manifest) -> None:
    """Raises ReleaseRefused for a manifest that leaves out what no release goes without."""
    asked = {(each.environment, each.purpose) for each in manifest.requirements}
    needed = [(each, "smoke" if each == ORDER[-1] else "gate") for each in ORDER]
    lacks = [f"a {purpose} evaluation of {each}" for each, purpose in needed if (each, purpose) not in asked]
    lacks += [f"the approver {role}" for role in APPROVER_ROLES if role not in manifest.approvers]
    lacks += [f"what is live in {each}" for each in ORDER if each not in manifest.live]
    lacks += [f"the file {layout.SBOM}"] * (layout.SBOM not in manifest.files)
    if lacks:
        raise ReleaseRefused(
            MANIFEST_INCOMPLETE,
            f"the manifest lacks {', '.join(lacks)}: complete `release` in config/platform.yaml, and build it with `foundation "
            "release build`",
        )
