"""An experiment's counts, and what they mean. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from genai_runtime.live.online import sequence, watch
from genai_runtime.live.online.records import (
    Arm,
    ArmCounts,
    Breach,
    ExperimentState,
    Feedback,
    Look,
    Observation,
    Request,
    Scored,
    Watch,
)
from genai_runtime.live.records import Experiment, Limit
from genai_runtime.model_access import errors as run

CANDIDATES_FAULT: Final = frozenset(
    {run.VARIABLE_MISSING, run.VARIABLE_UNEXPECTED, run.VARIABLE_TOO_LONG, run.INPUT_TOO_LARGE}
)
"""Rejections that another version of a prompt can cause: its variables and their limits. They count as failed."""


@dataclass(frozen=True)
class Tally:
    """How often something went wrong, of how many times it could have."""

    bad: int
    of: int

    @property
    def share(self) -> float:
        """0 of 0 is 0."""
        return self.bad / self.of if self.of else 0.0


@dataclass(frozen=True)
class Watched:
    """Where a limit stands.

    :param low: the true share is above this at all times, with the experiment's confidence
    :param high: below this, with the same
    """

    limit: Limit
    tally: Tally
    low: float
    high: float


@dataclass(frozen=True)
class Standing:
    """What an experiment's counts say now.

    :param state: `breached`: to be rolled back. `ready`: may be promoted. `running`: neither
    :param counted: what the minimum is about: the candidate's requests; A/B: users of the smaller arm
    """

    state: Literal["running", "ready", "breached"]
    counted: int
    limits: tuple[Watched, ...]
    breach: Breach | None = None
    comparison: Look | None = None
    reason: str = ""


def watched_arm(experiment: Experiment) -> Arm:
    """The arm that the limits are about."""
    return "shadow" if experiment.kind == "shadow" else "candidate"


def observe(state: ExperimentState, observation: Observation, *, over: bool = False) -> ExperimentState:
    """The state after one observation; the first one that breaches a limit is noted.

    over: the experiment isn't live any more. Then, and after a breach, the candidate's observations are late.
    """
    arm, experiment = observation.arm, state.experiment
    is_watched = arm == watched_arm(experiment)
    if over or state.breach:
        late = _added(state.late, observation, experiment) if is_watched else state.late
        return state.model_copy(update={"late": late})
    before = state.counts(arm)
    counts = _added(before, observation, experiment)
    state = state.model_copy(update={"arms": {**state.arms, arm: counts}})
    changed = [limit for limit in experiment.limits if is_watched and tally(counts, limit).of > tally(before, limit).of]
    return _watched_over(state, changed, counts, observation.at)


def tally(counts: ArmCounts, limit: Limit) -> Tally:
    """An arm's count for a limit."""
    match limit.metric:
        case "failed":
            return Tally(counts.failed, counts.requests)
        case "blocked":
            return Tally(counts.blocked, counts.requests)
        case "slow":
            return Tally(counts.slow.get(slow_key(limit), 0), counts.requests)
        case "disliked":
            return Tally(counts.disliked, counts.liked + counts.disliked)
        case "disagreeing":
            return Tally(counts.disagreeing, counts.scored)


def slow_key(limit: Limit) -> str:
    """Key of a limit's time in the counts."""
    return f"{limit.slow_ms:g}"


def limit_key(limit: Limit) -> str:
    """Key of a limit's watch."""
    return limit.metric if limit.slow_ms is None else f"{limit.metric}@{slow_key(limit)}"


def ways_to_end(experiment: Experiment) -> int:
    """In how many ways an experiment can end by itself: they share its alpha (Bonferroni)."""
    return len(experiment.limits) + (experiment.kind == "ab")


def counted(state: ExperimentState) -> int:
    """What the experiment's minimum is about: the candidate's requests; A/B: users of the smaller arm."""
    if state.experiment.kind == "ab":
        return min(state.counts("stable").users, state.counts("candidate").users)
    return state.counts(watched_arm(state.experiment)).requests


