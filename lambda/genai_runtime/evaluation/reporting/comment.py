"""The pull-request comment: at most 60 lines whatever happens, and nothing of the data acts in it."""

import re
from typing import Final

from genai_runtime.evaluation.reporting.advice import next_steps
from genai_runtime.evaluation.reporting.data import RunData
from genai_runtime.evaluation.reporting.patterns import PATTERNS, pattern_of, worst_first
from genai_runtime.evaluation.reporting.result import failures_of
from genai_runtime.evaluation.reporting.text import (
    HEADLINES,
    LIMITS,
    NONE,
    WORST,
    count,
    dollars,
    figure,
    limit_figure,
    one_line,
    signed,
    span,
)
from genai_runtime.evaluation.verdict import Decision, LimitResult, MetricResult

MOST_LINES: Final = 60
_MOST_CHARACTERS: Final = 300
_SIGNS: Final = {"PROMOTE": "✅", "HOLD": "⏸️", "REJECT": "❌"}
_REASONS: Final = 3
_CANDIDATES: Final = 10
_TABLE_ROWS: Final = 20

_FORMATTING: Final = re.compile(r"[\\`*_{}\[\]<>#|~&$^]")
# Marks before a word, and what makes a web address: hosts look for them in the finished page, where an entity is
# a plain character again, so an invisible word joiner takes them apart.
_ACTING: Final = re.compile(r"[@#!%&~$^:](?=\S)|(?<=www)(?=\.)|(?<=GH)(?=-)", re.IGNORECASE)
_WORD_JOINER: Final = "\u2060"


def render_comment(data: RunData) -> str:
    """`comment.md`."""
    decision = data.gate.decision
    head = [
        f"## {_SIGNS[decision]} {decision}: {HEADLINES[decision].lower()}",
        "",
        f"Suite `{data.request.suite}`, run `{data.request.run}`, {count(len(data.candidates), 'candidate')}, "
        f"{count(max((len(each.outcomes) for each in data.candidates), default=0), 'case')}.",
        "",
    ]
    head += _why(data) + _table(data)
    foot = ["", _foot(data)]
    return "\n".join([*head, *_failed(data, MOST_LINES - len(head) - len(foot)), *foot]) + "\n"


def markdown(text: str, most: int = _MOST_CHARACTERS) -> str:
    """A text of the data on one line, in which nothing formats, links, mentions somebody or opens a tag."""
    apart = _ACTING.sub(lambda match: match[0] + _WORD_JOINER, one_line(text, most))
    return _FORMATTING.sub(lambda match: f"&#{ord(match[0])};", apart)


def _why(data: RunData) -> list[str]:
    """Each candidate's next step and its worst reasons; fewer of these where there are many candidates."""
    results = sorted(data.gate.candidates, key=lambda result: WORST[result.decision])
    most = _REASONS if len(results) == 1 else 1 if len(results) <= _CANDIDATES // 2 else 0
    lines = []
    for result in results[:_CANDIDATES]:
        lines.append(
            f"- **{result.candidate}: {result.decision}.** {markdown(' '.join(next_steps(data, result)), 600)}"
        )
        lines += [f"  - {markdown(reason)}" for reason in result.reasons[:most]]
    if len(results) > _CANDIDATES:
        lines.append(f"- and {len(results) - _CANDIDATES:,} more candidates, see the report")
    return [*lines, ""] if lines else []


def _table(data: RunData) -> list[str]:
    several = len(data.gate.candidates) > 1
    found = [
        ((WORST[each.decision], not each.gating), [result.candidate, *_cells(each)])
        for result in data.gate.candidates
        for each in result.metrics
    ]
    found += [
        ((WORST[each.decision], False), [result.candidate, *_limit_cells(each)])
        for result in data.gate.candidates
        for each in result.limits
    ]
    found.sort(key=lambda each: each[0])
    head = ["Candidate", "Metric", "Estimate", "Interval", "Needed", "Against baseline", "Decision"]
    rows = [head, ["---"] * len(head), *(row for _, row in found[:_TABLE_ROWS])]
    lines = [f"| {' | '.join(row if several else row[1:])} |" for row in rows]
    left = len(found) - _TABLE_ROWS
    return [*lines, *(["", f"and {count(left, 'more row')}, see the report"] if left > 0 else []), ""]


def _cells(metric: MetricResult) -> list[str]:
    compared = signed(metric.comparison.difference) if metric.comparison else NONE
    if metric.comparison and metric.comparison.significant:
        compared += " worse"
    name = metric.name if metric.gating else f"{metric.name} (informative)"
    needed = f"≥ {metric.threshold:g}"
    return [name, figure(metric.estimate), span(metric.interval), needed, compared, _decision(metric.decision)]


def _limit_cells(limit: LimitResult) -> list[str]:
    interval = NONE
    if limit.interval:
        interval = f"{limit_figure(limit.name, limit.interval.low)} to {limit_figure(limit.name, limit.interval.high)}"
    estimate, needed = limit_figure(limit.name, limit.estimate), f"≤ {limit_figure(limit.name, limit.limit)}"
    return [LIMITS[limit.name], estimate, interval, needed, NONE, _decision(limit.decision)]


def _decision(decision: Decision) -> str:
    return f"{_SIGNS[decision]} {decision}"


def _failed(data: RunData, room: int) -> list[str]:
    """Each failed test by name, the worst first, in at most `room` lines."""
    several = len(data.candidates) > 1
    found = sorted(
        ((worst_first(outcome), candidate.name, outcome)
         for candidate in data.candidates for outcome in failures_of(data, candidate)),
        key=lambda each: each[:2],
    )  # fmt: skip
    if not found:
        return ["No case failed."]
    title = [f"**{count(len(found), 'failed case')}**", ""]
    most = room - len(title)
    shown = found if len(found) <= most else found[: most - 1]
    lines = []
    for _, candidate, outcome in shown:
        metrics = ", ".join(score.metric for score in outcome.scores if score.passed is False)
        whose = f" ({candidate})" if several else ""
        why = f"{PATTERNS[pattern_of(outcome)].name.lower()}{f': {metrics}' if metrics else ''}"
        lines.append(f"- `{outcome.case.id}`{whose} {outcome.case.severity}, {markdown(why, 160)}")
    if len(shown) < len(found):
        lines.append(f"- and {len(found) - len(shown):,} more, see the report")
    return title + lines


def _foot(data: RunData) -> str:
    calls, throttled = (sum(getattr(each, name) for each in data.candidates) for name in ("calls", "throttled"))
    costs = [each.cost_usd for each in data.candidates if each.cost_usd is not None]
    cost = f", {dollars(sum(costs))}" if costs else ""
    return f"{calls:,} calls, {throttled:,} throttled{cost}. Suite version `{data.request.version[:12]}`. Report: result.html"
