"""From votes to scores: the metrics `judge` and `judge-preference`."""

from collections.abc import Sequence
from statistics import median_low

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.judging.judge import BASELINE_FIRST, CANDIDATE_FIRST
from genai_runtime.evaluation.judging.records import Vote
from genai_runtime.evaluation.records import INFRASTRUCTURE, CallError, Score
from genai_runtime.evaluation.suite import MetricSpec, Rubric, Suite

JUDGE, PREFERENCE = "judge", "judge-preference"


def metrics_of(suite: Suite, registered: str, case: Case) -> tuple[MetricSpec, ...]:
    """The suite's metrics of that name in the registry that look at this case."""
    return tuple(
        metric
        for metric in suite.metrics
        if metric.registered == registered and (not metric.kinds or case.kind in metric.kinds)
    )


def level_of_votes(votes: Sequence[Vote]) -> int | None:
    """The median level; of an even number of votes the lower one in the middle. None without a valid vote."""
    levels = [vote.level for vote in votes if vote.level is not None]
    return median_low(levels) if levels else None


def scaled(level: float, rubric: Rubric) -> float:
    """A level on the scale from 0 to 1."""
    low, high = min(rubric.levels), max(rubric.levels)
    return (level - low) / (high - low)


def judge_score(metric: MetricSpec, votes: Sequence[Vote], rubric: Rubric) -> Score:
    """The median level as score; undecided where no vote is valid. The detail tells the votes where they differ."""
    level = level_of_votes(votes)
    if level is None:
        return Score(metric=metric.name, value=None, passed=None, detail=_failures(votes))
    value = scaled(level, rubric)
    given = [vote.level for vote in votes if vote.level is not None]
    said = next(vote.reason for vote in votes if vote.level == level)
    split = "" if len(set(given)) == 1 else f" (votes {', '.join(map(str, given))})"
    return Score(
        metric=metric.name, value=value, passed=value >= metric.pass_at, detail=f"level {level}{split}: {said}"
    )


def preference_score(metric: MetricSpec, votes: Sequence[Vote]) -> Score:
    """1 where the candidate wins in both orders, 0 where it loses in both, else 0.5; undecided unless both are valid."""
    winners = {vote.vote: vote.winner for vote in votes if vote.winner is not None}
    if winners.keys() != {CANDIDATE_FIRST, BASELINE_FIRST}:
        return Score(metric=metric.name, value=None, passed=None, detail=_failures(votes))
    one, other = winners[CANDIDATE_FIRST], winners[BASELINE_FIRST]
    value = 0.5
    if one == other:
        value = {"candidate": 1.0, "tie": 0.5, "baseline": 0.0}[one or "tie"]
    detail = (
        f"{one} in both orders"
        if one == other
        else f"inconsistent: {one} with the candidate first, {other} with the baseline first"
    )
    return Score(metric=metric.name, value=value, passed=value >= metric.pass_at, detail=detail)


def unanswered_score(metric: MetricSpec, error: CallError) -> Score:
    """The score of a case without an answer: undecided for reasons of the infrastructure, else 0."""
    detail = f"no answer: {error.error_class} ({error.code})"
    if error.error_class in INFRASTRUCTURE:
        return Score(metric=metric.name, value=None, passed=None, detail=detail)
    return Score(metric=metric.name, value=0.0, passed=False, detail=detail)


def _failures(votes: Sequence[Vote]) -> str:
    failed = {vote.error.code: vote.error for vote in votes if vote.error is not None}
    reasons = "; ".join(f"{error.error_class} ({code})" for code, error in sorted(failed.items()))
    return f"the judge gave no verdict: {reasons}"
