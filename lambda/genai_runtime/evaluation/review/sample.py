"""Which cases people review: failed ones first, then the others, each spread over the strata. Pure."""

import hashlib
import math
from collections.abc import Collection, Iterable, Sequence

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.judging.scores import metrics_of
from genai_runtime.evaluation.planning.sampling import sample_of, split_evenly
from genai_runtime.evaluation.records import ScoredBatch
from genai_runtime.evaluation.suite import ReviewSpec, Suite

HUMAN_REVIEW = "human-review"


def failed_cases(batches: Iterable[ScoredBatch]) -> frozenset[str]:
    """Cases that a metric failed, of any candidate."""
    return frozenset(
        case.case for batch in batches for case in batch.cases if any(score.passed is False for score in case.scores)
    )


def review_sample(
    suite: Suite, cases: Sequence[Case], failed: Collection[str], reviewed: Collection[str], wanted: int
) -> tuple[str, ...]:
    """At most `wanted` cases that weren't reviewed before and that the metric `human-review` looks at."""
    open_cases = [case for case in cases if case.id not in reviewed and metrics_of(suite, HUMAN_REVIEW, case)]
    ordered: list[str] = []
    for group in (
        [case for case in open_cases if case.id in failed],
        [case for case in open_cases if case.id not in failed],
    ):
        ordered += sample_of(suite, group, len(group)).asked if group else ()
    return tuple(ordered[: max(0, wanted)])


def wanted_until(spec: ReviewSpec, look: int, looks: int) -> int:
    """How many cases are reviewed up to and including a look: the sample in equal parts."""
    return math.ceil(spec.cases * min(look, looks) / looks)


def groups_of(cases: Sequence[str], per_form: int) -> list[tuple[str, ...]]:
    """Forms of at most `per_form` cases, of nearly equal size."""
    return split_evenly(cases, math.ceil(len(cases) / per_form)) if cases else []


def shuffled(items: Iterable[tuple[str, str]], seed: int, form: str) -> list[tuple[str, str]]:
    """(candidate, case) pairs in an order of the form's own, which tells nothing about candidates."""

    def place(item: tuple[str, str]) -> bytes:
        return hashlib.sha256("\x1f".join((str(seed), form, *item)).encode()).digest()

    return sorted(items, key=place)
