"""Generated datasets as files: the same release of botocore gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from foundation.evaluation.generate import limits_suite, reference_suite, safety_suite
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.layout import DATASET_FILE

SUITES: Mapping[str, Callable[[], list[Case]]] = {
    reference_suite.NAME: reference_suite.cases,
    limits_suite.NAME: limits_suite.cases,
    safety_suite.NAME: safety_suite.cases,
}
"""Every suite whose dataset is written by code."""


def lines(cases: Iterable[Case]) -> bytes:
    """dataset.jsonl: a case a line, defaults left out."""
    return b"".join(case.model_dump_json(exclude_defaults=True).encode() + b"\n" for case in cases)


def stale(evaluations: Path) -> dict[Path, bytes]:
    """The dataset files below catalog/evaluations that differ from what is generated, with their right content."""
    wanted = {evaluations / name / DATASET_FILE: lines(cases()) for name, cases in SUITES.items()}
    return {file: body for file, body in wanted.items() if not file.exists() or file.read_bytes() != body}


def write(evaluations: Path) -> list[Path]:
    """Write what differs; the files that were written."""
    changed = stale(evaluations)
    for file, body in changed.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    return list(changed)