def decide(state: ExperimentState) -> Standing:
    """Go on, roll back, or ready to be promoted. A shadow is never ready: nobody has got an answer from it."""
    experiment = state.experiment
    counts, alpha = state.counts(watched_arm(experiment)), experiment.alpha / ways_to_end(experiment)
    limits = tuple(_watched(limit, tally(counts, limit), alpha) for limit in experiment.limits)
    comparison, found = state.looks[-1] if state.looks else None, counted(state)
    if state.breach:
        return Standing("breached", found, limits, state.breach, comparison, state.breach.reason)
    if experiment.kind == "shadow":
        return Standing("running", found, limits, reason="a shadow is never promoted: start a canary")
    if found < experiment.minimum:
        return Standing("running", found, limits, None, comparison, f"{found} of {experiment.minimum} are counted")
    if experiment.kind == "ab":
        is_better = comparison is not None and comparison.result == "PROMOTE"
        reason = comparison.reason if comparison else "the comparison is not made yet"
        return Standing("ready" if is_better else "running", found, limits, None, comparison, reason)
    return Standing("ready", found, limits, reason="the minimum is reached and no limit is breached")


def _watched(limit: Limit, found: Tally, alpha: float) -> Watched:
    good = found.of - found.bad
    low = sequence.lower_bound(found.bad, good, alpha * watch.WHOLE)
    return Watched(limit, found, low, sequence.upper_bound(found.bad, good, alpha))


def _watched_over(state: ExperimentState, limits: Sequence[Limit], counts: ArmCounts, at: str) -> ExperimentState:
    """The state with its watches after a count; with the breach of the first limit that shows one."""
    alpha, watches = state.experiment.alpha / ways_to_end(state.experiment), dict(state.watches)
    for limit in limits:
        now, key = tally(counts, limit), limit_key(limit)
        before = watches.get(key, Watch())
        if found := watch.found(before, now.bad, now.of, limit.share, alpha):
            return state.model_copy(update={"watches": watches, "breach": _breach(state, limit, found, at)})
        watches[key] = watch.going_on(before, now.bad, now.of, limit.share)
    return state.model_copy(update={"watches": watches})


def _breach(state: ExperimentState, limit: Limit, found: watch.Found, at: str) -> Breach:
    return Breach(
        metric=limit.metric,
        limit=limit.share,
        bound=found.bound,
        bad=found.bad,
        of=found.of,
        since=found.since,
        request=state.counts(watched_arm(state.experiment)).requests,
        at=at,
        reason=_reason(state, limit, found),
    )


_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "failed": ("requests", "failed"),
    "blocked": ("requests", "were blocked by the guardrail"),
    "slow": ("requests", "took longer than {ms:g} ms"),
    "disliked": ("rated answers", "were disliked"),
    "disagreeing": ("shadow answers", "were unlike the returned one"),
}


def _reason(state: ExperimentState, limit: Limit, found: watch.Found) -> str:
    what, happened = _SAID[limit.metric]
    beside = tally(state.counts("stable"), limit)
    compared = f"; of the live versions' {beside.of}: {beside.bad}" if beside.of else ""
    return (
        f"{found.bad} of the candidate's {'last ' if found.since else ''}{found.of} {what} "
        f"{happened.format(ms=limit.slow_ms or 0)}, so that more than {found.bound:.1%} do in the long run: the limit is "
        f"{limit.share:.1%}{compared}"
    )


def _added(counts: ArmCounts, observation: Observation, experiment: Experiment) -> ArmCounts:
    match observation:
        case Feedback(rating=rating):
            name = "liked" if rating == "up" else "disliked"
            return counts.model_copy(update={name: getattr(counts, name) + 1})
        case Scored(disagrees=disagrees):
            changed = {"scored": counts.scored + 1, "disagreeing": counts.disagreeing + disagrees}
            return counts.model_copy(update=changed)
        case Request():
            return _with_request(counts, observation, experiment)


def failed(request: Request) -> bool:
    """Whether the platform, the model or the candidate's own limits let the request down."""
    return request.outcome == "failed" or (request.outcome == "rejected" and request.error_code in CANDIDATES_FAULT)


def _with_request(counts: ArmCounts, request: Request, experiment: Experiment) -> ArmCounts:
    if request.outcome == "rejected" and not failed(request):
        return counts.model_copy(update={"rejected": counts.rejected + 1})
    slow = dict(counts.slow)
    for key, ms in {slow_key(limit): limit.slow_ms for limit in experiment.limits if limit.slow_ms}.items():
        slow[key] = slow.get(key, 0) + ((request.latency_ms or 0) > ms)
    return counts.model_copy(
        update={
            "requests": counts.requests + 1,
            "failed": counts.failed + failed(request),
            "blocked": counts.blocked + (request.outcome == "blocked"),
            "slow": slow,
        }
    )
