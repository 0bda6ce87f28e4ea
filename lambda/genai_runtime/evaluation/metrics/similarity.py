"""Metrics on the meaning of an answer, by embeddings."""

import math
from collections.abc import Sequence

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics.context import Context, Services
from genai_runtime.evaluation.metrics.registry import metric


def _fetch(asked: Sequence[tuple[Case, str]], services: Services) -> None:
    services.embeddings.fetch(
        text
        for case, answer in asked
        if case.right_answers and answer.strip()
        for text in (answer, *case.right_answers)
        if text.strip()
    )


@metric("semantic-similarity", kind="mean", needs="reference", uses="embeddings", prepare=_fetch)
def semantic_similarity(case: Case, answer: str, context: Context) -> float:
    """Cosine of the embeddings of answer and right answer, the best over the right answers; a negative one counts as 0.
    Equal texts are 1, an empty answer is 0."""
    if answer in case.right_answers:
        return 1.0
    if not answer.strip():
        return 0.0
    said = context.services.embeddings.vector(answer)
    return max(
        _cosine(said, context.services.embeddings.vector(right)) for right in case.right_answers if right.strip()
    )


def _cosine(left: Sequence[float], right: Sequence[float]) -> float:
    length = math.hypot(*left) * math.hypot(*right)
    product = math.fsum(a * b for a, b in zip(left, right, strict=True))
    return min(1.0, max(0.0, product / length)) if length else 0.0
