"""A/B tests: users of both arms compared at planned looks, with the gate's methods. Pure; needs the layer `statistics`.

Each user is one value, the share of their requests that were good. The difference of the arms' means has an interval by
"square and add" (Zou and Donner 2008, Statistics in Medicine 27:1693; with Wilson's intervals it is Newcombe's hybrid score
interval, 1998), from the interval of each arm as the gate makes it: Wilson for rates, exact for equal values, normal else.
REJECT may come at every look, at O'Brien and Fleming's boundaries; PROMOTE at the last one only, which has all of its error.
What an interval says counts only if the bounds that hold for every distribution (module `bounded`), put together alike, say
the same: that keeps the error where normal intervals and Wilson's fail, with few users and shares near 1.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from genai_runtime.evaluation.gate import bounded
from genai_runtime.evaluation.gate.evidence import evidence
from genai_runtime.evaluation.gate.level import Level
from genai_runtime.evaluation.gate.sample import Values, is_constant, mean, on_grid, rounded
from genai_runtime.live.online.experiment import ways_to_end
from genai_runtime.live.online.plan import fractions
from genai_runtime.live.online.records import ExperimentState, Look, Result, UserCounts
from genai_runtime.live.online.users import share
from genai_runtime.live.records import Experiment

_LEAST: Final = 2
"""Users of an arm without which nothing can be said."""
_EDGE: Final = 1e-9
_STEP: Final = 1e-5
"""How exactly a bound is found."""


@dataclass(frozen=True)
class Difference:
    """The candidate's mean less the stable arm's.

    :param low: one-sided bound at the level of PROMOTE
    :param high: one-sided bound at the level of REJECT
    """

    estimate: float
    low: float
    high: float


def look(state: ExperimentState, users: Mapping[str, Mapping[str, UserCounts]]) -> Look:
    """Compare the arms now. users: by arm, then by user."""
    experiment = state.experiment
    stable, candidate = (values(users.get(arm, {}), experiment) for arm in ("stable", "candidate"))
    planned, number = fractions(state)
    least = 0.0 - experiment.allowed_difference
    found = difference(
        candidate,
        stable,
        promote=Level(experiment.alpha),
        reject=Level(experiment.alpha / ways_to_end(experiment), planned, number),
        least=least,
    )
    result, reason = _result(found, least, planned[number - 1] >= 1)
    return Look(
        users={"stable": stable.size, "candidate": candidate.size},
        fraction=rounded(planned[number - 1]),
        stable=rounded(mean(stable)) if stable.size else 0.0,
        candidate=rounded(mean(candidate)) if candidate.size else 0.0,
        difference=rounded(found.estimate),
        low=rounded(found.low),
        high=rounded(found.high),
        result=result,
        reason=reason,
    )


def values(users: Mapping[str, UserCounts], experiment: Experiment) -> Values:
    """One value for each user with an outcome, in the order of their digests."""
    shares = (share(users[user], experiment.outcome) for user in sorted(users))
    return on_grid(each for each in shares if each is not None)


def difference(candidate: Values, stable: Values, *, promote: Level, reject: Level, least: float) -> Difference:
    """Difference of the means with its bounds; nothing is known with fewer than two users in an arm.

    least: the least acceptable difference. A bound that would decide on it has to hold for every distribution.
    """
    if min(candidate.size, stable.size) < _LEAST:
        return Difference(0.0, -1.0, 1.0)
    estimate = mean(candidate) - mean(stable)
    low = estimate - _reach(candidate, stable, promote)
    if low >= least:
        low = min(low, estimate - _certain_reach(candidate, stable, promote.nominal))
    high = estimate + _reach(stable, candidate, reject)
    if high < least:
        high = max(high, estimate + _certain_reach(stable, candidate, reject.nominal))
    return Difference(estimate, max(-1.0, low), min(1.0, high))


def _reach(above: Values, below: Values, level: Level) -> float:
    """Distance of the least plausible difference `above` less `below`."""
    low = evidence(above, 0.0, level, None).interval.low
    high = evidence(below, 0.0, level, None).interval.high
    return math.hypot(mean(above) - low, high - mean(below))


def _certain_reach(above: Values, below: Values, alpha: float) -> float:
    """The same for every distribution: the gate's check for rare bad cases, inverted."""
    return math.hypot(_certain_fall(above, alpha), _certain_fall(1 - below, alpha))


def _certain_fall(values: Values, alpha: float) -> float:
    """How far below its estimate a mean may lie, with error `alpha`."""
    centre = mean(values)
    if is_constant(values):
        return centre - bounded.constant_bounds(centre, values.size, alpha, 0.0, 1.0)[0]
    if bounded.p_at_most(values, _EDGE, 0.0) >= alpha:
        return centre  # nothing above 0 is refused: hardly more than one user is above it, or alpha is tiny
    from scipy.optimize import brentq  # here: equal values don't need it

    low = brentq(lambda limit: bounded.p_at_most(values, limit, 0.0) - alpha, _EDGE, centre, xtol=_STEP)
    return centre - float(low)


def _result(found: Difference, least: float, is_last: bool) -> tuple[Result, str]:
    said = f"the candidate's users differ by {found.estimate:+.1%} ({found.low:+.1%} to {found.high:+.1%})"
    needed = f"at least {least:+.1%} is needed"
    if found.high < least:
        return "REJECT", f"{said}: {needed}"
    if found.low < least:
        return "HOLD", f"{said}: {needed}, which is not shown" + ("" if is_last else " yet")
    if not is_last:
        return "HOLD", f"{said}: good so far, and not all planned users are counted"
    return "PROMOTE", f"{said}: {needed}"
