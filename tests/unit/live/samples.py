"""Documents, experiments and logs for the tests."""

from typing import Any

from genai_runtime.live.changes import next_record
from genai_runtime.live.records import Document, Experiment, GuardrailVersion, Limit, LogRecord, Versions
from genai_runtime.live.requests import Change, PlannedExperiment, Release, StartExperiment
from genai_runtime.model_access.contracts import GuardrailRef, UseCaseContract

USE_CASE = "claims"
NOW = "2026-07-30T10:00:00.000000+00:00"
MANIFEST, OTHER = "ab" * 32, "cd" * 32
MODEL, OTHER_MODEL = "amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0"
CONTRACT = UseCaseContract(
    name=USE_CASE,
    guardrail=GuardrailRef(name="baseline", version=1),
    prompts={"answer": 1, "classify": 1},
    models=frozenset({MODEL, OTHER_MODEL}),
)


def versions(
    answer: int = 1, *, guardrail: int = 1, name: str = "baseline", models: dict[str, str] | None = None
) -> Versions:
    """Versions that name the prompt `answer`."""
    return Versions(
        prompts={"answer": answer}, models=models or {}, guardrail=GuardrailVersion(name=name, version=guardrail)
    )


def experiment(id_: str = "canary-1", **changes: Any) -> Experiment:
    """A canary of the prompt's version 2."""
    values: dict[str, Any] = {
        "id": id_,
        "kind": "canary",
        "candidate": versions(2),
        "share": 0.1,
        "limits": (Limit(metric="failed", share=0.05),),
        "started_at": NOW,
    }
    return Experiment.model_validate(values | changes)


def document(sequence: int = 1, **changes: Any) -> Document:
    """What is live after `sequence` changes."""
    values: dict[str, Any] = {
        "use_case": USE_CASE,
        "sequence": sequence,
        "manifest": MANIFEST,
        "stable": versions(),
    }
    return Document.model_validate(values | changes)


def release(manifest: str = MANIFEST, answer: int = 1, **changes: Any) -> Release:
    """A release of a version of the prompt."""
    values: dict[str, Any] = {
        "use_case": USE_CASE,
        "manifest": manifest,
        "versions": versions(answer),
        "by": "pipeline",
    }
    return Release.model_validate(values | changes)


def start(id_: str = "canary-1", **changes: Any) -> StartExperiment:
    """The start of an experiment."""
    planned = PlannedExperiment.model_validate(experiment(id_, **changes).model_dump() | {"started_at": ""})
    return StartExperiment(use_case=USE_CASE, experiment=planned, by="jo@example.com")


def log_of(*requests: Change) -> tuple[LogRecord, ...]:
    """The log after these changes, all of which append."""
    records: tuple[LogRecord, ...] = ()
    for request in requests:
        record = next_record(records, request, now=NOW)
        assert record is not None
        records = (*records, record)
    return records
