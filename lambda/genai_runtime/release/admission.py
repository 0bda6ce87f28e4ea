"""All that a deployment needs, read anew: manifest, ledger, evidence, datasets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from genai_runtime.release import checks
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.checks import Admission
from genai_runtime.release.evidence import Open, check_unchanged
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.manifest import Environment, Manifest
from genai_runtime.release.records import Entry


@dataclass(frozen=True)
class Admitted:
    """A release that may be deployed, and what says so."""

    manifest: Manifest
    entries: tuple[Entry, ...]
    admission: Admission


@dataclass(frozen=True)
class Admissions:
    """Admits deployments. `open` becomes a reader of an environment's evaluations; `now` has an offset."""

    releases: ReleaseBucket
    ledger: Ledger
    open: Open
    now: Callable[[], datetime]

    def admit(self, hash_: str, environment: Environment, execution: str) -> Admitted:
        """Raises ReleaseRefused unless the release may be deployed now."""
        manifest = self.releases.manifest(hash_)
        entries = self.ledger.entries(hash_)
        admission = checks.admit(manifest, hash_, entries, environment, execution, self.now())
        if admission.promotion is not None:
            evaluations = self.open(admission.promotion.environment)
            check_unchanged(evaluations, admission.promotion, rollback=admission.rollback)
        return Admitted(manifest, entries, admission)
