"""What is known of a running experiment: observations, counts of the arms, what they led to."""

from typing import Annotated, Literal

from pydantic import Field

from genai_runtime.base import Name, Record, Share, Text
from genai_runtime.live.records import Experiment

Arm = Literal["stable", "candidate", "shadow"]
"""`shadow`: the candidate, asked again what a user asked."""
Count = Annotated[int, Field(ge=0)]
Result = Literal["PROMOTE", "HOLD", "REJECT"]


class _Observation(Record):
    use_case: Name
    experiment: Name
    arm: Arm
    key: Text
    """Sort key of the audit table's item: with the use case, an observation's identity."""
    at: Text
    """When the request was answered, ISO 8601."""
    user: Text | None = None


class Request(_Observation):
    """A request that came to its end."""

    kind: Literal["request"] = "request"
    outcome: Literal["answered", "masked", "blocked", "rejected", "failed"]
    latency_ms: float | None = None
    error_code: str | None = None


class Feedback(_Observation):
    """What a user thought of an answer."""

    kind: Literal["feedback"] = "feedback"
    rating: Literal["up", "down"]


class Scored(_Observation):
    """A shadow's answer beside the one that was returned."""

    kind: Literal["scored"] = "scored"
    score: Share
    disagrees: bool


Observation = Annotated[Request | Feedback | Scored, Field(discriminator="kind")]


class ArmCounts(Record):
    """Of one arm. A request can be slow and blocked; it is failed or blocked or neither."""

    requests: Count = 0
    rejected: Count = 0
    """By the caller's fault; not among `requests`."""
    failed: Count = 0
    blocked: Count = 0
    slow: dict[str, Count] = Field(default_factory=dict)
    """By limit in milliseconds, as `slow_key` spells it."""
    liked: Count = 0
    disliked: Count = 0
    scored: Count = 0
    disagreeing: Count = 0
    users: Count = 0
    """A/B: users with an outcome."""


class Watch(Record):
    """The latest beginning of a limit's second watch (module `watch`), and what was counted before it."""

    number: Annotated[int, Field(ge=1)] = 1
    bad: Count = 0
    of: Count = 0


class Breach(Record):
    """Why an experiment ended by itself."""

    metric: Literal["failed", "blocked", "slow", "disliked", "disagreeing", "difference"]
    """`difference`: an A/B test found the candidate worse than the live versions by more than allowed."""
    limit: float
    """The largest acceptable share; of `difference` the least acceptable difference."""
    bound: float
    """The true share is above this with the experiment's confidence; of `difference` the true one is below."""
    bad: Count
    of: Annotated[int, Field(ge=1)]
    """Requests, rated or scored answers of the candidate; users of `difference`."""
    since: Count = 0
    """How many were counted before these: a breach may be of the latest alone."""
    request: Count
    """The candidate's requests that were counted when it was found."""
    at: Text
    """Of the request that showed it."""
    reason: Text
    """One sentence for a product owner."""


class Look(Record):
    """A planned comparison of an A/B test's arms."""

    users: dict[Literal["stable", "candidate"], Count]
    fraction: Annotated[float, Field(gt=0, le=1)]
    """Of the planned users, in the smaller arm."""
    stable: float
    candidate: float
    """Mean over users of their share of good requests."""
    difference: float
    """The candidate's less the stable arm's."""
    low: float
    """PROMOTE needs this at or above the least acceptable difference."""
    high: float
    """REJECT needs this below it."""
    result: Result
    reason: Text


class ExperimentState(Record):
    """The counts of an experiment: item `experiment#ID` beside the log."""

    use_case: Name
    experiment: Experiment
    version: Count = 0
    """Writes so far; each write names the one that it read."""
    arms: dict[Arm, ArmCounts] = Field(default_factory=dict)
    late: ArmCounts = ArmCounts()
    """Of the candidate after the experiment was over: until every function had heard of it."""
    watches: dict[str, Watch] = Field(default_factory=dict)
    """By `experiment.limit_key`."""
    looks: tuple[Look, ...] = ()
    breach: Breach | None = None

    def counts(self, arm: Arm) -> ArmCounts:
        """Of an arm; zeros before its first observation."""
        return self.arms.get(arm, ArmCounts())


class UserCounts(Record):
    """A user of an A/B test."""

    requests: Count = 0
    answered: Count = 0
    liked: Count = 0
    disliked: Count = 0
