"""How a gate's evaluations are doing."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from genai_runtime.evaluation import layout
from genai_runtime.release.gate.event import Start
from genai_runtime.release.gate.state import States
from genai_runtime.release.gate.workload import Open, Workload
from genai_runtime.release.records import StartedRun


@dataclass(frozen=True)
class Poller:
    """The step Poll."""

    states: States
    open: Open

    def poll(self, start: Start) -> dict[str, Any]:
        """What the step adds to the machine's state: done when no execution works any more. Raises ReleaseRefused, botocore's
        errors."""
        state = self.states.get(start)
        workload = self.open(start)
        found = Counter(progress(workload, each) for each in state.runs)
        return {"done": not found["running"], **{name: found[name] for name in ("running", "finished", "failed")}}


def progress(workload: Workload, run: StartedRun) -> str:
    """`finished` as soon as there is a result, though its execution may still be tracking it; `running`, `failed`."""
    if workload.runs.read(layout.result(run.run)) is not None:
        return "finished"
    status = workload.executions.find(run.execution)
    if status is not None and status.working:
        return "running"
    # It may have ended between the two questions.
    return "finished" if workload.runs.read(layout.result(run.run)) is not None else "failed"
