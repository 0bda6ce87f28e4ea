"""`foundation eval compare A B`: finished runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from foundation.evaluation.report import coded
from genai_runtime.evaluation.reporting import text
from genai_runtime.evaluation.reporting.comparison import Change, Compared, Pair
from genai_runtime.evaluation.reporting.comparison import compare as compare_runs
from genai_runtime.evaluation.reporting.comparison_page import CHANGES, figures, render_comparison, render_markdown
from genai_runtime.evaluation.reporting.load import load_run
from genai_runtime.evaluation.store import Store

PAGE: Final = "comparison.html"
_COLOURS: Final[dict[Change, str]] = {"better": "green", "worse": "red", "not shown": "dim"}
_SHOWN_CASES: Final = 10


def compare(store: Store, runs: Sequence[str], folder: Path) -> Compared:
    """Compare the later runs with the first one; writes comparison.html, .md and .json into `folder`.

    Raises EvaluationError: what `report` raises, fewer than two runs (GF-EVAL-334), no common case (335), a run that is
    named twice (336).
    """
    with coded():
        data = [load_run(store, run) for run in runs]
        compared = compare_runs(data)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(render_comparison(data, compared), encoding="utf-8")
    (folder / "comparison.md").write_text(render_markdown(compared), encoding="utf-8")
    (folder / "comparison.json").write_text(compared.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return compared


def show_comparison(console: Console, compared: Compared, folder: Path) -> None:
    """The comparison in a terminal."""
    table = Table(title="candidates", title_justify="left")
    for heading in ("run", "candidate", "decision", "passed", "cost of 1,000", "first token p95", "last token p95"):
        table.add_column(heading)
    for each in compared.candidates:
        table.add_row(each.run, each.candidate, each.decision, *figures(each))
    console.print(table)
    for pair in compared.pairs:
        console.print(
            f"{pair.after} ({pair.after_run}) against {pair.before} ({pair.before_run}), "
            f"{text.count(pair.cases, 'common case')}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        console.print(_metrics(pair))
        for name, cases in (("broken", pair.broken), ("fixed", pair.fixed)):
            said = f"{name}: {text.listed(list(cases), _SHOWN_CASES) or 'none'}"
            console.print(said, markup=False, highlight=False, soft_wrap=True)
    console.print(str(folder / PAGE), markup=False, highlight=False, soft_wrap=True)


def _metrics(pair: Pair) -> Table:
    table = Table()
    for heading in ("metric", "before", "after", "difference", "interval", ""):
        table.add_column(heading, justify="right" if heading in ("before", "after", "difference") else "left")
    for each in pair.metrics:
        table.add_row(
            each.name if each.gating else f"{each.name} (informative)",
            text.figure(each.before),
            text.figure(each.after),
            text.signed(each.comparison.difference),
            text.signed_span(each.comparison.interval),
            f"[{_COLOURS[each.change]}]{CHANGES[each.change]}[/]",
        )
    return table
