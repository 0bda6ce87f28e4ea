"""Metrics on the words that an answer shares with the reference."""

from collections import Counter

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics.context import Context
from genai_runtime.evaluation.metrics.registry import metric
from genai_runtime.evaluation.metrics.text import language_of, normalise, tokens


@metric("exact-match", kind="rate", needs="reference")
def exact_match(case: Case, answer: str, _context: Context) -> float:
    """1 when the answer is a right answer, character by character; white space around it doesn't count."""
    return float(answer.strip() in {right.strip() for right in case.right_answers})


@metric("normalised-match", kind="rate", needs="reference")
def normalised_match(case: Case, answer: str, _context: Context) -> float:
    """1 when the normal form of the answer is that of a right answer: SQuAD's exact match."""
    language = language_of(case)
    said = normalise(answer, language)
    return float(any(said == normalise(right, language) for right in case.right_answers))


@metric("contains", kind="rate", needs="reference")
def contains(case: Case, answer: str, _context: Context) -> float:
    """1 when the tokens of a right answer stand in the answer, together and in their order."""
    language = language_of(case)
    said = tokens(answer, language)
    return float(any(_stands_in(tokens(right, language), said) for right in case.right_answers))


@metric("token-f1", kind="mean", needs="reference")
def token_f1(case: Case, answer: str, _context: Context) -> float:
    """F1 over the bags of tokens, the best over the right answers: SQuAD 2.0's F1."""
    language = language_of(case)
    said = tokens(answer, language)
    return max(_f1(said, tokens(right, language)) for right in case.right_answers)


@metric("token-recall", kind="mean", needs="reference")
def token_recall(case: Case, answer: str, _context: Context) -> float:
    """Share of a right answer's tokens that the answer has, the best over the right answers: completeness."""
    language = language_of(case)
    said = tokens(answer, language)
    return max(_recall(said, tokens(right, language)) for right in case.right_answers)


def _stands_in(right: tuple[str, ...], said: tuple[str, ...]) -> bool:
    return f" {' '.join(right)} " in f" {' '.join(said)} " if right else not said


def _shared(said: tuple[str, ...], right: tuple[str, ...]) -> int:
    return (Counter(said) & Counter(right)).total()


def _f1(said: tuple[str, ...], right: tuple[str, ...]) -> float:
    if not said or not right:
        return float(said == right)
    # 2PR/(P+R) with P = shared/said and R = shared/right.
    return 2 * _shared(said, right) / (len(said) + len(right))


def _recall(said: tuple[str, ...], right: tuple[str, ...]) -> float:
    return _shared(said, right) / len(right) if right else float(not said)
