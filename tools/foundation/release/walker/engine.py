"""The walk itself: stages in order, actions by run order, rollback, and going on after an interruption.

Every step is written to the journal before and after it is taken. An action found in progress is asked again with the same
token; one that succeeded never is.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Protocol
from uuid import uuid4

from foundation.release.errors import ReleaseError
from foundation.release.walker import records
from foundation.release.walker.calls import Call, Executor, Halted, Outcome
from foundation.release.walker.journal import Journal
from foundation.release.walker.model import Action, Pipeline, Stage, key
from foundation.release.walker.records import DONE, ActionRecord, Execution, Revision
from foundation.release.walker.variables import resolve

Step = Callable[[], None]


class Watcher(Protocol):
    """Told of every record that was written."""

    def __call__(self, execution: Execution, /) -> None: ...


def threads(steps: Sequence[Step], stop: Step) -> None:
    """Run steps at the same time; the first exception ends the others by `stop` and is raised once all have ended."""
    if len(steps) == 1:
        steps[0]()
        return
    with ThreadPoolExecutor(max_workers=len(steps)) as pool:
        futures = [pool.submit(step) for step in steps]
        try:
            for future in futures:
                future.result()
        except BaseException:
            stop()
            raise


class Walker:
    """Walks executions of one pipeline; one `start`, `resume` at a time."""

    def __init__(
        self,
        pipeline: Pipeline,
        executor: Executor,
        journal: Journal,
        *,
        watch: Watcher = lambda _: None,
        clock: Callable[[], float] = time.time,
        together: Callable[[Sequence[Step], Step], None] = threads,
    ) -> None:
        self._pipeline, self._executor, self._journal = pipeline, executor, journal
        self._watch, self._clock, self._together = watch, clock, together
        self._lock = Lock()

    def new(
        self, revision: Revision, variables: Mapping[str, str] | None = None, skip: Sequence[str] = (), id: str = ""
    ) -> Execution:
        """An execution that hasn't begun. Fails with GF-REL-322 for a variable or an action that the pipeline hasn't."""
        given = variables or {}
        unknown = sorted(set(given) - set(self._pipeline.variables))
        values = {**self._pipeline.variables, **given}
        missing = sorted(name for name, value in values.items() if value is None)
        if unknown or missing:
            raise ReleaseError(
                "GF-REL-322",
                f"variables of {self._pipeline.name}: {', '.join(unknown) or 'none'} unknown, {', '.join(missing) or 'none'} "
                f"without a value; known are {', '.join(self._pipeline.variables) or 'none'}",
            )
        now = self._clock()
        return self._journal.create(
            Execution(
                id=id or str(uuid4()), pipeline=self._pipeline.name, version=self._pipeline.version, number=0, started=now,
                updated=now, revision=revision, variables={name: str(value) for name, value in values.items()},
                skip=self._actions(skip),
            )
        )  # fmt: skip

    def resume(self, execution: Execution, *, whole_stage: bool = False) -> Execution:
        """Go on: with what was interrupted, with a rollback, or again with what failed.

        :param whole_stage: try all actions of the failed stage again, not the failed ones alone (CodePipeline API,
            RetryStageExecution, ALL_ACTIONS)
        Fails with GF-REL-331 when there is nothing left to do, with GF-REL-332 when a later execution came to the stage.
        """
        if execution.status == "Succeeded":
            raise ReleaseError("GF-REL-331", f"execution {execution.id} succeeded: start a new release")
        if execution.version != self._pipeline.version:
            raise ReleaseError(
                "GF-REL-333",
                f"execution {execution.id} ran structure {execution.version} of {self._pipeline.name}, deployed is "
                f"{self._pipeline.version}: start a new release",
            )
        self._check_place(execution)
        if execution.rollback:
            rollback = self._journal.load(execution.rollback)
            if rollback.status == "Succeeded":
                raise ReleaseError(
                    "GF-REL-331", f"execution {execution.id} was rolled back by {rollback.id}: start a new release"
                )
            self.resume(rollback, whole_stage=whole_stage)
            return self._journal.load(execution.id)
        failed = self._failed_stage(execution)
        if failed is not None and failed.rolls_back and execution.type == "STANDARD" and not execution.note:
            # Killed after the failure was written and before its rollback was.
            return self._roll_back(execution, failed)
        return self.walk(self._try_again(execution, failed if whole_stage else None))

    def walk(self, execution: Execution) -> Execution:
        """To the end, a failure, or an approval that nobody gave; a failed stage that rolls back is rolled back."""
        for name in records.stages_of(self._pipeline, execution):
            if execution.stages.get(name) == "Succeeded":
                continue
            stage = self._pipeline.stage(name)
            execution = self._walk_stage(execution, stage)
            if execution.status == "Failed" and stage.rolls_back and execution.type == "STANDARD":
                return self._roll_back(execution, stage)
            if execution.stages[name] != "Succeeded":
                return execution
        return self._write(execution, status="Succeeded")

    def _walk_stage(self, execution: Execution, stage: Stage) -> Execution:
        execution = self._write(execution, stages={**execution.stages, stage.name: "InProgress"})
        for group in stage.groups():
            self._together([partial(self._act, execution.id, stage, action) for action in group], self._executor.stop)
            execution = self._journal.load(execution.id)
            found = {_status(execution, stage, action) for action in group}
            if "Failed" in found:
                return self._write(execution, stages={**execution.stages, stage.name: "Failed"}, status="Failed")
            if not found <= DONE:
                return execution
        return self._write(execution, stages={**execution.stages, stage.name: "Succeeded"})

    def _act(self, identifier: str, stage: Stage, action: Action) -> None:
        execution = self._journal.load(identifier)
        record = execution.action(stage.name, action.name) or self._begin(execution, stage, action)
        if record.status != "InProgress":
            return
        try:
            outcome = self._executor.run(self._call(execution, stage, action, record))
        except Halted:
            raise
        except ReleaseError as error:
            outcome = Outcome("Failed", error=str(error))
        if outcome.status == "InProgress":
            return
        ended = record.model_copy(
            update={
                "status": outcome.status, "ended": self._clock(), "outputs": dict(outcome.outputs),
                "artifacts": dict(outcome.artifacts), "summary": outcome.summary, "error": outcome.error,
                "external": outcome.external,
            }
        )  # fmt: skip
        self._write_action(identifier, key(stage.name, action.name), ended)

    def _begin(self, execution: Execution, stage: Stage, action: Action) -> ActionRecord:
        """The record of the first attempt, written."""
        name = key(stage.name, action.name)
        record = self._attempt(execution, name, 1)
        if name in execution.skip:
            record = record.model_copy(
                update={"status": "Skipped", "ended": record.started, "summary": "skipped by --skip"}
            )
        self._write_action(execution.id, name, record)
        return record

    def _try_again(self, execution: Execution, whole: Stage | None) -> Execution:
        """With new attempts of what failed, or of a whole stage. Written at once: only a person's wish makes a failed action
        run again."""
        if execution.status != "Failed":
            return execution
        named = {key(whole.name, action.name) for action in whole.actions} if whole else set()
        again = {
            name: self._attempt(execution, name, record.attempt + 1)
            if record.status == "Failed" or (name in named and record.status != "Skipped")
            else record
            for name, record in execution.actions.items()
        }
        return self._write(execution, status="InProgress", note="", actions=again)

    def _attempt(self, execution: Execution, name: str, attempt: int) -> ActionRecord:
        token = records.token(execution.id, name, attempt)
        return ActionRecord(status="InProgress", attempt=attempt, token=token, started=self._clock())

    def _call(self, execution: Execution, stage: Stage, action: Action, record: ActionRecord) -> Call:
        target = self._journal.load(execution.target) if execution.target else None
        known = records.artifacts(self._pipeline, execution, target)
        missing = [name for name in action.inputs if name not in known]
        if missing:
            raise ReleaseError(
                "GF-REL-323",
                f"{stage.name}/{action.name} needs the artifact {', '.join(missing)}: no action before it made one",
            )
        folder = self._journal.attempt(execution.id, f"{stage.name}-{action.name}-{record.attempt}")
        return Call(
            self._pipeline, execution, stage.name, action, record.token, record.attempt, record.started,
            resolve(action.configuration, records.namespaces(self._pipeline, execution, target)),
            {name: known[name] for name in action.inputs}, folder,
        )  # fmt: skip

    def _roll_back(self, failed: Execution, stage: Stage) -> Execution:
        """Run the stage again as the last execution that succeeded in it; the failed execution, with its rollback's id."""
        target = self._journal.last_success(failed, stage.name)
        if target is None:
            return self._write(failed, note=f"no execution succeeded in {stage.name} before: nothing to roll back to")
        attempts = sum(each.attempt for name, each in failed.actions.items() if name.startswith(f"{stage.name}/"))
        now = self._clock()
        rollback = self._journal.create(
            Execution(
                id=records.token(failed.id, f"{stage.name} rollback", attempts), pipeline=failed.pipeline,
                version=failed.version, number=0, type="ROLLBACK", started=now, updated=now, revision=target.revision,
                variables=target.variables, skip=failed.skip, stage=stage.name, target=target.id, failed=failed.id,
            )
        )  # fmt: skip
        failed = self._write(failed, rollback=rollback.id)
        self.walk(rollback)
        return failed

    def _check_place(self, execution: Execution) -> None:
        if self._pipeline.mode == "PARALLEL":
            return
        ahead = (
            name for name in records.stages_of(self._pipeline, execution) if execution.stages.get(name) != "Succeeded"
        )
        stage = next(ahead, "")
        later = self._journal.overtaken_by(execution, stage) if stage else None
        if later is not None:
            raise ReleaseError(
                "GF-REL-332", f"execution {later.id} came to {stage} after {execution.id}: start a new release instead"
            )

    def _failed_stage(self, execution: Execution) -> Stage | None:
        failed = [name for name, status in execution.stages.items() if status == "Failed"]
        return self._pipeline.stage(failed[0]) if failed and execution.status == "Failed" else None

    def _actions(self, names: Sequence[str]) -> tuple[str, ...]:
        """`Test` or `Build/Test` as `Build/Test`."""
        known = [key(stage.name, action.name) for stage in self._pipeline.stages for action in stage.actions]
        found = []
        for name in names:
            matching = [each for each in known if name in (each, each.partition("/")[2])]
            if len(matching) != 1:
                raise ReleaseError(
                    "GF-REL-322",
                    f"--skip {name} names {', '.join(matching) or 'no action'}: the actions are {', '.join(known)}",
                )
            found += matching
        return tuple(found)

    def _write_action(self, identifier: str, name: str, record: ActionRecord) -> None:
        with self._lock:
            execution = self._journal.load(identifier)
            self._save(execution, actions={**execution.actions, name: record})

    def _write(self, execution: Execution, **changes: object) -> Execution:
        with self._lock:
            return self._save(execution, **changes)

    def _save(self, execution: Execution, **changes: object) -> Execution:
        written = execution.model_copy(update={**changes, "updated": self._clock()})
        self._journal.save(written)
        self._watch(written)
        return written


def _status(execution: Execution, stage: Stage, action: Action) -> str:
    record = execution.action(stage.name, action.name)
    return record.status if record else "InProgress"
