"""How many requests an experiment harmed. Pure."""

from dataclasses import dataclass

from genai_runtime.live.online.experiment import Tally, tally, watched_arm
from genai_runtime.live.online.records import ArmCounts, ExperimentState
from genai_runtime.live.records import Limit


@dataclass(frozen=True)
class Harm:
    """In one of the ways that have a limit.

    :param limit: the way
    :param detected: the candidate's, up to the breach or until now
    :param late: the candidate's after that, until every function had heard of it
    :param stable: the live versions' meanwhile
    :param expected: of the candidate's, how many the live versions would have had as well
    """

    limit: Limit
    detected: Tally
    late: Tally
    stable: Tally
    expected: float

    @property
    def harmed(self) -> int:
        """Requests of users that went wrong with the candidate."""
        return self.detected.bad + self.late.bad

    @property
    def beyond(self) -> float:
        """Of these, how many wouldn't have without the experiment: an estimate, never below 0."""
        return max(0.0, self.harmed - self.expected)


def report(state: ExperimentState) -> tuple[Harm, ...]:
    """For each limit. A shadow harms nobody: its answers are thrown away."""
    if state.experiment.kind == "shadow":
        return ()
    counts = state.counts(watched_arm(state.experiment))
    return tuple(_harm(limit, counts, state.late, state.counts("stable")) for limit in state.experiment.limits)


def _harm(limit: Limit, counts: ArmCounts, late: ArmCounts, stable: ArmCounts) -> Harm:
    detected, after, beside = (tally(each, limit) for each in (counts, late, stable))
    return Harm(limit, detected, after, beside, beside.share * (detected.of + after.of))
