"""`foundation eval report RUN`: the report of a finished run, made here from the run's objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from foundation.evaluation.errors import EvaluationError
from genai_runtime.evaluation.planning.errors import PlanFailed
from genai_runtime.evaluation.reporting import text
from genai_runtime.evaluation.reporting.advice import next_steps
from genai_runtime.evaluation.reporting.data import RunData
from genai_runtime.evaluation.reporting.errors import ReportFailed
from genai_runtime.evaluation.reporting.load import load_run
from genai_runtime.evaluation.reporting.patterns import grouped
from genai_runtime.evaluation.reporting.publish import PAGE, files
from genai_runtime.evaluation.store import Store


def report(store: Store, run: str, folder: Path) -> RunData:
    """Write result.html, result.json, junit.xml, comment.md and failed-cases.jsonl into `folder`.

    Raises EvaluationError: no such run (GF-EVAL-330), not finished (331), records that can't be read (332, 333, 100).
    """
    with coded():
        data = load_run(store, run)
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in files(data).items():
        (folder / name).write_bytes(body)
    return data


def show_report(console: Console, data: RunData, folder: Path) -> None:
    """The essence in a terminal: what failed most, what to do, where the page is."""
    table = Table(title="error patterns", title_justify="left")
    for heading in ("pattern", "cases", "undecided", "look first"):
        table.add_column(heading, justify="right" if heading in ("cases", "undecided") else "left")
    groups = grouped(data)
    for group in groups:
        table.add_row(group.words.name, f"{group.cases:,}", f"{group.undecided:,}", group.words.remedy)
    if groups:
        console.print(table)
    for result in data.gate.candidates:
        passed = text.share(data.of(result.candidate).pass_share)
        said = f"{result.candidate}: {result.decision}, {passed} of the cases passed"
        console.print(said, markup=False, highlight=False, soft_wrap=True)
        for step in next_steps(data, result):
            console.print(f"  {text.clean(step)}", markup=False, highlight=False, soft_wrap=True)
    console.print(str(folder / PAGE), markup=False, highlight=False, soft_wrap=True)


@contextmanager
def coded() -> Iterator[None]:
    """Errors of the shared code as those of the command line, with their code."""
    try:
        yield
    except (ReportFailed, PlanFailed) as error:
        raise EvaluationError(error.code, error.message) from error
