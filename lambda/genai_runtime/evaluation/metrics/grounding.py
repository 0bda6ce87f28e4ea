"""Metrics on where an answer comes from."""

import re
from functools import lru_cache

from pydantic import field_validator

from genai_runtime.evaluation.base import Share
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics.context import Context, MetricValue, Options
from genai_runtime.evaluation.metrics.refusal import declines
from genai_runtime.evaluation.metrics.registry import metric
from genai_runtime.evaluation.metrics.text import content, has_digit, sentences

CITATION = r"\[([^\[\]\n]{1,200})\](?!\()"  # [id], [id, id]; not the text of a Markdown link
_SEPARATOR = re.compile(r"[,;]\s*|\s+")
_SHOWN = 80


class CitationOptions(Options):
    """How answers cite."""

    pattern: str = CITATION
    """A regular expression whose first group is an id, or several separated by commas, semicolons or spaces."""

    @field_validator("pattern")
    @classmethod
    def _has_a_group(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"is not a regular expression: {error}") from None
        if groups < 1:
            raise ValueError("needs a group around the id, e.g. \\[([^\\]]+)\\]")
        return pattern


class AttributionOptions(CitationOptions):
    """When a sentence counts as supported."""

    support: Share = 0.7
    """Share of its content words that one passage must have."""


@metric("citation-accuracy", kind="mean", needs="citations", options=CitationOptions)
def citation_accuracy(case: Case, answer: str, context: Context) -> MetricValue:
    """F1 of the ids that the answer cites against `expect.citations`, each id once; 1 when both are empty."""
    wanted = frozenset(case.expect.citations or ())
    found = cited(answer, context.read(CitationOptions).pattern)
    if not wanted and not found:
        return MetricValue(1.0)
    value = 2 * len(wanted & found) / (len(wanted) + len(found))
    return MetricValue(value, f"cites {_listed(found)} instead of {_listed(wanted)}" if value < 1 else "")


@metric("source-attribution", kind="mean", needs="context", options=AttributionOptions)
def source_attribution(case: Case, answer: str, context: Context) -> MetricValue:
    """Share of the answer's sentences that one passage of the context supports: it has at least `support` of the sentence's
    content words, and all its numbers. Sentences without content words don't count; an answer that declines claims
    nothing and is 1, an empty one is 0."""
    if not answer.strip():
        return MetricValue(0.0, "the answer is empty")
    if declines(answer, context.response):
        return MetricValue(1.0)
    options = context.read(AttributionOptions)
    claims, unsupported = claims_of(answer, options.pattern), unsupported_claims(case, answer, options)
    if not unsupported:
        return MetricValue(1.0)
    return MetricValue(1 - len(unsupported) / len(claims), f"not in the context: {unsupported[0][:_SHOWN]}")


def cited(answer: str, pattern: str = CITATION) -> frozenset[str]:
    """Ids that an answer cites."""
    return frozenset(
        part for match in _compiled(pattern).finditer(answer) for part in _SEPARATOR.split(match[1] or "") if part
    )


def claims_of(answer: str, pattern: str = CITATION) -> tuple[str, ...]:
    """Sentences with content words, citations taken out."""
    return tuple(each for each in sentences(_compiled(pattern).sub(" ", answer)) if content(each))


def unsupported_claims(case: Case, answer: str, options: AttributionOptions | None = None) -> tuple[str, ...]:
    """The claims that no passage supports."""
    options = options or AttributionOptions()
    passages = [content(passage.text) for passage in case.context]
    return tuple(
        claim
        for claim in claims_of(answer, options.pattern)
        if not any(_supports(passage, content(claim), options.support) for passage in passages)
    )


def _supports(passage: frozenset[str], claim: frozenset[str], support: float) -> bool:
    missing = claim - passage
    return len(claim) - len(missing) >= support * len(claim) and not any(has_digit(word) for word in missing)


@lru_cache(64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _listed(ids: frozenset[str]) -> str:
    return ", ".join(sorted(ids)) or "nothing"
