"""Whether a shadow's answer is like the one that was returned. Pure; no reference answer and no library is needed."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from genai_runtime.evaluation.metrics.refusal import declines
from genai_runtime.evaluation.metrics.text import fold, words
from genai_runtime.evaluation.records import Response

AGREES_FROM: Final = 0.3
"""F1 of the words, as in the suites of the catalog (`token-f1`, pass_at): an answer to the same question in other words is
mostly above it, one to another question below."""


@dataclass(frozen=True)
class Answer:
    """What a model said, after the guardrail."""

    outcome: str
    text: str
    stop_reason: str | None = None


@dataclass(frozen=True)
class Agreement:
    """How alike two answers are, from 0 to 1."""

    score: float
    disagrees: bool


def agreement(returned: Answer, shadow: Answer) -> Agreement:
    """F1 of the words that both have, in every script. Whether a guardrail blocks or a model declines is one to a user: 0
    where only one of both is such a refusal, 1 where both are."""
    refusals = _refuses(returned) + _refuses(shadow)
    score = f1(returned.text, shadow.text) if refusals == 0 else float(refusals == 2)
    return Agreement(score, score < AGREES_FROM)


def f1(one: str, other: str) -> float:
    """F1 over the bags of words; 1 for two empty texts."""
    mine, theirs = Counter(words(fold(one))), Counter(words(fold(other)))
    of = mine.total() + theirs.total()
    return 2 * (mine & theirs).total() / of if of else 1.0


def _refuses(answer: Answer) -> bool:
    said = Response(case="shadow", candidate="shadow", answer=answer.text, stop_reason=answer.stop_reason)
    return answer.outcome == "blocked" or declines(answer.text, said)
