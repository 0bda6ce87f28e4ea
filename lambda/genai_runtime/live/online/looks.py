"""A/B tests: users of both arms compared at planned looks, with the gate's methods. Pure; needs the layer `statistics`.

Each user is one value, the share of their requests that were good. The difference of the arms' means has an interval by
"square and add" (Zou and Donner 2008, Statistics in Medicine 27:1693; with Wilson's intervals it is Newcombe's hybrid score
interval, 1998), from the interval of each arm as the gate makes it: Wilson for rates, exact for equal values, normal else.
REJECT may come at every look, at O'Brien and Fleming's boundaries; PROMOTE only at the last one, at which all of its error
is left. Needs the gate's check for rare bad users to agree, as the gate does.
"""

import math
from collections.abc import Callable, Mapping
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


@dataclass(frozen=True)
class Difference:
    """The candidate's mean less the stable arm's.

    :param low: one-sided bound at the level of PROMOTE, after the check
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
    is_last = planned[number - 1] >= 1
    found = difference(
        candidate,
        stable,
        promote=Level(experiment.alpha),
        reject=Level(experiment.alpha / ways_to_end(experiment), planned, number),
    )
    result, reason = _result(found, experiment, is_last)
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


def difference(candidate: Values, stable: Values, *, promote: Level, reject: Level) -> Difference:
    """Difference of the means with its bounds; nothing is known with fewer than two users in an arm."""
    if min(candidate.size, stable.size) < _LEAST:
        return Difference(0.0, -1.0, 1.0)
    estimate = mean(candidate) - mean(stable)
    low = estimate - _reach(candidate, stable, lambda each: _interval(each, promote))
    checked = estimate - _reach(candidate, stable, lambda each: _certain(each, 2 * promote.nominal))
    high = estimate + _reach(stable, candidate, lambda each: _interval(each, reject))
    return Difference(estimate, max(-1.0, min(low, checked)), min(1.0, high))


def _reach(above: Values, below: Values, interval: Callable[[Values], tuple[float, float]]) -> float:
    """Distance of the least plausible difference `above` less `below`."""
    return math.hypot(mean(above) - interval(above)[0], interval(below)[1] - mean(below))


def _interval(values: Values, level: Level) -> tuple[float, float]:
    found = evidence(values, 0.0, level, None).interval
    return found.low, found.high


def _certain(values: Values, alpha: float) -> tuple[float, float]:
    """Bounds for every distribution, each with error `alpha`: the gate's check, inverted."""
    if is_constant(values):
        return bounded.constant_bounds(float(values[0]), values.size, alpha, 0.0, 1.0)
    from scipy.optimize import brentq  # here: equal values don't need it

    centre, edge = mean(values), 1e-9
    low = float(brentq(lambda limit: bounded.p_at_most(values, limit, 0.0) - alpha, edge, centre, xtol=1e-7))
    high = float(brentq(lambda limit: bounded.p_at_least(values, limit, 1.0) - alpha, centre, 1 - edge, xtol=1e-7))
    return low, high


def _result(found: Difference, experiment: Experiment, is_last: bool) -> tuple[Result, str]:
    least = -experiment.allowed_difference
    said = f"the candidate's users differ by {found.estimate:+.1%} ({found.low:+.1%} to {found.high:+.1%})"
    needed = f"at least {least:+.1%} is needed"
    if found.high < least:
        return "REJECT", f"{said}: {needed}"
    if found.low >= least:
        if is_last:
            return "PROMOTE", f"{said}: {needed}"
        return "HOLD", f"{said}: good so far, and not all planned users are counted"
    return "HOLD", f"{said}: {needed}, which is not shown" + ("" if is_last else " yet")
