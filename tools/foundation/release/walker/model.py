"""A pipeline as the template declares it, its values resolved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from json import dumps
from typing import Any

from foundation.release.errors import ReleaseError

Properties = Mapping[str, Any]
# What the walker knows; a property beside these would be ignored, which it must not be. What starts a pipeline, where it keeps
# artifacts and what it is tagged with changes nothing about a walk.
_PROPERTIES = {
    "ArtifactStore", "ArtifactStores", "ExecutionMode", "Name", "PipelineType", "RestartExecutionOnUpdate", "RoleArn", "Stages",
    "Tags", "Triggers", "Variables",
}  # fmt: skip
_STAGE_PROPERTIES = {"Name", "Actions", "OnFailure"}
_ACTION_PROPERTIES = {
    "ActionTypeId", "Configuration", "InputArtifacts", "Name", "Namespace", "OutputArtifacts", "RoleArn", "RunOrder",
    "TimeoutInMinutes",
}  # fmt: skip
_FAILURE_RESULTS = {"ROLLBACK", "FAIL"}
_MODES = {"QUEUED", "PARALLEL"}


@dataclass(frozen=True)
class Action:
    """One action. `kind` is (category, owner, provider); `minutes` its own time-out, None for the provider's."""

    name: str
    kind: tuple[str, str, str]
    configuration: Properties
    run_order: int = 1
    namespace: str = ""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    role_arn: str = ""
    minutes: int | None = None


@dataclass(frozen=True)
class Stage:
    """Actions in the order of the template; `rolls_back` when it fails."""

    name: str
    actions: tuple[Action, ...]
    rolls_back: bool = False

    def groups(self) -> Iterator[tuple[Action, ...]]:
        """Actions that run at the same time, by run order."""
        ordered = sorted(self.actions, key=lambda action: action.run_order)
        for _, group in groupby(ordered, key=lambda action: action.run_order):
            yield tuple(group)


@dataclass(frozen=True)
class Pipeline:
    """A deployed pipeline. `variables` are the defaults of its own, None where a value must be given."""

    name: str
    account: str
    region: str
    role_arn: str
    stages: tuple[Stage, ...]
    mode: str = "QUEUED"
    variables: Mapping[str, str | None] = field(default_factory=dict)
    version: str = ""
    """Of its structure: a rollback goes to executions of the same one."""

    @property
    def arn(self) -> str:
        return f"arn:aws:codepipeline:{self.region}:{self.account}:{self.name}"

    def stage(self, name: str) -> Stage:
        return next(stage for stage in self.stages if stage.name == name)


def key(stage: str, action: str) -> str:
    """An action within its pipeline."""
    return f"{stage}/{action}"


def parse(name: str, account: str, region: str, properties: Properties) -> Pipeline:
    """The pipeline of a resource's resolved properties. Fails with GF-REL-320 for what the walker doesn't know."""
    mode = str(properties.get("ExecutionMode", "SUPERSEDED"))
    if mode not in _MODES:
        raise ReleaseError(
            "GF-REL-320", f"pipeline {name} has ExecutionMode {mode}: the walker knows {', '.join(sorted(_MODES))}"
        )
    _only(properties, _PROPERTIES, f"pipeline {name}")
    declared = properties.get("Variables", [])
    return Pipeline(
        name=name,
        account=account,
        region=region,
        role_arn=str(properties["RoleArn"]),
        stages=tuple(_stage(name, each) for each in properties["Stages"]),
        mode=mode,
        variables={str(each["Name"]): each.get("DefaultValue") for each in declared},
        version=sha256(dumps(properties, sort_keys=True, default=str).encode()).hexdigest()[:12],
    )


def _stage(pipeline: str, given: Properties) -> Stage:
    where = f"stage {given['Name']} of {pipeline}"
    _only(given, _STAGE_PROPERTIES, where)
    failure = given.get("OnFailure") or {}
    result = failure.get("Result", "FAIL")
    if set(failure) - {"Result"} or result not in _FAILURE_RESULTS:
        raise ReleaseError(
            "GF-REL-320",
            f"{where} has OnFailure {dumps(failure, default=str)}: the walker knows OnFailure ROLLBACK and FAIL",
        )
    for each in given["Actions"]:
        _only(each, _ACTION_PROPERTIES, f"action {each['Name']} in {where}")
    actions = tuple(_action(each) for each in given["Actions"])
    return Stage(str(given["Name"]), actions, rolls_back=result == "ROLLBACK")


def _action(given: Properties) -> Action:
    kind = given["ActionTypeId"]
    return Action(
        name=str(given["Name"]),
        kind=(str(kind["Category"]), str(kind["Owner"]), str(kind["Provider"])),
        configuration=given.get("Configuration") or {},
        run_order=int(given.get("RunOrder", 1)),
        namespace=str(given.get("Namespace", "")),
        inputs=_names(given.get("InputArtifacts", ())),
        outputs=_names(given.get("OutputArtifacts", ())),
        role_arn=str(given.get("RoleArn", "")),
        minutes=int(given["TimeoutInMinutes"]) if "TimeoutInMinutes" in given else None,
    )


def _names(given: Sequence[Properties]) -> tuple[str, ...]:
    return tuple(str(each["Name"]) for each in given)


def _only(given: Properties, known: set[str], where: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise ReleaseError(
            "GF-REL-320", f"{where} has {', '.join(unknown)}: the walker knows {', '.join(sorted(known))}"
        )
