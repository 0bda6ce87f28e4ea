"""One evaluation from beginning to end: resolved, started or taken up, watched, its pages copied."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from foundation.evaluation import baselines
from foundation.evaluation.access import Access
from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.prices import load_prices
from foundation.evaluation.resolve import Asked, Resolver
from foundation.evaluation.runs import Progress, Runs
from foundation.evaluation.suites import LoadedSuite
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.metrics.checks import check_services
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.verdict import RunResult
from stacks.settings import Environment, Settings, default_catalog

OUT: Final = Path("build/evaluations")

PAGES: Final = ("result.json", "result.html", "junit.xml", "comment.md", "failed-cases.jsonl")
"""Objects of a finished run that people read."""


def evaluate(
    settings: Settings, access: Access, env: Environment, loaded: LoadedSuite, asked: Asked, console: Console
) -> RunResult:
    """Resolve, start or take up, and watch one run. Raises EvaluationError."""
    runs = Runs(access, env)
    prices = load_prices(default_catalog(settings.config) / "prices.yaml")
    resolver = Resolver(settings, env, access, prices, baselines.released(runs, loaded.suite.name))
    request = resolver.request(loaded, asked)
    check_scorable(loaded, request)
    execution = runs.start(request)
    with Bars(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, transient=True,
    ) as bars:  # fmt: skip
        task = bars.add_task(request.run, total=None)

        def on_progress(progress: Progress) -> None:
            bars.update(task, completed=progress.done, total=progress.planned or None)

        return runs.watch(request.run, execution, on_progress)


def check_scorable(loaded: LoadedSuite, request: RunRequest) -> None:
    """Raises EvaluationError (GF-EVAL-412) when a metric needs a service that the request doesn't name: nothing is asked
    for answers that can't be scored."""
    if problems := check_services(loaded.suite, request):
        listed = "\n".join(f"{each.metric}: {each}" for each in problems)
        raise EvaluationError(
            "GF-EVAL-412",
            f"suite {loaded.suite.name} has metrics that nothing could score here, correct that or drop them:\n{listed}",
        )


def with_responses(runs: Runs, asked: Asked, responses: Path) -> Asked:
    """Upload answers that were made elsewhere, under the hash of their content."""
    body = responses.read_bytes()
    key = f"own-responses/{hashlib.sha256(body).hexdigest()}.jsonl"
    runs.store.write_once(key, body)
    return replace(asked, responses=key)


def save(runs: Runs, run: str, folder: Path) -> list[Path]:
    """Copy a finished run's result and pages into a folder; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    saved = []
    for name in PAGES:
        body = runs.store.read(layout.result(run, name))
        if body is not None:
            (folder / name).write_bytes(body)
            saved.append(folder / name)
    return saved
