"""What an action is asked to do, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from foundation.release.errors import ReleaseError
from foundation.release.walker.model import Action, Pipeline
from foundation.release.walker.records import Execution, Revision


@dataclass(frozen=True)
class Call:
    """One attempt of an action. Asked again with the same `token` it must come to the same outcome."""

    pipeline: Pipeline
    execution: Execution
    stage: str
    action: Action
    token: str
    attempt: int
    started: float
    configuration: Mapping[str, Any]
    """Without variables."""
    inputs: Mapping[str, str]
    folder: Path
    """For the log and the output artifacts of this attempt."""

    @property
    def revision(self) -> Revision:
        return self.execution.revision

    @property
    def name(self) -> str:
        return f"{self.stage}/{self.action.name}"


@dataclass(frozen=True)
class Outcome:
    """`InProgress` means: nobody answered yet, ask again later. An error is for the person who can correct it."""

    status: Literal["Succeeded", "Failed", "InProgress"]
    outputs: Mapping[str, str] = field(default_factory=dict)
    artifacts: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    error: str = ""
    external: str = ""


class Executor(Protocol):
    """Runs actions. Several threads may call `run`; `stop` ends what runs, whose `run` then raises Interrupted."""

    def run(self, call: Call) -> Outcome: ...

    def stop(self) -> None: ...


class Interrupted(BaseException):
    """The walker was told to end: the action stays in progress, for a later process to ask again."""


class Halted(ReleaseError):
    """This machine kept the walk from going on: nothing is known of the action, which stays in progress to be asked again."""
