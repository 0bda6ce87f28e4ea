"""How often an A/B test's looks decide, simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genai_runtime.evaluation.gate.level import Level
from genai_runtime.evaluation.gate.sample import on_grid
from genai_runtime.live.online.looks import difference

Numbers = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, float], Numbers]
FRACTIONS: Final = (0.25, 0.5, 0.75, 1.0)


def one_request(rng: np.random.Generator, users: int, mean: float) -> Numbers:
    """Each user asked once."""
    return (rng.random(users) < mean).astype(float)


def some_requests(rng: np.random.Generator, users: int, mean: float) -> Numbers:
    """Users of one to many requests (geometric, 3.3 on average), each with a share of their own (beta)."""
    requests = rng.geometric(0.3, users)
    return np.asarray(rng.binomial(requests, rng.beta(8 * mean, 8 * (1 - mean), users)) / requests)


def rarely_nothing(rng: np.random.Generator, users: int, mean: float) -> Numbers:
    """Nearly all users are content (0.97 to 1), a few get nothing."""
    return np.where(rng.random(users) < 1 - mean / 0.985, 0.0, 0.97 + 0.03 * rng.random(users))


DRAWS: Final[Mapping[str, Draw]] = {
    "one request each": one_request,
    "some requests each": some_requests,
    "a few get nothing": rarely_nothing,
}


def decided(
    draw: Draw,
    means: tuple[float, float],
    planned: int,
    *,
    ratio: int = 1,
    allowed: float = 0.0,
    alpha: float = 0.01,
    runs: int = 1000,
    seed: int = 1,
) -> dict[str, float]:
    """Shares of PROMOTE and REJECT, and the mean number of users in the candidate's arm at the end.

    :param means: the candidate's and the stable arm's true means
    :param planned: users of the candidate's arm at the last look; the stable arm has `ratio` times as many
    :param alpha: the experiment's, with one limit beside the comparison
    """
    rng, found, users = np.random.default_rng(seed), {"PROMOTE": 0, "REJECT": 0}, 0
    for _ in range(runs):
        arms = draw(rng, planned, means[0]), draw(rng, planned * ratio, means[1])
        result, ended = _run(arms, allowed, alpha)
        users += ended
        if result:
            found[result] += 1
    return {name: count / runs for name, count in found.items()} | {"users": users / runs}


def _run(arms: tuple[Numbers, Numbers], allowed: float, alpha: float) -> tuple[str, int]:
    for number, part in enumerate(FRACTIONS, start=1):
        candidate, stable = (on_grid(arm[: int(arm.size * part)]) for arm in arms)
        found = difference(
            candidate, stable, promote=Level(alpha), reject=Level(alpha / 2, FRACTIONS, number), least=0.0 - allowed
        )
        if found.high < 0.0 - allowed:
            return "REJECT", candidate.size
    return ("PROMOTE" if found.low >= 0.0 - allowed else ""), candidate.size
