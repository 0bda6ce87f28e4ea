"""Writes what people and tools read of a finished run, beside its objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypedDict

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.reporting.comment import render_comment
from genai_runtime.evaluation.reporting.data import RunData
from genai_runtime.evaluation.reporting.junit import render_junit
from genai_runtime.evaluation.reporting.load import load_run
from genai_runtime.evaluation.reporting.page import FAILED_CASES, render_report
from genai_runtime.evaluation.reporting.result import failed_cases, run_result
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.verdict import Decision

RESULT: Final = "result.json"
PAGE: Final = "result.html"


class Published(TypedDict):
    """Result of the publish step. `report` is the page's key."""

    run: str
    decision: Decision
    report: str


@dataclass(frozen=True)
class Publisher:
    """Publishes the runs of a bucket."""

    store: Store

    def publish(self, run: str) -> Published:
        """Write all files. Doing it again writes the same bytes. Raises ReportFailed, botocore's errors."""
        data = load_run(self.store, run)
        for name, body in files(data).items():
            self.store.write(layout.result(run, name), body)
        return Published(run=run, decision=data.gate.decision, report=layout.result(run, PAGE))


def files(data: RunData) -> Mapping[str, bytes]:
    """Every file by name; result.json last, so that where it is, all of them are."""
    return {
        FAILED_CASES: failed_cases(data),
        "junit.xml": render_junit(data),
        "comment.md": render_comment(data).encode(),
        PAGE: render_report(data).encode(),
        RESULT: run_result(data).model_dump_json().encode(),
    }
