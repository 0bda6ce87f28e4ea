"""What judging a run took, how often its votes were split, and how often the order of a pair decided."""

import math
from collections.abc import Iterable, Sequence

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.judging.records import Counts, Vote
from genai_runtime.evaluation.records import Usage
from genai_runtime.evaluation.store import Store

COUNTS = "judge-counts"
"""Step of `layout.scores` that holds the Counts of each batch. The first batch's include the calibration's calls."""


def counts_of(answers: Iterable[Sequence[Vote] | None]) -> Counts:
    """Counts over the votes on each answer."""
    return together(_of_answer(votes) for votes in answers if votes)


def judge_counts(store: Store, run: str) -> Counts:
    """Counts of a whole run; all zero where nothing was judged."""
    return together(store.load(key, Counts) for key in store.keys(layout.judge_counts(run)))


def together(parts: Iterable[Counts]) -> Counts:
    """The sum."""
    each = list(parts)
    costs = [part.cost_usd for part in each if part.cost_usd is not None]
    return Counts(
        answers=sum(part.answers for part in each),
        split=sum(part.split for part in each),
        pairs=sum(part.pairs for part in each),
        inconsistent=sum(part.inconsistent for part in each),
        failed=sum(part.failed for part in each),
        calls=sum(part.calls for part in each),
        throttled=sum(part.throttled for part in each),
        usage=Usage(
            input_tokens=sum(part.usage.input_tokens for part in each),
            output_tokens=sum(part.usage.output_tokens for part in each),
        ),
        cost_usd=math.fsum(costs) if costs else None,
    )


def _of_answer(votes: Sequence[Vote]) -> Counts:
    levels = {vote.level for vote in votes if vote.level is not None}
    winners = [vote.winner for vote in votes if vote.winner is not None]
    compared = len(winners) == 2
    costs = [vote.cost_usd for vote in votes if vote.cost_usd is not None]
    return Counts(
        answers=int(bool(levels)),
        split=int(len(levels) > 1),
        pairs=int(compared),
        inconsistent=int(compared and winners[0] != winners[1]),
        failed=sum(vote.error is not None for vote in votes),
        calls=sum(vote.attempts for vote in votes),
        throttled=sum(vote.throttled for vote in votes),
        usage=Usage(
            input_tokens=sum(vote.usage.input_tokens for vote in votes),
            output_tokens=sum(vote.usage.output_tokens for vote in votes),
        ),
        cost_usd=math.fsum(costs) if costs else None,
    )
