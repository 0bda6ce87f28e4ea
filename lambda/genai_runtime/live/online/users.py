"""Users of an A/B test: they are what is compared, because the requests of one user aren't independent. Pure."""

import hashlib
from collections.abc import Mapping
from typing import Final, Literal

from genai_runtime.live.online.experiment import failed
from genai_runtime.live.online.records import ExperimentState, Feedback, Observation, Request, Scored, UserCounts
from genai_runtime.live.records import Experiment

Outcome = Literal["answered", "liked"]
ARMS: Final = ("stable", "candidate")


def user_key(observation: Observation, experiment: Experiment) -> str | None:
    """The user's item: arm and a digest of who it is; None where nobody is counted. The digest differs between
    experiments, so that users can't be followed from one to the next."""
    if experiment.kind != "ab" or observation.user is None or observation.arm not in ARMS:
        return None
    digest = hashlib.sha256(f"user\n{experiment.id}\n{observation.user}".encode()).hexdigest()
    return f"{observation.arm}#{digest[:32]}"


def with_observation(counts: UserCounts, observation: Observation) -> UserCounts:
    """A user's counts after one more observation."""
    match observation:
        case Feedback(rating=rating):
            name = "liked" if rating == "up" else "disliked"
            return counts.model_copy(update={name: getattr(counts, name) + 1})
        case Request() if observation.outcome != "rejected" or failed(observation):
            answered = counts.answered + (observation.outcome in ("answered", "masked"))
            return counts.model_copy(update={"requests": counts.requests + 1, "answered": answered})
        case Request() | Scored():
            return counts


def share(counts: UserCounts, outcome: Outcome) -> float | None:
    """Share of a user's requests that were answered, or of their ratings that were good; None without any."""
    good, of = (
        (counts.answered, counts.requests)
        if outcome == "answered"
        else (counts.liked, counts.liked + counts.disliked)
    )  # fmt: skip
    return good / of if of else None


def count_users(
    state: ExperimentState, users: Mapping[str, UserCounts], observation: Observation
) -> tuple[ExperimentState, dict[str, UserCounts]]:
    """The state and the users after an observation that the state has counted already."""
    changed, key = dict(users), user_key(observation, state.experiment)
    if key is None:
        return state, changed
    before = changed.get(key, UserCounts())
    changed[key] = with_observation(before, observation)
    outcome, arm = state.experiment.outcome, observation.arm
    if share(before, outcome) is None and share(changed[key], outcome) is not None:
        counts = state.counts(arm)
        more = counts.model_copy(update={"users": counts.users + 1})
        state = state.model_copy(update={"arms": {**state.arms, arm: more}})
    return state, changed
