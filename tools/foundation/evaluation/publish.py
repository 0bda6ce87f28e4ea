"""Publishing a suite: its exact bytes into the governance account, and a redacted copy for dev."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foundation.evaluation.access import Access, parameter
from foundation.evaluation.check import check_suite
from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.suites import load_suite
from genai_foundation.catalog import ConfigErrors
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.redaction.report import RedactionReport
from genai_runtime.evaluation.store import Store
from stacks.settings import Settings

STAGE = "data-governance"
BUCKET = "data/goldendatasets-bucket"
FUNCTION = "evaluation/redact-function-name"
GOLDEN = "golden"


@dataclass(frozen=True)
class Publication:
    """What publishing a suite did."""

    suite: str
    version: str
    written: tuple[str, ...]
    """Files that weren't there yet."""
    redaction: RedactionReport = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "suite": self.suite,
            "version": self.version,
            "written": list(self.written),
            "redaction": self.redaction.model_dump(mode="json"),
        }

    def __str__(self) -> str:
        done = f"published {', '.join(self.written)}" if self.written else "is published already"
        lines = [f"{self.suite} {self.version[:12]}: {done}"]
        report = self.redaction
        for each in report.replaced:
            lines.append(
                f"  replaced {each.type}: {each.values} values, {each.occurrences} times, in {len(each.cases)} cases"
            )
        lines += [f"  refused {each.case}: {each.reason}" for each in report.refused]
        lines.append(f"  dev gets {report.cases} cases as version {str(report.redacted_version)[:12]}")
        return "\n".join(lines)


def publish(folder: Path, settings: Settings, access: Access) -> Publication:
    """Check a suite, upload what isn't there, redact it. Running it twice changes nothing.

    Raises ConfigErrors for a faulty suite, EvaluationError when another content is there or redaction fails.
    """
    if faults := [problem.error for problem in check_suite(folder, settings) if problem.blocking]:
        raise ConfigErrors(faults)
    loaded = load_suite(folder)
    store = Store(access.client("s3", STAGE), parameter(access, STAGE, BUCKET))
    written = tuple(
        name
        for name, body in sorted(loaded.files.items())
        if put(store, layout.golden(GOLDEN, loaded.suite.name, loaded.version, name), body)
    )
    report = redact(access, loaded.suite.name, loaded.version)
    return Publication(loaded.suite.name, loaded.version, written, report)


def put(store: Store, key: str, body: bytes) -> bool:
    """Write an object once; whether this call did. Raises EvaluationError for other bytes under the same key."""
    if store.write_once(key, body):
        return True
    if store.read(key) != body:
        raise EvaluationError(
            "GF-EVAL-040",
            f"s3://{store.bucket}/{key} holds other bytes than its version says: somebody wrote there by hand, compare its "
            "versions in the bucket and restore the right one",
        )
    return False


def redact(access: Access, suite: str, version: str) -> RedactionReport:
    """Have the governance account redact a published version."""
    answer = access.client("lambda", STAGE).invoke(
        FunctionName=parameter(access, STAGE, FUNCTION),
        Payload=json.dumps({"suite": suite, "version": version}).encode(),
    )
    body = answer["Payload"].read()
    if answer.get("FunctionError"):
        said = json.loads(body).get("errorMessage", "no message")
        raise EvaluationError(
            "GF-EVAL-041",
            f"suite {suite} {version[:12]} is published but not redacted ({said}): correct that, publish again",
        )
    return RedactionReport.model_validate_json(body)
