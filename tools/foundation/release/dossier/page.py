"""The dossier as one HTML file, in the look of the evaluation's report, and the same as JSON."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from foundation.release.dossier.controls import Control, Release, controls
from foundation.release.dossier.dimensions import DIMENSIONS, GOVERNANCE, Dimension, Measured, measured
from foundation.release.dossier.facts import Facts
from foundation.release.dossier.limits import known_limits, no_evidence
from foundation.release.dossier.runs import latest_verdicts
from foundation.release.history import words
from genai_runtime.evaluation import reporting
from genai_runtime.evaluation.reporting import text
from genai_runtime.evaluation.reporting.forest import Axis, Row, axis_labels, forest_row, share_axis
from genai_runtime.evaluation.verdict import Decision, Interval

_OWN: Final = Path(__file__).parent / "templates"
_SHARED: Final = Path(reporting.__file__).parent / "templates"


@dataclass(frozen=True)
class Line:
    """A row of a table with a forest plot, as parts.html.j2 takes it."""

    name: str
    kind: str
    need: str
    cases: str
    estimate: str
    interval: str
    plot: Markup
    decision: Decision
    reason: str
    change: str = ""
    change_note: str = ""
    worse: bool = False


@dataclass(frozen=True)
class Section:
    """A dimension: its controls, its evidence, or what is missing."""

    dimension: Dimension
    controls: list[Control]
    axis: Axis | None
    lines: tuple[Line, ...]
    records: tuple[str, ...]
    """Evidence that isn't measured: genuine ledger entries."""
    missing: str

    @property
    def state(self) -> str:
        """In a word, for the summary: the worst decision, recorded, or no evidence."""
        decisions = [line.decision for line in self.lines]
        if decisions:
            return min(decisions, key=lambda each: text.WORST[each])
        return "recorded" if self.records else "no evidence"


def sections(facts: Facts) -> tuple[Section, ...]:
    """One for each dimension."""
    release = Release(facts.settings, facts.manifest, [each.suite for each in facts.gating])
    return tuple(_section(each, facts, release) for each in DIMENSIONS)


def render(facts: Facts) -> str:
    """`dossier.html`. The same facts give the same bytes."""
    style, script = ((_SHARED / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    style += (_OWN / "dossier.css").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template("dossier.html.j2")
        .render(
            facts=facts,
            manifest=facts.manifest,
            sections=sections(facts),
            limits=known_limits(facts),
            entries=[(line, words(line.statement) if line.statement else line.problem) for line in facts.lines],
            verdict=verdict(facts),
            style=Markup(style),  # noqa: S704 our own file
            script=Markup(script),  # noqa: S704 our own file
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )


def as_json(facts: Facts) -> str:
    """`dossier.json`: the page for tools."""
    found: dict[str, Any] = {
        "format": 1,
        "manifest": facts.hash,
        "as_of": facts.as_of,
        "commit": facts.manifest.commit,
        "author": facts.manifest.author,
        "subject": facts.manifest.subject,
        "live_before": facts.before,
        "changes_problem": facts.changes_problem,
        "changes": [asdict(each) for each in facts.changes],
        "dimensions": [_as_data(each) for each in sections(facts)],
        "runs": [
            {
                "environment": run.environment, "purpose": run.purpose, "verdict": run.verdict, "problem": run.problem,
                **run.evidence.model_dump(mode="json"),
            }
            for run in facts.runs
        ],
        "approvals": {
            role: given.model_dump(mode="json") if given else None for role, given in facts.approvals.items()
        },
        "ledger": [line.as_dict() for line in facts.lines],
        "bill_of_materials": asdict(facts.materials),
        "known_limits": known_limits(facts),
    }  # fmt: skip
    return json.dumps(found, indent=1) + "\n"


def verdict(facts: Facts) -> str:
    """What the newest verdict of each environment was, in a sentence; also of one that rests on no evaluation."""
    found = dict.fromkeys(f"{each.environment} {each.kind} it" for each in latest_verdicts(facts.lines))
    return ", ".join(found) if found else "no environment has judged it yet"


def _section(dimension: Dimension, facts: Facts, release: Release) -> Section:
    found = list(measured(dimension, facts.runs))
    values = [value for each in found for value in _values(each)]
    axis = share_axis(values) if found else None
    lines = tuple(_line(each, axis, f"{dimension.id}-{row}") for row, each in enumerate(found) if axis is not None)
    records: tuple[str, ...] = ()
    if dimension == GOVERNANCE:
        records = tuple(
            f"{line.at}: {words(line.statement)}"
            for line in facts.lines
            if line.statement is not None and line.signature == "verified"
        )
    missing = "" if lines or records else _missing(dimension, facts)
    return Section(dimension, controls(dimension, release), axis, lines, records, missing)


def _missing(dimension: Dimension, facts: Facts) -> str:
    if dimension == GOVERNANCE:
        return "No evidence: the ledger has no genuine entry of this release yet."
    said = no_evidence(dimension, facts).removeprefix(f"{dimension.name}: ")
    return said[0].upper() + said[1:]


def _values(found: Measured) -> list[float]:
    interval, estimate = _figures(found)
    ends = [interval.low, interval.high] if interval else []
    return [*ends, found.metric.threshold, *([estimate] if estimate is not None else [])]


def _figures(found: Measured) -> tuple[Interval | None, float | None]:
    """Interval and estimate; of an empty stratum neither, though its record has some."""
    if found.stratum is None:
        return found.metric.interval, found.metric.estimate
    return (found.stratum.interval, found.stratum.estimate) if found.stratum.cases else (None, None)


def _line(found: Measured, axis: Axis, uid: str) -> Line:
    metric, stratum = found.metric, found.stratum
    interval, estimate = _figures(found)
    decision = stratum.decision if stratum else metric.decision
    cases = stratum.cases if stratum else metric.cases
    name = f"{metric.name}, {stratum.tag} {stratum.value}" if stratum else metric.name
    kind = "gating" if metric.gating else "informative"
    described = (
        f"Estimate {text.figure(estimate)}, interval {text.span(interval)}, needed {metric.threshold:g}. {decision}."
    )
    return Line(
        name=text.one_line(name, 80),
        kind=f"{found.run.asked(found.candidate)}, {kind}",
        need=f"at least {metric.threshold:g}",
        cases=text.count(cases, "case"),
        estimate=text.figure(estimate),
        interval=text.span(interval),
        plot=forest_row(
            axis,
            Row(
                title=f"{name}, {found.run.asked(found.candidate)}", description=described, estimate=estimate, interval=interval,
                threshold=metric.threshold, decision=decision,
            ),
            uid,
        ),
        decision=decision,
        reason="" if stratum else metric.reason,
    )  # fmt: skip


def _as_data(section: Section) -> dict[str, Any]:
    return {
        "dimension": section.dimension.id,
        "state": section.state,
        "controls": [asdict(each) for each in section.controls],
        "evidence": [
            {
                "metric": line.name, "where": line.kind, "threshold": line.need, "cases": line.cases, "estimate": line.estimate,
                "interval": line.interval, "decision": line.decision,
            }
            for line in section.lines
        ],
        "records": list(section.records),
        "missing": section.missing,
    }  # fmt: skip


def _harmless(value: Any) -> Any:
    """Texts without what HTML can't hold; escaping comes after."""
    return text.clean(value) if type(value) is str else value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([_OWN, _SHARED], encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.globals.update(axis_labels=axis_labels)
    environment.filters.update(count=text.count, one_line=text.one_line)
    return environment


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
