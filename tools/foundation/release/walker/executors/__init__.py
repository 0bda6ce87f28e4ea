"""What each type of action does on the local target."""

import threading
from collections.abc import Callable, Mapping

from botocore.exceptions import BotoCoreError

from foundation.release.errors import ReleaseError
from foundation.release.walker.calls import Call, Halted, Outcome
from foundation.release.walker.cloud import Cloud
from foundation.release.walker.definition import Definition
from foundation.release.walker.executors.approval import Approvals, approval
from foundation.release.walker.executors.build import Builds
from foundation.release.walker.executors.function import invoke
from foundation.release.walker.executors.source import source
from foundation.release.walker.executors.state_machine import run_state_machine
from foundation.release.walker.model import Pipeline

Kind = tuple[str, str, str]


class TargetExecutor:
    """Runs the actions of a deployed pipeline. Implements calls.Executor."""

    def __init__(self, definition: Definition, cloud: Cloud, approvals: Approvals) -> None:
        self._stopped = threading.Event()
        self._builds = Builds(definition, cloud, self._stopped)
        self._kinds: Mapping[Kind, Callable[[Call], Outcome]] = {
            ("Source", "AWS", "CodeStarSourceConnection"): lambda call: source(call, cloud),
            ("Build", "AWS", "CodeBuild"): self._builds.run,
            ("Test", "AWS", "CodeBuild"): self._builds.run,
            ("Invoke", "AWS", "Lambda"): lambda call: invoke(call, cloud, self._stopped),
            ("Invoke", "AWS", "StepFunctions"): lambda call: run_state_machine(call, cloud, self._stopped),
            ("Approval", "AWS", "Manual"): lambda call: approval(call, cloud, definition, approvals, self._stopped),
        }
        self._check(definition.pipeline)

    def run(self, call: Call) -> Outcome:
        """Fails with GF-REL-348 where this machine or the way to the target gives out, which says nothing of the action."""
        try:
            return self._kinds[call.action.kind](call)
        except (OSError, BotoCoreError) as error:
            raise Halted(
                "GF-REL-348", f"{call.name} can't go on here ({error}): put that right, then run with --resume"
            ) from error

    def stop(self) -> None:
        """End what runs; its calls raise Interrupted."""
        self._stopped.set()
        self._builds.end()

    def _check(self, pipeline: Pipeline) -> None:
        """Fails with GF-REL-325 before anything began."""
        for stage in pipeline.stages:
            for action in stage.actions:
                if action.kind not in self._kinds:
                    known = ", ".join(sorted({provider for _, _, provider in self._kinds}))
                    raise ReleaseError(
                        "GF-REL-325", f"{stage.name}/{action.name} is {' '.join(action.kind)}: the walker knows {known}"
                    )
