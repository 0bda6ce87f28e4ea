"""Takes batches of the audit table's stream: counts them, and ends experiments that breach a limit.

A breach is noted with the counts. The rollback follows, and is asked for again by every later batch until the log says that
the experiment is over: a function that is killed in between leaves nothing undone.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from genai_runtime.live.log import Log
from genai_runtime.live.online.counting import Counted, Counting
from genai_runtime.live.online.records import Observation

Rollback = Callable[[str, str, str], None]
"""Ends an experiment (use case, id) for a reason, without effect when it is over. Raises when it couldn't."""


class Observer:
    """Watches all experiments."""

    def __init__(self, log: Log, counting: Counting, rollback: Rollback) -> None:
        self._log = log
        self._counting = counting
        self._rollback = rollback

    def observe(self, observations: Iterable[Observation]) -> list[Counted]:
        """Count a batch in its order, and act on it. Raises botocore's errors, LiveError and OnlineError: then the batch has
        to be delivered again, in whichever parts."""
        groups: defaultdict[tuple[str, str], list[Observation]] = defaultdict(list)
        for each in observations:
            groups[each.use_case, each.experiment].append(each)
        return [self._experiment(Counted(*names), group) for names, group in groups.items()]

    def _experiment(self, said: Counted, observations: Sequence[Observation]) -> Counted:
        newest = self._log.newest(said.use_case)
        running = newest.document.experiment if newest else None
        is_over = running is None or running.id != said.experiment
        state = self._counting.count(said, observations, over=is_over)
        if state is None or is_over:
            return said
        state = self._counting.compare(state)
        if state.breach:
            said.breach = state.breach
            self._rollback(said.use_case, said.experiment, state.breach.reason)
            said.ended = True
        return said
