"""What the journal keeps of an execution: a JSON file that a later process goes on from."""

from collections.abc import Iterator, Mapping
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

from pydantic import Field

from foundation.release.walker.model import Pipeline, key
from genai_runtime.base import Record

ActionStatus = Literal["InProgress", "Succeeded", "Failed", "Skipped"]
ExecutionStatus = Literal["InProgress", "Succeeded", "Failed"]
DONE = frozenset({"Succeeded", "Skipped"})


class ActionRecord(Record):
    """One action, as far as it got. `attempt` grows with every retry after a failure."""

    status: ActionStatus
    attempt: int = 1
    token: str
    """Identity of the attempt: CodePipeline job id, approval token, name of a build and of a state machine's execution."""
    started: float
    ended: float = 0.0
    outputs: dict[str, str] = Field(default_factory=dict)
    artifacts: dict[str, str] = Field(default_factory=dict)
    """Artifact name -> folder or file."""
    summary: str = ""
    error: str = ""
    external: str = ""


class Revision(Record):
    """What is released: a folder, and the commit that it stands for."""

    folder: str
    commit: str
    author: str
    date: str
    subject: str
    branch: str
    config: str = ""
    """Folder with platform.yaml and use_cases/, when it isn't the folder's own."""
    more: dict[str, str] = Field(default_factory=dict)
    """Further output variables of the source action, such as those of a pull request."""


class Execution(Record):
    """A pipeline execution. One of type ROLLBACK runs `stage` again as `target` ran it."""

    id: str
    pipeline: str
    version: str
    number: int
    """Place among all executions of the pipeline."""
    type: Literal["STANDARD", "ROLLBACK"] = "STANDARD"
    status: ExecutionStatus = "InProgress"
    started: float
    updated: float
    revision: Revision
    variables: dict[str, str] = Field(default_factory=dict)
    skip: tuple[str, ...] = ()
    stages: dict[str, ExecutionStatus] = Field(default_factory=dict)
    actions: dict[str, ActionRecord] = Field(default_factory=dict)
    stage: str = ""
    target: str = ""
    failed: str = ""
    """The execution whose failure a rollback answers."""
    rollback: str = ""
    """The rollback that answered this failure."""
    note: str = ""

    def action(self, stage: str, name: str) -> ActionRecord | None:
        return self.actions.get(key(stage, name))


def token(execution: str, action: str, attempt: int) -> str:
    """The same for the same attempt of an action, whichever process asks."""
    return str(uuid5(NAMESPACE_URL, f"{execution}/{action}/{attempt}"))


def stages_of(pipeline: Pipeline, execution: Execution) -> Iterator[str]:
    """Names of the stages that the execution goes through."""
    for stage in pipeline.stages:
        if execution.type == "STANDARD" or stage.name == execution.stage:
            yield stage.name


def namespaces(pipeline: Pipeline, execution: Execution, target: Execution | None) -> Mapping[str, Mapping[str, str]]:
    """Variables that an action may use: the execution's, and for a rollback those that its target had before the stage."""
    found: dict[str, Mapping[str, str]] = {
        "codepipeline": {"PipelineExecutionId": execution.id},
        "variables": execution.variables,
    }
    for stage, name, namespace in _declared(pipeline):
        record = _record(execution, target, stage, name)
        if namespace and record and record.status == "Succeeded":
            found[namespace] = record.outputs
    return found


def artifacts(pipeline: Pipeline, execution: Execution, target: Execution | None) -> dict[str, str]:
    """Artifacts that an action may read, by name."""
    found: dict[str, str] = {}
    for stage, name, _ in _declared(pipeline):
        record = _record(execution, target, stage, name)
        if record and record.status == "Succeeded":
            found |= record.artifacts
    return found


def _record(execution: Execution, target: Execution | None, stage: str, name: str) -> ActionRecord | None:
    source = target if target is not None and stage != execution.stage else execution
    return source.action(stage, name)


def _declared(pipeline: Pipeline) -> Iterator[tuple[str, str, str]]:
    for stage in pipeline.stages:
        for action in stage.actions:
            yield stage.name, action.name, action.namespace
