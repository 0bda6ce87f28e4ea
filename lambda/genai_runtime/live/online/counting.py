"""Counts each observation of an experiment exactly once.

The stream delivers a batch again when the function fails before it has answered, in parts or as a whole, and shards side by
side. What a write counts is marked by the same write, so that a repetition adds nothing. Marks name observations and not
places in shards: Lambda tells a function no shard (except with tumbling windows), and shards are split.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from genai_runtime.live.log import Log
from genai_runtime.live.online import errors, plan
from genai_runtime.live.online.errors import OnlineError
from genai_runtime.live.online.experiment import observe
from genai_runtime.live.online.records import Arm, Breach, ExperimentState, Look, Observation, UserCounts
from genai_runtime.live.online.table import MOST_OBSERVATIONS, new_state
from genai_runtime.live.online.users import count_users, user_key

ATTEMPTS: Final = 30
"""Each shard has one writer: some of them meet, none is passed over so often."""
_PAUSE_SECONDS: Final = 0.2


class Counts(Protocol):
    """Keeps states; `table.ExperimentTable`."""

    def state(self, use_case: str, experiment: str) -> ExperimentState | None: ...

    def seen(self, state: ExperimentState, keys: Sequence[str]) -> frozenset[str]: ...

    def users(self, state: ExperimentState, keys: Sequence[str]) -> dict[str, UserCounts]: ...

    def all_users(self, state: ExperimentState) -> dict[str, dict[str, UserCounts]]: ...

    def write(
        self,
        state: ExperimentState,
        *,
        now: datetime,
        counted: Sequence[str] = (),
        users: Mapping[str, UserCounts] | None = None,
    ) -> bool: ...


Compare = Callable[[ExperimentState, Mapping[str, Mapping[str, UserCounts]]], Look]


@dataclass
class Counted:
    """What came of a batch for one experiment.

    :param counted: observations that are new, by arm
    :param late: of these, the candidate's after the experiment's end
    :param repeated: observations that were counted before
    :param unknown: observations of an experiment that the log has never had: nothing can be counted
    :param breach: noted by now
    :param ended: the experiment was asked to end because of it
    """

    use_case: str
    experiment: str
    counted: Counter[Arm] = field(default_factory=Counter)
    late: int = 0
    repeated: int = 0
    unknown: int = 0
    breach: Breach | None = None
    ended: bool = False


class Counting:
    """The only writer of counts.

    :param compare: `looks.look`
    """

    def __init__(
        self,
        log: Log,
        counts: Counts,
        compare: Compare,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._log = log
        self._counts = counts
        self._compare = compare
        self._now = now
        self._sleep = sleep

    def count(self, said: Counted, observations: Sequence[Observation], *, over: bool) -> ExperimentState | None:
        """Count what is new, in order; the state afterwards, None for an unknown experiment.

        Raises OnlineError (GF-LIVE-202) when others always come first, and botocore's errors. What is written by then stays
        counted.
        """
        state: ExperimentState | None = None
        for start in range(0, len(observations), MOST_OBSERVATIONS):
            part = {each.key: each for each in observations[start : start + MOST_OBSERVATIONS]}
            state = self._count(said, part, over)
            if state is None:
                said.unknown = len(observations)
                return None
        return state

    def compare(self, state: ExperimentState) -> ExperimentState:
        """Make the look that is due, if one is. Raises like `count`."""
        attempts = self._attempts(state.use_case, state.experiment.id)
        while plan.due(state):
            next(attempts)
            compared = looked(state, self._compare(state, self._counts.all_users(state)), self._now())
            if self._counts.write(compared, now=self._now()):
                return compared.model_copy(update={"version": compared.version + 1})
            state = self._counts.state(state.use_case, state.experiment.id) or state
        return state

    def _count(self, said: Counted, part: Mapping[str, Observation], over: bool) -> ExperimentState | None:
        attempts = self._attempts(said.use_case, said.experiment)
        while True:
            next(attempts)
            state = self._counts.state(said.use_case, said.experiment) or self._fresh(said)
            if state is None:
                return None
            seen = self._counts.seen(state, list(part))
            new = [each for key, each in part.items() if key not in seen]
            after, users = self._after(state, new, over)
            if not new or self._counts.write(after, now=self._now(), counted=[each.key for each in new], users=users):
                said.counted.update(each.arm for each in new)
                said.late += total(after) - total(state)
                said.repeated += len(part) - len(new)
                return after.model_copy(update={"version": after.version + bool(new)})

    def _after(
        self, state: ExperimentState, new: Sequence[Observation], over: bool
    ) -> tuple[ExperimentState, dict[str, UserCounts]]:
        keys = [key for each in new if (key := user_key(each, state.experiment))]
        users = self._counts.users(state, keys) if keys and not (over or state.breach) else {}
        for each in new:
            is_late = over or state.breach is not None
            state = observe(state, each, over=over)
            if not is_late:
                state, users = count_users(state, users, each)
        return state, users

    def _fresh(self, said: Counted) -> ExperimentState | None:
        history = reversed(self._log.history(said.use_case))
        found = (each.document.experiment for each in history)
        experiment = next((each for each in found if each and each.id == said.experiment), None)
        return new_state(said.use_case, experiment) if experiment else None

    def _attempts(self, use_case: str, experiment: str) -> Iterator[None]:
        for number in range(ATTEMPTS):
            if number:
                self._sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 - spreads writers, hides nothing
            yield
        raise OnlineError(
            errors.STATE_BUSY,
            f"the counts of experiment {experiment!r} of {use_case!r} were written by others {ATTEMPTS} times in a row: the "
            "batch is delivered again; if it repeats, lower the stream's parallelisation factor",
        )


def looked(state: ExperimentState, look: Look, now: datetime) -> ExperimentState:
    """The state with a look; a candidate that is worse than allowed has breached."""
    state = state.model_copy(update={"looks": (*state.looks, look)})
    if look.result != "REJECT":
        return state
    breach = Breach(
        metric="difference",
        limit=0.0 - state.experiment.allowed_difference,
        bound=look.high,
        bad=0,
        of=max(1, look.users["candidate"]),
        request=state.counts("candidate").requests,
        at=now.isoformat(timespec="microseconds"),
        reason=look.reason,
    )
    return state.model_copy(update={"breach": breach})


def total(state: ExperimentState) -> int:
    """Late observations of a state."""
    late = state.late
    return late.requests + late.rejected + late.liked + late.disliked + late.scored
