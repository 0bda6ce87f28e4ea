"""Executions of a deployed pipeline on a local target: started, gone on with, listed."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.local.target import Target
from foundation.release.errors import ReleaseError
from foundation.release.walker import definition, records
from foundation.release.walker.calls import Executor
from foundation.release.walker.cloud import Cloud
from foundation.release.walker.engine import Walker
from foundation.release.walker.executors import TargetExecutor
from foundation.release.walker.executors.approval import Approvals
from foundation.release.walker.journal import Journal
from foundation.release.walker.queue import turn
from foundation.release.walker.records import Execution, Revision
from foundation.release.walker.variables import resolve


@dataclass(frozen=True)
class OpenApproval:
    """An approval that waits for a person."""

    execution: str
    stage: str
    action: str
    about: str
    """CustomData of the action."""
    link: str


class Runs:
    """One pipeline: `wanted` as definition.load takes it, `around` takes the place of what runs its actions."""

    def __init__(
        self,
        target: Target,
        assembly: Path,
        wanted: str = "",
        *,
        approvals: Approvals | None = None,
        watch: Callable[[Execution], None] = lambda _: None,
        waits: Callable[[str], None] = lambda _: None,
        around: Callable[[Executor], Executor] = lambda executor: executor,
    ) -> None:
        self.definition = definition.load(assembly, target, wanted)
        self.journal = Journal(target.folder.root / "pipelines" / self.definition.pipeline.name)
        self._cloud = Cloud(target, self.definition.pipeline)
        self._approvals, self._tell, self._waits = approvals or Approvals(), watch, waits
        self._around = around

    def start(
        self, revision: Revision, variables: Mapping[str, str] | None = None, skip: Sequence[str] = (), id: str = ""
    ) -> Execution:
        """Walk a new execution to its end, a failure, or an open approval that isn't waited for."""
        walker = self._walker()
        execution = walker.new(revision, variables, skip, id)
        self._watch(execution)
        with self._turn(execution):
            return walker.walk(execution)

    def resume(self, identifier: str = "", *, whole_stage: bool = False) -> Execution:
        """Go on with an execution; without an id, with the last one that didn't succeed. `whole_stage` as Walker.resume."""
        walker = self._walker()
        chosen = identifier or self._unfinished()
        execution = self.journal.load(chosen)
        with self._turn(execution):
            # Another process may have walked it in the meantime.
            execution = self.journal.load(chosen)
            self._cloud.post(execution)
            return walker.resume(execution, whole_stage=whole_stage)

    def open_approvals(self) -> list[OpenApproval]:
        """Of all executions, oldest first."""
        return [each for execution in self.journal.all() for each in self._open(execution)]

    def _open(self, execution: Execution) -> list[OpenApproval]:
        target = self.journal.load(execution.target) if execution.target else None
        known = records.namespaces(self.definition.pipeline, execution, target)
        found = []
        for stage in self.definition.pipeline.stages:
            for action in stage.actions:
                record = execution.action(stage.name, action.name)
                if action.kind[0] == "Approval" and record and record.status == "InProgress":
                    if self._cloud.answer("approval", record.token, 0.0):
                        continue
                    data: Mapping[str, Any] = resolve(action.configuration, known)
                    about, link = str(data.get("CustomData", "")), str(data.get("ExternalEntityLink", ""))
                    found.append(OpenApproval(execution.id, stage.name, action.name, about, link))
        return found

    def _walker(self) -> Walker:
        executor = self._around(TargetExecutor(self.definition, self._cloud, self._approvals))
        return Walker(self.definition.pipeline, executor, self.journal, watch=self._watch)

    def _watch(self, execution: Execution) -> None:
        self._cloud.post(execution)
        self._tell(execution)

    def _turn(self, execution: Execution) -> AbstractContextManager[None]:
        queued = self.definition.pipeline.mode == "QUEUED"
        root = self.journal.root if queued else self.journal.folder(execution.id)
        return turn(root / "queue", execution, self._waits)

    def _unfinished(self) -> str:
        left = [each for each in self.journal.all() if each.status != "Succeeded" and each.type == "STANDARD"]
        if not left:
            raise ReleaseError(
                "GF-REL-331", f"every execution of {self.definition.pipeline.name} succeeded: start a new release"
            )
        return left[-1].id
