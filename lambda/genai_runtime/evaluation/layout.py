"""Where a run's objects lie in the evaluation bucket, and a suite's in the bucket of golden datasets."""

import hashlib
from collections.abc import Mapping

SUITE_FILE, DATASET_FILE, CALIBRATION_FILE = "suite.yaml", "dataset.jsonl", "calibration.jsonl"
SUITE_FILES = (SUITE_FILE, DATASET_FILE, CALIBRATION_FILE)
"""All that makes a suite's version; the last one is there where the suite has a judge."""


def content_hash(files: Mapping[str, bytes]) -> str:
    """Version of a suite: SHA-256 over the names and hashes of its files, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name} {hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return digest.hexdigest()


def golden(stage: str, suite: str, version: str, file: str) -> str:
    """Object of a published suite. `stage` is `golden`, or `redacted` for what dev may read."""
    return f"{stage}/{suite}/{version}/{file}"


def _run(run: str, *parts: str) -> str:
    return "/".join(("runs", run, *parts))


def request(run: str) -> str:
    """The RunRequest."""
    return _run(run, "run.json")


def suite(run: str, file: str) -> str:
    """The exact bytes of a suite's file that this run uses."""
    return _run(run, "suite", file)


def batches(run: str, look: int) -> str:
    """JSON lines of Batch, read by the Distributed Map."""
    return _run(run, "looks", str(look), "batches.jsonl")


def open_batches(run: str, look: int) -> str:
    """The batches of a look without those of candidates that earlier looks decided."""
    return _run(run, "looks", str(look), "open.jsonl")


def response(run: str, candidate: str, case: str) -> str:
    """A Response."""
    return f"{responses(run, candidate)}{case}.json"


def responses(run: str, candidate: str) -> str:
    """Prefix of a candidate's responses."""
    return _run(run, "responses", candidate, "")


def scores(run: str, step: str, candidate: str, look: int, batch: int) -> str:
    """A ScoredBatch of a step: `scores`, `judgements` or `reviews`."""
    return _run(run, step, candidate, f"{look}-{batch}.json")


def gate(run: str, look: int) -> str:
    """A GateResult."""
    return _run(run, "gate", f"{look}.json")


def result(run: str, file: str = "result.json") -> str:
    """The RunResult, or a page of the report beside it."""
    return _run(run, file)


def votes(run: str, candidate: str, case: str) -> str:
    """Prefix of the judge's votes on one answer."""
    return _run(run, "votes", candidate, case, "")


def calibration(run: str) -> str:
    """The judge's labels beside people's, a `judging.records.Calibration`."""
    return _run(run, "calibration.json")


def calibration_votes(run: str, item: str) -> str:
    """Prefix of the judge's votes on one item of calibration.jsonl."""
    return _run(run, "calibration", item, "")


def forms(run: str) -> str:
    """Prefix of the forms for human review."""
    return _run(run, "forms", "")


def form(run: str, form: str, file: str) -> str:
    """A form's `form.json`, `form.html` or `answers.json`."""
    return f"{forms(run)}{form}/{file}"


def form_tokens(run: str, form: str) -> str:
    """Prefix of a form's task tokens, the latest last in the order of their keys."""
    return f"{forms(run)}{form}/tokens/"


def judge_counts(run: str) -> str:
    """Prefix of what judging each batch took, `judging.records.Counts`."""
    return _run(run, "judge-counts", "")


def review_sample(run: str, look: int) -> str:
    """The cases that a look has reviewed."""
    return f"{forms(run)}samples/{look}.json"


def review_groups(run: str) -> str:
    """Prefix of the groups of answers that are reviewed together."""
    return f"{forms(run)}groups/"


def review_group(run: str, look: int, group: int) -> str:
    """Answers that are reviewed together, by several reviewers."""
    return f"{review_groups(run)}{look}-{group}.json"


def jobs(run: str, look: int) -> str:
    """A look's managed evaluation jobs, `jobs.records.Jobs`."""
    return _run(run, "jobs", f"{look}.json")


def job_folder(run: str, job: str) -> str:
    """Folder of a managed evaluation job: its dataset, and below `output` its results."""
    return _run(run, "jobs", job)
