"""Evidence is read again: results and datasets are what they were when the gate judged them."""

from typing import Any, Literal

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.redaction.report import RedactionReport
from genai_runtime.release.errors import DATASET_CHANGED, EVIDENCE_CHANGED, EVIDENCE_GONE
from genai_runtime.release.evidence import Evaluations, check_unchanged
from genai_runtime.release.records import Evidence, Promoted
from tests.unit.evaluation.planning.memory_store import MemoryStore
from tests.unit.release.core import sample
from tests.unit.release.core.refusal import refuses
from tests.unit.release.core.sample import SUITE, SUITE_FILES

RESULT = b'{"decision":"PROMOTE"}'
VERSION = layout.content_hash(SUITE_FILES)
REDACTED_FILES = SUITE_FILES | {"dataset.jsonl": b'{"id":"1","redacted":true}\n'}
REDACTED = layout.content_hash(REDACTED_FILES)


def promoted(**changes: Any) -> Promoted:
    given = {
        "suite": SUITE, "version": VERSION, "run": "r1", "decision": "PROMOTE",
        "result_sha256": sample.sha(RESULT), "ended_at": sample.at(),
    }  # fmt: skip
    return sample.promoted("pre-prod", evidence=(Evidence(**given | changes),))


@pytest.fixture
def runs() -> MemoryStore:
    store = MemoryStore("runs")
    store.write(layout.result("r1"), RESULT)
    put(store, SUITE_FILES, "run")
    return store


@pytest.fixture
def datasets() -> MemoryStore:
    store = MemoryStore("golden")
    put(store, SUITE_FILES, "golden", VERSION)
    return store


def put(store: MemoryStore, files: dict[str, bytes], stage: str, version: str = "") -> None:
    for name, body in files.items():
        store.write(layout.suite("r1", name) if stage == "run" else layout.golden(stage, SUITE, version, name), body)


def check(
    runs: MemoryStore, datasets: MemoryStore, stage: Literal["golden", "redacted"] = "golden", *, rollback: bool = False
) -> None:
    check_unchanged(Evaluations(runs, datasets, stage), promoted(), rollback=rollback)


def redact(datasets: MemoryStore, version: str | None = REDACTED) -> None:
    put(datasets, REDACTED_FILES, "redacted", REDACTED)
    report = RedactionReport(suite=SUITE, version=VERSION, redacted_version=version, cases=1, rounds=1)
    datasets.write(layout.golden("redacted", SUITE, VERSION, "redaction.json"), report)


def test_unchanged_evidence_counts(runs: MemoryStore, datasets: MemoryStore) -> None:
    check(runs, datasets)


def test_dev_s_redacted_copy_counts_for_its_golden_version(runs: MemoryStore, datasets: MemoryStore) -> None:
    redact(datasets)
    put(runs, REDACTED_FILES, "run")
    check(runs, datasets, "redacted")


def test_a_copy_in_which_nothing_was_redacted_has_the_golden_version(runs: MemoryStore, datasets: MemoryStore) -> None:
    put(datasets, SUITE_FILES, "redacted", VERSION)
    check(runs, datasets, "redacted")
    redact(datasets, None)
    check(runs, datasets, "redacted")


def test_fails_evidence_changed(runs: MemoryStore, datasets: MemoryStore) -> None:
    runs.write(layout.result("r1"), RESULT + b" ")
    for rollback in (False, True):
        with refuses(EVIDENCE_CHANGED, "runs/r1/result.json"):
            check(runs, datasets, rollback=rollback)


def test_fails_evidence_gone(runs: MemoryStore, datasets: MemoryStore) -> None:
    del runs.objects[layout.result("r1")]
    with refuses(EVIDENCE_GONE, "new execution"):
        check(runs, datasets)


def test_a_rollback_needs_no_run_that_expired(runs: MemoryStore, datasets: MemoryStore) -> None:
    del runs.objects[layout.suite("r1", "dataset.jsonl")]  # expiry takes one object after the other
    check(runs, datasets, rollback=True)
    runs.objects.clear()
    datasets.objects.clear()
    check(runs, datasets, rollback=True)


@pytest.mark.parametrize("file", ["suite.yaml", "dataset.jsonl", "calibration.jsonl"])
def test_fails_dataset_changed_after_evaluation_where_it_is_published(
    runs: MemoryStore, datasets: MemoryStore, file: str
) -> None:
    datasets.write(layout.golden("golden", SUITE, VERSION, file), b"changed")
    for rollback in (False, True):
        with refuses(DATASET_CHANGED, "golden/answers", VERSION):
            check(runs, datasets, rollback=rollback)


def test_fails_dataset_changed_after_evaluation_in_the_run(runs: MemoryStore, datasets: MemoryStore) -> None:
    put(runs, REDACTED_FILES, "run")
    with refuses(DATASET_CHANGED, "run r1 of pre-prod"):
        check(runs, datasets)


def test_fails_when_the_dataset_is_gone(runs: MemoryStore, datasets: MemoryStore) -> None:
    datasets.objects.clear()
    with refuses(DATASET_CHANGED, "nothing"):
        check(runs, datasets)


def test_fails_when_the_suite_was_redacted_again_with_another_result(runs: MemoryStore, datasets: MemoryStore) -> None:
    """The run used another copy than the one that the report names now."""
    redact(datasets)
    with refuses(DATASET_CHANGED, "run r1"):
        check(runs, datasets, "redacted")


def test_fails_when_a_redacted_copy_was_changed(runs: MemoryStore, datasets: MemoryStore) -> None:
    redact(datasets)
    put(runs, REDACTED_FILES, "run")
    datasets.write(layout.golden("redacted", SUITE, REDACTED, "dataset.jsonl"), b"changed")
    with refuses(DATASET_CHANGED, f"redacted/answers/{REDACTED}"):
        check(runs, datasets, "redacted")


def test_fails_when_the_report_on_a_redaction_is_none(runs: MemoryStore, datasets: MemoryStore) -> None:
    datasets.write(layout.golden("redacted", SUITE, VERSION, "redaction.json"), b"{}")
    with refuses(DATASET_CHANGED, "redact the suite again"):
        check(runs, datasets, "redacted")
