"""Whether what a promotion rests on is still there as it was judged: the runs' results, and the datasets."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.redaction.report import FILE, RedactionReport
from genai_runtime.evaluation.store import Store
from genai_runtime.release.errors import DATASET_CHANGED, EVIDENCE_CHANGED, EVIDENCE_GONE, ReleaseRefused
from genai_runtime.release.manifest import Environment
from genai_runtime.release.records import Evidence, Promoted


@dataclass(frozen=True)
class Evaluations:
    """An environment's runs, and the datasets that it may read."""

    runs: Store
    datasets: Store
    stage: Literal["golden", "redacted"]


_NEEDED = {layout.SUITE_FILE, layout.DATASET_FILE}
Open = Callable[[Environment], Evaluations]
"""Becomes a reader of an environment's evaluations."""


def check_unchanged(found: Evaluations, promoted: Promoted, *, rollback: bool) -> None:
    """Raises ReleaseRefused unless each run's result has the bytes that were judged, and its suite, in the run and where
    suites are published, has the content that its version says. For a rollback, runs and suites may have expired."""
    for each in promoted.evidence:
        _check_result(found, promoted.environment, each, gone_is_fine=rollback)
        _check_suite(found, promoted.environment, each, gone_is_fine=rollback)


def _check_result(found: Evaluations, environment: Environment, evidence: Evidence, *, gone_is_fine: bool) -> None:
    key = layout.result(evidence.run)
    body = found.runs.read(key)
    if body is None:
        if gone_is_fine:
            return
        raise ReleaseRefused(
            EVIDENCE_GONE,
            f"s3://{found.runs.bucket}/{key}, which the promotion by {environment} rests on, is gone: start a new execution of "
            "the pipeline, which evaluates the release again",
        )
    actual = hashlib.sha256(body).hexdigest()
    if actual != evidence.result_sha256:
        raise ReleaseRefused(
            EVIDENCE_CHANGED,
            f"s3://{found.runs.bucket}/{key} has the hash {actual}, the promotion by {environment} judged "
            f"{evidence.result_sha256}: the result changed after the verdict, tell the security team and start a new execution",
        )


def _check_suite(found: Evaluations, environment: Environment, evidence: Evidence, *, gone_is_fine: bool) -> None:
    version = _stored_version(found, evidence)
    published = _files(
        found.datasets, {name: layout.golden(found.stage, evidence.suite, version, name) for name in layout.SUITE_FILES}
    )
    used = _files(found.runs, {name: layout.suite(evidence.run, name) for name in layout.SUITE_FILES})
    places = {
        f"{found.stage}/{evidence.suite}/{version} in {found.datasets.bucket}": published,
        f"run {evidence.run} of {environment}": used,
    }
    for place, files in places.items():
        if gone_is_fine and not files.keys() >= _NEEDED:
            continue
        actual = layout.content_hash(files) if files else "nothing"
        if actual != version:
            raise ReleaseRefused(
                DATASET_CHANGED,
                f"suite {evidence.suite} of {place} is {actual}, the promotion by {environment} was made with {version}: the "
                "dataset changed after the evaluation, publish it again and start a new execution of the pipeline",
            )


def _stored_version(found: Evaluations, evidence: Evidence) -> str:
    """Redaction gives a suite another content, so another hash; its report says which."""
    if found.stage == "golden":
        return evidence.version
    body = found.datasets.read(layout.golden(found.stage, evidence.suite, evidence.version, FILE))
    if body is None:
        return evidence.version
    try:
        return RedactionReport.model_validate_json(body).redacted_version or evidence.version
    except ValidationError:
        raise ReleaseRefused(
            DATASET_CHANGED,
            f"the report on the redaction of suite {evidence.suite} {evidence.version} can't be read: redact the suite again "
            "and start a new execution of the pipeline",
        ) from None


def _files(store: Store, keys: Mapping[str, str]) -> dict[str, bytes]:
    read = {name: store.read(key) for name, key in keys.items()}
    return {name: body for name, body in read.items() if body is not None}
