"""A comparison as an HTML page and as Markdown."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from markupsafe import Markup

from genai_runtime.evaluation.reporting import text
from genai_runtime.evaluation.reporting.comment import markdown
from genai_runtime.evaluation.reporting.comparison import Change, Compared, ComparedCandidate, MetricChange, Pair
from genai_runtime.evaluation.reporting.data import CandidateData, RunData
from genai_runtime.evaluation.reporting.forest import Axis, Row, forest_row
from genai_runtime.evaluation.reporting.page import quality_plots, render
from genai_runtime.evaluation.verdict import Decision

MOST_CASES: Final = 200
"""Of each list of changed cases on the page."""
_TONES: Final[dict[Change, Decision]] = {"better": "PROMOTE", "worse": "REJECT", "not shown": "HOLD"}


@dataclass(frozen=True)
class Line:
    """A metric's row."""

    change: MetricChange
    before: str
    after: str
    difference: str
    interval: str
    plot: Markup
    tone: Decision


@dataclass(frozen=True)
class ChangedCase:
    """A case that changed state, with what was asked and why it fails."""

    id: str
    question: str
    why: str


@dataclass(frozen=True)
class PairView:
    """One pair's part of the page."""

    pair: Pair
    axis: Axis
    lines: tuple[Line, ...]
    fixed: tuple[ChangedCase, ...]
    broken: tuple[ChangedCase, ...]


def render_comparison(runs: Sequence[RunData], compared: Compared) -> str:
    """The page. The same runs give the same bytes."""
    named = [_named(data, each) for data in runs for each in data.candidates]
    quality, legend = quality_plots(named)
    return render(
        "compare.html.j2",
        runs=runs,
        candidates=[(each, figures(each)) for each in compared.candidates],
        pairs=[_view(runs, pair, number) for number, pair in enumerate(compared.pairs)],
        quality=quality,
        legend=legend,
        most=MOST_CASES,
    )


def render_markdown(compared: Compared) -> str:
    """The same as Markdown."""
    lines = [
        "## Runs",
        "",
        "| Run | Candidate | Decision | Passed | Cost of 1,000 | First token p95 | Last token p95 |",
    ]
    lines.append("| --- | --- | --- | --- | --- | --- | --- |")
    lines += [
        f"| {each.run} | {each.candidate} | {each.decision} | {' | '.join(figures(each))} |"
        for each in compared.candidates
    ]
    for pair in compared.pairs:
        lines += ["", f"## {pair.after} ({pair.after_run}) against {pair.before} ({pair.before_run})", ""]
        lines += [
            f"On {text.count(pair.cases, 'common case')}.",
            "",
            "| Metric | Before | After | Difference | Interval | |",
        ]
        lines.append("| --- | --- | --- | --- | --- | --- |")
        for each in pair.metrics:
            comparison = each.comparison
            cells = [
                each.name, text.figure(each.before), text.figure(each.after), text.signed(comparison.difference),
                text.signed_span(comparison.interval), CHANGES[each.change],
            ]  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |")
        for name, cases in (("Fixed", pair.fixed), ("Broken", pair.broken)):
            lines += ["", f"{name}: {markdown(text.listed(list(cases), MOST_CASES), 20_000) or 'none'}"]
    return "\n".join(lines) + "\n"


CHANGES: Final[dict[Change, str]] = {"better": "better", "worse": "worse", "not shown": "no difference shown"}


def figures(each: ComparedCandidate) -> tuple[str, str, str, str]:
    """Cases passed, cost of 1,000, first and last token."""
    return (
        text.share(each.pass_share),
        text.dollars(each.cost_per_1000_usd),
        text.milliseconds(each.first_token_p95_ms),
        text.milliseconds(each.last_token_p95_ms),
    )


def difference_axis(values: Sequence[float]) -> Axis:
    """An axis around 0 that holds all `values`."""
    most = max((abs(value) for value in values), default=0.0)
    for step in (0.01, 0.02, 0.05, 0.1, 0.25, 0.5):
        if most <= 2 * step:
            return Axis(-2 * step, 2 * step, step)
    return Axis(-1.0, 1.0, 0.5)


def _named(data: RunData, candidate: CandidateData) -> CandidateData:
    """A candidate under a name that says its run, for plots over several."""
    name = f"{candidate.name} ({data.request.run})"
    return replace(candidate, candidate=candidate.candidate.model_copy(update={"name": name}))


def _view(runs: Sequence[RunData], pair: Pair, number: int) -> PairView:
    intervals = [each.comparison.interval for each in pair.metrics]
    axis = difference_axis([bound for each in intervals for bound in (each.low, each.high) if math.isfinite(bound)])
    by_run = {data.request.run: data for data in runs}
    before, after = by_run[pair.before_run].of(pair.before), by_run[pair.after_run].of(pair.after)
    return PairView(
        pair=pair,
        axis=axis,
        lines=tuple(_line(each, axis, f"d{number}-{row}") for row, each in enumerate(pair.metrics)),
        fixed=tuple(_case(before, case) for case in pair.fixed[:MOST_CASES]),
        broken=tuple(_case(after, case) for case in pair.broken[:MOST_CASES]),
    )


def _line(each: MetricChange, axis: Axis, uid: str) -> Line:
    comparison, tone = each.comparison, _TONES[each.change]
    span = text.signed_span(comparison.interval)
    row = Row(
        title=each.name,
        description=f"Difference {text.signed(comparison.difference)}, interval {span}: {CHANGES[each.change]}.",
        estimate=comparison.difference,
        interval=comparison.interval,
        threshold=0.0,
        decision=tone,
    )
    return Line(
        change=each,
        before=text.figure(each.before),
        after=text.figure(each.after),
        difference=text.signed(comparison.difference),
        interval=span,
        plot=forest_row(axis, row, uid),
        tone=tone,
    )


def _case(data: CandidateData, case: str) -> ChangedCase:
    """`data` is the candidate that fails it."""
    outcome = data.by_case[case]
    asked = outcome.case.prompt or "; ".join(
        f"{name}: {value}" for name, value in (outcome.case.variables or {}).items()
    )
    failed = [f"{score.metric}: {score.detail}" if score.detail else score.metric for score in outcome.scores
              if score.passed is False and score.metric in data.gating]  # fmt: skip
    return ChangedCase(case, text.one_line(asked, 240), text.one_line("; ".join(failed), 240))
