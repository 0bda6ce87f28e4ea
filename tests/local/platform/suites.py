"""Suites of the tests: cases of the shipped API documentation, or made up where a test needs to know the answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from foundation.evaluation.suites import load_suite
from tests.synth.app import CHECKOUT

Rows = list[dict[str, Any]]
SHIPPED = CHECKOUT / "catalog" / "evaluations" / "bedrock-api-reference"
LITE, MICRO = "amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0"
JUDGE = "anthropic.claude-sonnet-4-6"
RUBRIC = {"question": "Is it right?", "levels": {1: "wrong", 2: "partly", 3: "mostly", 4: "right"}}
REMIND_SECONDS = 10
"""Twice that is long enough for a person of the test to answer, even through a command that has to start first."""
BLANK, TOO_LONG = "poison.blank", "poison.too-long"
# More tokens than the smallest model of the list takes, by far.
_LONG = "- " * 130_000


def documented(count: int) -> Rows:
    """So many cases of the shipped suite, of the kinds that no guardrail takes for something else."""
    cases = [each for each in load_suite(SHIPPED).cases if each.id.startswith(("operation.", "error."))]
    return [json.loads(each.model_dump_json(exclude_defaults=True)) for each in cases[:count]]


def graded(count: int) -> Rows:
    """Cases whose answer says which quality it has, for a judge that reads it there."""
    return [
        {
            "id": f"graded-{n}", "kind": "quality", "origin": "hand-written",
            "variables": {"question": f"What does the report say about machine number {n}?"},
            "context": [{"id": f"report-{n}", "text": f"The report about machine number {n} says quality {n % 4 + 1}."}],
        }
        for n in range(count)
    ]  # fmt: skip


def labelled(count: int) -> Rows:
    """Lines of calibration.jsonl: answers whose quality people saw."""
    return [
        {"id": f"i{n}", "question": "q", "answer": f"answer {n} of quality {n % 4 + 1}", "labels": [n % 4 + 1]}
        for n in range(count)
    ]


def metric(name: str, threshold: float, *, gating: bool = True, **more: Any) -> dict[str, Any]:
    """An entry of a suite's metrics."""
    return {"name": name, "gating": gating, "threshold": threshold, **more}


QUALITY = [metric("rouge-l", 0.3, pass_at=0.3), metric("token-f1", 0.3, gating=False, pass_at=0.3)]


def write(folder: Path, rows: Rows, calibration: Rows | None = None, **suite: Any) -> None:
    """A suite's folder; `suite` goes into suite.yaml beside what all of them have."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {
        "name": folder.name,
        "description": "A suite of the tests.",
        "prompt": {"name": "api-answer", "version": 1},
        "models": [LITE],
        "guardrail": {"name": "baseline", "version": 1},
        "metrics": QUALITY,
        "minimum_cases": min(30, len(rows)),
        "baseline": "none",
        **suite,
    }
    (folder / "suite.yaml").write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    (folder / "dataset.jsonl").write_text(_lines(rows), encoding="utf-8")
    if calibration:
        (folder / "calibration.jsonl").write_text(_lines(calibration), encoding="utf-8")


def write_all(evaluations: Path) -> None:
    """Every suite of the tests, below a catalog's folder `evaluations`."""
    write(evaluations / "plain", documented(60))
    write(
        evaluations / "sequential", documented(80), minimum_cases=20, metrics=[metric("rouge-l", 0.1, pass_at=0.3)],
        sampling={"mode": "sequential", "looks": 4, "spending": "pocock"},
    )  # fmt: skip
    poison = {"kind": "robustness", "origin": "hand-written", "reference": "There is none."}
    poisoned = [{"id": BLANK, "prompt": " ", **poison}, {"id": TOO_LONG, "prompt": _LONG, **poison}]
    write(evaluations / "poisoned", [*documented(30), *poisoned], models=[MICRO])
    review = {
        "rubric": RUBRIC, "reviewers": ["ann", "bob", "cleo"], "cases": 6, "per_form": 6, "reminders": 1,
        "remind_after_hours": REMIND_SECONDS / 3600,
    }  # fmt: skip
    write(
        evaluations / "reviewed", documented(12),
        metrics=[metric("rouge-l", 0.3, pass_at=0.3), metric("human-review", 0.3, gating=False, pass_at=0.5)],
        review=review,
    )  # fmt: skip
    write(
        evaluations / "judged", graded(16), labelled(24), metrics=[metric("judge", 0.2, pass_at=0.3)],
        judge={"model": JUDGE, "rubric": RUBRIC, "votes": 1},
    )  # fmt: skip
    write(
        evaluations / "served", documented(30), prompt={"name": "grounded-answer", "version": 1},
        guardrail={"name": "customer-facing", "version": 1},
    )  # fmt: skip


def _lines(rows: Rows) -> str:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
