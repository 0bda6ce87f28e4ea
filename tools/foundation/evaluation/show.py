"""A run's result in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from genai_runtime.evaluation.reporting.advice import lacks_answers, next_again
from genai_runtime.evaluation.verdict import CandidateResult, RunResult

_COLOURS: Final = {"PROMOTE": "green", "HOLD": "yellow", "REJECT": "red"}


def show(console: Console, result: RunResult, folder: Path) -> None:
    """The verdict in a few lines."""
    for candidate in result.gate.candidates:
        console.print(_metrics(candidate))
        for reason in candidate.reasons:
            console.print(f"  {reason}", highlight=False, markup=False)
        if candidate.cases_needed:
            console.print(f"  needs about {candidate.cases_needed} further cases to decide")
        if lacks_answers(candidate):
            number = next_again(result.run, result.suite)
            said = (
                f"  this run keeps what it has: once the reason is corrected, add --again {number} to the same command"
            )
            console.print(said, highlight=False, markup=False, soft_wrap=True)
    console.print(
        f"[bold {_COLOURS[result.decision]}]{result.decision}[/]  {result.run}: {result.calls} calls, "
        f"{result.throttled_calls} throttled; {folder}/result.html",
        highlight=False,
        soft_wrap=True,
    )


def _metrics(candidate: CandidateResult) -> Table:
    table = Table(title=f"{candidate.candidate}: {candidate.decision}", title_justify="left")
    for column in ("metric", "cases", "estimate", "interval", "threshold", "decision"):
        table.add_column(column)
    for each in candidate.metrics:
        interval = f"{each.interval.low:.3f} to {each.interval.high:.3f}" if each.interval else ""
        table.add_row(
            each.name if each.gating else f"{each.name} (informative)",
            str(each.cases),
            f"{each.estimate:.3f}" if each.estimate is not None else "",
            interval,
            f"{each.threshold:.3f}",
            each.decision,
        )
    return table
