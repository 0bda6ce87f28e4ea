"""How a gate's evaluations are doing."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.evaluation import layout
from genai_runtime.release.gate.event import Start
from genai_runtime.release.gate.state import States
from genai_runtime.release.gate.workload import Open, Workload
from genai_runtime.release.records import StartedRun

FIRST_SECONDS: Final = 5
"""Before the first look. A gate of seconds isn't kept waiting, and one of days isn't asked all the time."""
_GROWTH: Final = 1.2


@dataclass(frozen=True)
class Poller:
    """The step Poll.

    :param longest: most seconds between two looks
    """

    states: States
    open: Open
    longest: int = 60

    def poll(self, start: Start, waited: int = FIRST_SECONDS) -> dict[str, Any]:
        """What the step adds to the machine's state: done when no execution works any more, and how long to wait otherwise.
        Raises ReleaseRefused, botocore's errors.

        :param waited: seconds before this look
        """
        state = self.states.get(start)
        workload = self.open(start)
        found = Counter(progress(workload, each) for each in state.runs)
        return {
            "done": not found["running"],
            "poll_seconds": min(self.longest, math.ceil(waited * _GROWTH)),
            **{name: found[name] for name in ("running", "finished", "failed")},
        }


def progress(workload: Workload, run: StartedRun) -> str:
    """`finished` as soon as there is a result, though its execution may still be tracking it; `running`, `failed`."""
    if workload.runs.read(layout.result(run.run)) is not None:
        return "finished"
    status = workload.executions.find(run.execution)
    if status is not None and status.working:
        return "running"
    # It may have ended between the two questions.
    return "finished" if workload.runs.read(layout.result(run.run)) is not None else "failed"
