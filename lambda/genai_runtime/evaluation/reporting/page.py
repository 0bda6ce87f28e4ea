"""The report as one HTML file: no external resource, and a policy that allows nothing but its own style and script."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from genai_runtime.evaluation.reporting import text
from genai_runtime.evaluation.reporting.data import CandidateData, RunData, percentile
from genai_runtime.evaluation.reporting.facts import candidate_facts, run_facts
from genai_runtime.evaluation.reporting.failures import anchor_of, shown_failures
from genai_runtime.evaluation.reporting.forest import axis_labels
from genai_runtime.evaluation.reporting.pareto import Point
from genai_runtime.evaluation.reporting.patterns import grouped
from genai_runtime.evaluation.reporting.people import people
from genai_runtime.evaluation.reporting.plots import pareto, swatch
from genai_runtime.evaluation.reporting.times import distributions
from genai_runtime.evaluation.reporting.views import candidate_view

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
FAILED_CASES: Final = "failed-cases.jsonl"
"""The file beside the page that holds every failed case in full."""


@dataclass(frozen=True)
class Legend:
    """A candidate's mark in the plots."""

    name: str
    mark: Markup
    note: str


def render_report(data: RunData) -> str:
    """`result.html`. The same run gives the same bytes."""
    shown = shown_failures(data)
    anchors = {case.anchor for case in shown.cases}
    quality, legend = quality_plots([*data.candidates, *_released(data)])
    return render(
        "report.html.j2",
        data=data,
        headline=text.HEADLINES[data.gate.decision],
        candidates=[candidate_view(data, number) for number in range(len(data.candidates))],
        tally=_tally(data),
        groups=grouped(data),
        shown=shown,
        anchors=anchors,
        quality=quality,
        legend=legend,
        distributions=distributions(data),
        people=people(data),
        marks=[swatch(number) for number in range(len(data.candidates))],
        facts=run_facts(data),
        candidate_facts=[candidate_facts(candidate) for candidate in data.candidates],
        failed_cases_file=FAILED_CASES,
    )


def quality_plots(candidates: list[CandidateData]) -> tuple[list[Markup], list[Legend]]:
    """Quality against cost and against latency, with their legend; none where fewer than two candidates have both."""
    known = [(number, each, share) for number, each in enumerate(candidates) if (share := each.pass_share) is not None]
    priced = [
        Point(each.name, share, cost, number)
        for number, each, share in known
        if (cost := each.cost_per_1000_usd) is not None
    ]
    timed = [
        Point(each.name, share, time, number) for number, each, share in known if (time := _slow(each)) is not None
    ]
    plots = []
    if len(priced) > 1:
        plots.append(pareto(priced, "quality-cost", quantity="Cost of 1,000 cases", unit=text.dollars))
    if len(timed) > 1:
        plots.append(pareto(timed, "quality-time", quantity="Last token, 95th percentile", unit=text.milliseconds))
    return plots, [Legend(each.name, swatch(number), _figures(each)) for number, each, _ in known] if plots else []


def render(template: str, **context: Any) -> str:
    """A template with the page's style and script and their hashes."""
    style, script = ((_TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    return (
        _environment()
        .get_template(template)
        .render(
            **context,
            style=Markup(style),  # noqa: S704 our own file
            script=Markup(script),  # noqa: S704 our own file
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )


def _tally(data: RunData) -> str:
    """How many candidates may be released."""
    decisions = [result.decision for result in data.gate.candidates]
    return (
        f"{decisions.count('PROMOTE')} of {len(decisions)} candidates may be released, "
        f"{decisions.count('HOLD')} undecided, {decisions.count('REJECT')} rejected"
    )


def _released(data: RunData) -> list[CandidateData]:
    """The baseline under a name that says so, unless a candidate is the same one."""
    if data.baseline is None:
        return []
    candidate = data.baseline.candidate.model_copy(update={"name": f"{data.baseline.name} (released)"})
    return [CandidateData(candidate, data.baseline.outcomes, data.baseline.gating)]


def _figures(candidate: CandidateData) -> str:
    return (
        f"{text.share(candidate.pass_share)} passed, {text.dollars(candidate.cost_per_1000_usd)} for 1,000, "
        f"{text.milliseconds(_slow(candidate))}"
    )


def _slow(candidate: CandidateData) -> float | None:
    """Milliseconds to the last token, 95th percentile."""
    return percentile(candidate.measured(lambda response: response.last_token_ms), 0.95)


def _harmless(value: Any) -> Any:
    """Texts of the data without what HTML can't hold; escaping comes after."""
    return text.clean(value) if type(value) is str else value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.globals.update(axis_labels=axis_labels, anchor_of=anchor_of)
    environment.filters.update(
        share=text.share,
        figure=text.figure,
        clean=text.clean,
        count=text.count,
        listed=text.listed,
        one_line=text.one_line,
    )
    return environment


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
