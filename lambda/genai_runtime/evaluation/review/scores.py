"""From answers to the scores of the metric `human-review`, and to what reviewers' agreement is computed from."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.judging.scores import scaled
from genai_runtime.evaluation.records import Score, ScoredBatch, ScoredCase
from genai_runtime.evaluation.review.records import Form, Group, Submission
from genai_runtime.evaluation.review.sample import HUMAN_REVIEW
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.suite import MetricSpec, ReviewSpec, Suite

Key = tuple[str, str]
"""Candidate and case."""
_SHOWN = 500


@dataclass(frozen=True)
class Given:
    """What one reviewer said about one answer."""

    reviewer: str
    level: int
    comment: str


def write_scores(store: Store, run: str, suite: Suite, group: Group) -> None:
    """Write the scores of a group from all answers that are there, one ScoredBatch per candidate.

    Two reviewers may answer at once: each writes its answers first, then the scores, and looks again. Whoever writes the
    scores last has then seen the other's answers.
    """
    seen: frozenset[str] | None = None
    while seen != (found := _answered(store, run, group)):
        seen = found
        for batch in _batches(store, run, suite, group, seen):
            store.write(layout.scores(run, "reviews", batch.candidate, group.look, group.group), batch)


def ratings(store: Store, run: str) -> list[list[int]]:
    """Levels of every answer that all reviewers graded: one row per answer, one column per reviewer, in their names'
    order. Reviewers who answered no form at all don't count."""
    given: dict[Key, dict[str, int]] = {}
    for group in groups(store, run):
        for key, said in _given(store, run, _answered(store, run, group)).items():
            given[key] = {each.reviewer: each.level for each in said}
    reviewers = sorted({reviewer for levels in given.values() for reviewer in levels})
    rows = [given[key] for key in sorted(given)]
    return [[levels[reviewer] for reviewer in reviewers] for levels in rows if len(levels) == len(reviewers)]


def groups(store: Store, run: str) -> list[Group]:
    """All groups of a run, in the order of looks."""
    found = [store.load(key, Group) for key in store.keys(layout.review_groups(run))]
    return sorted(found, key=lambda group: (group.look, group.group))


def _answered(store: Store, run: str, group: Group) -> frozenset[str]:
    return frozenset(form for form in group.forms if store.read(layout.form(run, form, "answers.json")) is not None)


def _given(store: Store, run: str, forms: frozenset[str]) -> dict[Key, list[Given]]:
    """What was said about each answer, in the order of the forms."""
    found: dict[Key, list[Given]] = {}
    for name in sorted(forms):
        form = store.load(layout.form(run, name, "form.json"), Form)
        submission = store.load(layout.form(run, name, "answers.json"), Submission)
        sources = {source.item: (source.candidate, source.case) for source in form.sources}
        for answer in submission.answers:
            said = Given(form.content.reviewer, answer.level, answer.comment)
            found.setdefault(sources[answer.item], []).append(said)
    return found


def _batches(store: Store, run: str, suite: Suite, group: Group, forms: frozenset[str]) -> list[ScoredBatch]:
    metrics = tuple(metric for metric in suite.metrics if metric.registered == HUMAN_REVIEW)
    if suite.review is None or not metrics:
        return []
    given = _given(store, run, forms)
    scored: dict[Key, tuple[Score, ...]] = {
        key: tuple(_score(metric, said, suite.review) for metric in metrics) for key, said in given.items()
    }
    scored |= {key: tuple(_unanswered(metric, 0.0) for metric in metrics) for key in group.failed}
    scored |= {key: tuple(_unanswered(metric, None) for metric in metrics) for key in group.undecided}
    return [_batch(run, candidate, scored) for candidate in sorted({candidate for candidate, _ in scored})]


def _batch(run: str, candidate: str, scored: Mapping[Key, tuple[Score, ...]]) -> ScoredBatch:
    cases = tuple(
        ScoredCase(case=case, candidate=candidate, scores=scored[name, case])
        for name, case in sorted(scored)
        if name == candidate
    )
    return ScoredBatch(run=run, candidate=candidate, cases=cases)


def _score(metric: MetricSpec, said: list[Given], spec: ReviewSpec) -> Score:
    """The mean level over the reviewers, on the scale from 0 to 1."""
    value = scaled(fmean(each.level for each in said), spec.rubric)
    comments = " | ".join(each.comment.strip() for each in said if each.comment.strip())
    levels = ", ".join(str(each.level) for each in said)
    detail = f"level {levels}: {comments}" if comments else f"level {levels}"
    return Score(metric=metric.name, value=value, passed=value >= metric.pass_at, detail=detail[:_SHOWN])


def _unanswered(metric: MetricSpec, value: float | None) -> Score:
    passed = None if value is None else value >= metric.pass_at
    return Score(metric=metric.name, value=value, passed=passed, detail="no answer to review")
