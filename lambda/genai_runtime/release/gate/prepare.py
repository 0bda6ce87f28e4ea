"""Starts what a release needs in an environment, once, however often it is asked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from genai_runtime.release.gate.claim import Claims
from genai_runtime.release.gate.errors import NotYet
from genai_runtime.release.gate.event import Start
from genai_runtime.release.gate.resolve import Resolver, repeatable
from genai_runtime.release.gate.state import Manifests, States, pair, read_release, requirements
from genai_runtime.release.gate.workload import Open, Workload
from genai_runtime.release.manifest import Manifest, Requirement
from genai_runtime.release.records import GateState, StartedRun


@dataclass(frozen=True)
class Preparer:
    """The step Prepare.

    Requests are written before the gate's state and that before any execution is started, each once: whoever interrupts it
    leaves at most a request that nobody runs, and the next attempt finds it again.

    :param check_seal: raises ReleaseRefused for a release that isn't sealed
    """

    releases: Manifests
    check_seal: Callable[[Start, Manifest], None]
    states: States
    open: Open
    poll_seconds: int
    now: Callable[[], datetime]

    def prepare(self, start: Start) -> dict[str, Any]:
        """What the step adds to the machine's state. Raises ReleaseRefused, StartFailed, botocore's errors."""
        manifest = read_release(self.releases, self.check_seal, start)
        wanted = requirements(manifest, start)
        workload = self.open(start)
        state = self.states.find(start)
        if state is None:
            state = self.states.keep(start, list(self._claim(start, manifest, wanted, workload)))
        state = self._start(start, state, workload)
        return {
            "poll_seconds": self.poll_seconds,
            "asked": [{"suite": each.suite, "run": each.run} for each in state.runs],
            "left_out": left_out(wanted, state, workload),
        }

    def _claim(
        self, start: Start, manifest: Manifest, wanted: Sequence[Requirement], workload: Workload
    ) -> Iterator[StartedRun]:
        resolver = Resolver(workload)
        claims = Claims(
            workload.runs,
            start.execution,
            {"manifest": start.manifest, "commit": start.commit, "environment": start.environment},
            manifest.evidence_days,
            self.now,
        )
        for requirement in wanted:
            try:
                request = resolver.resolve(requirement)
            except NotYet:
                if start.is_pull_request:
                    continue
                raise
            claimed = claims.claim(request, reuse=start.purpose == "gate" and repeatable(request))
            execution = workload.executions.arn(claimed.run)
            yield StartedRun(suite=claimed.suite, version=claimed.version, run=claimed.run, execution=execution)

    def _start(self, start: Start, state: GateState, workload: Workload) -> GateState:
        """Start what isn't started, take up what was interrupted; finished runs stay as they are."""
        runs = tuple(each.model_copy(update={"execution": workload.executions.ensure(each.run)}) for each in state.runs)
        if runs != state.runs:
            state = state.model_copy(update={"runs": runs})
            self.states.replace(start, state)
        return state


def left_out(wanted: Sequence[Requirement], state: GateState, workload: Workload) -> list[str]:
    """A sentence on each requirement that nothing was started for: a pull request's, of what isn't deployed yet."""
    resolver = Resolver(workload)
    return [
        f"Suite `{each.requirement.request.suite}` was not evaluated: {_why(resolver, each.requirement)}. After the merge the "
        "release's own gate evaluates it, before the release goes any further."
        for each in pair(wanted, state, workload.runs)
        if each.run is None
    ]


def _why(resolver: Resolver, requirement: Requirement) -> str:
    try:
        resolver.resolve(requirement)
    except NotYet as missing:
        return missing.missing
    return f"what it needs wasn't deployed to {requirement.environment} when the gate began"
