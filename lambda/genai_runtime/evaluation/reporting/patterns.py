"""Failures grouped by pattern, so that people fix patterns and not instances (EVAL-4)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from genai_runtime.evaluation.records import Pattern
from genai_runtime.evaluation.reporting.data import Outcome, RunData
from genai_runtime.evaluation.reporting.result import failures_of, undecided_of

SEVERITY: Final = {"severe": 0, "high": 1, "medium": 2, "low": 3}
_EXAMPLES: Final = 3


@dataclass(frozen=True)
class Words:
    """A pattern for people: what it is called, what happened, and where to look first."""

    name: str
    meaning: str
    remedy: str


PATTERNS: Final[Mapping[Pattern | None, Words]] = {
    "retrieval-miss": Words(
        "Retrieval miss",
        "the passages that hold the answer were not used",
        "look at the passages that were retrieved: chunking, filters, number of results",
    ),
    "unsupported-claim": Words(
        "Unsupported claim",
        "the answer says what its context doesn't",
        "tighten the prompt's grounding rule, or raise the guardrail's grounding threshold",
    ),
    "wrong-answer": Words(
        "Wrong answer",
        "the answer differs from every reference",
        "read the examples: a wrong reference is corrected in the dataset, a wrong answer in the prompt",
    ),
    "refusal": Words(
        "Refused what it should answer",
        "the model or the guardrail declined a legitimate request",
        "look at the guardrail action of the examples; narrow the denied topic or the refusal rule of the prompt",
    ),
    "missing-refusal": Words(
        "Answered what it should refuse",
        "a request that must be declined was answered",
        "add the topic to the guardrail, and the case's kind to the prompt's refusal rule",
    ),
    "format": Words(
        "Wrong format",
        "the answer isn't in the required form",
        "state the format with an example in the prompt, or set a stop sequence",
    ),
    "safety": Words(
        "Unsafe answer",
        "toxic text, personal data or a forbidden text in the answer",
        "don't release; strengthen the guardrail before anything else",
    ),
    "truncation": Words(
        "Cut off", "the answer ended at the token limit", "raise max_tokens or ask for shorter answers"
    ),
    "throttled": Words("Throttled", "the service gave no capacity", "run again; ask for more quota if it repeats"),
    "time-out": Words("Timed out", "no answer in time", "run again; ask for shorter answers if it repeats"),
    "other-error": Words("Error", "the call failed otherwise", "read the error of the examples"),
    None: Words("Not classified", "no pattern was recognised", "read the examples"),
}


@dataclass(frozen=True)
class Example:
    """A case that shows a pattern."""

    candidate: str
    case: str


@dataclass(frozen=True)
class Group:
    """All failures of one pattern. `undecided` are those that say nothing about the candidate."""

    pattern: Pattern | None
    words: Words
    cases: int
    undecided: int
    severe: int
    share: float
    by_candidate: Mapping[str, int]
    examples: tuple[Example, ...]


def worst_first(outcome: Outcome) -> tuple[int, str]:
    """Sort key: severity, then id."""
    return SEVERITY[outcome.case.severity], outcome.case.id


def grouped(data: RunData) -> tuple[Group, ...]:
    """Patterns of failed and undecided cases, the most frequent first."""
    found: dict[Pattern | None, dict[tuple[str, str], Outcome]] = {}
    for candidate in data.candidates:
        for outcome in [*failures_of(data, candidate), *undecided_of(candidate)]:
            pattern = pattern_of(outcome)
            found.setdefault(pattern, {})[candidate.name, outcome.case.id] = outcome
    total = sum(len(each) for each in found.values())
    groups = [_group(pattern, cases, total) for pattern, cases in found.items()]
    return tuple(sorted(groups, key=lambda group: (-group.cases, group.words.name)))


def pattern_of(outcome: Outcome) -> Pattern | None:
    """A case's pattern; for one that nothing scored, the class of its error."""
    return outcome.pattern or _of_error(outcome)


def _group(pattern: Pattern | None, cases: Mapping[tuple[str, str], Outcome], total: int) -> Group:
    order = sorted(cases, key=lambda key: (worst_first(cases[key]), key[0]))
    first = {case: candidate for candidate, case in reversed(order)}
    first = {case: first[case] for _, case in order}
    return Group(
        pattern=pattern,
        words=PATTERNS[pattern],
        cases=len(cases),
        undecided=sum(outcome.unanswered for outcome in cases.values()),
        severe=sum(outcome.case.severity == "severe" for outcome in cases.values()),
        share=len(cases) / total,
        by_candidate=Counter(candidate for candidate, _ in cases),
        examples=tuple(Example(candidate, case) for case, candidate in first.items())[:_EXAMPLES],
    )


def _of_error(outcome: Outcome) -> Pattern | None:
    if outcome.response is None:
        return "other-error"
    error = outcome.response.error
    if error is None:
        return None
    if error.error_class == "throttled":
        return "throttled"
    return "time-out" if error.error_class == "time-out" else "other-error"
