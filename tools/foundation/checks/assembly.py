"""A synthesized cloud assembly (cdk.out) as data: the stacks of every Stage and their resources."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from foundation.checks.errors import GateError

_ENVIRONMENT = re.compile(r"aws://(?P<account>[^/]+)/(?P<region>.+)")


@dataclass(frozen=True)
class Resource:
    """One resource of a template. `path` is its construct path, empty when the assembly doesn't tell."""

    stack: "StackTemplate"
    logical_id: str
    type: str
    path: str
    body: Mapping[str, Any] = field(repr=False)

    @property
    def properties(self) -> Mapping[str, Any]:
        """Properties as the template has them, intrinsic functions unresolved."""
        return self.body.get("Properties") or {}

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Metadata of the resource: construct path, acknowledgements, linter configuration."""
        return self.body.get("Metadata") or {}


@dataclass(frozen=True)
class Place:
    """A construct on which a finding was acknowledged; it covers the construct and everything below it."""

    path: str
    id: str
    text: str


@dataclass(frozen=True)
class StackTemplate:
    """One stack: `path` is `dev/Security`, `stage` its account's name, `file` relative to the assembly."""

    path: str
    name: str
    account: str
    region: str
    file: str
    template: Mapping[str, Any] = field(repr=False)
    paths: Mapping[str, str] = field(default_factory=dict, repr=False)
    acknowledged: tuple[Place, ...] = field(default=(), repr=False)

    @property
    def stage(self) -> str:
        """Name of the account that the stack belongs to; the stack's own name in an app without Stages."""
        return self.path.split("/", 1)[0]

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource, in the template's order."""
        return tuple(
            Resource(self, logical_id, body["Type"], self._construct_path(logical_id, body), body)
            for logical_id, body in self.template.get("Resources", {}).items()
        )

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Resources of these types."""
        return (resource for resource in self.resources if resource.type in types)

    def _construct_path(self, logical_id: str, body: Mapping[str, Any]) -> str:
        path = (body.get("Metadata") or {}).get("aws:cdk:path")
        return path if isinstance(path, str) else self.paths.get(logical_id, "")


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly: `folder` is cdk.out, `written` when its last manifest was (seconds since the epoch)."""

    folder: Path
    stacks: tuple[StackTemplate, ...]
    written: float

    @property
    def stages(self) -> tuple[str, ...]:
        """Accounts by name, in the order of the assembly."""
        return tuple(dict.fromkeys(stack.stage for stack in self.stacks))

    @property
    def resource_count(self) -> int:
        """Resources of all templates, CDK's own metadata resource included."""
        return sum(len(stack.resources) for stack in self.stacks)

    @cached_property
    def by_path(self) -> Mapping[str, Resource]:
        """Resources by construct path."""
        return {resource.path: resource for stack in self.stacks for resource in stack.resources if resource.path}


def load_assembly(folder: Path) -> Assembly:
    """Read every stack of `folder` and of the assemblies nested in it.

    Raises GateError: no assembly (GF-ASSEMBLY-001), unreadable (002), no stack (003), nested templates (004).
    """
    if not (folder / "manifest.json").is_file():
        raise GateError(
            "GF-ASSEMBLY-001", f"{folder} holds no cloud assembly (no manifest.json); run `make synth` first"
        )
    stacks: list[StackTemplate] = []
    manifests: list[Path] = []
    _collect(folder, folder, stacks, manifests)
    if not stacks:
        raise GateError("GF-ASSEMBLY-003", f"{folder} holds no stack, so nothing would be checked; run `make synth`")
    nested = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.nested.template.json"))
    if nested:
        raise GateError(
            "GF-ASSEMBLY-004",
            f"{nested[0]} and {len(nested) - 1} more are nested stacks, whose resources these checks would miss; "
            "use a stack of its own instead",
        )
    return Assembly(folder, tuple(stacks), max(path.stat().st_mtime for path in manifests))


def _collect(root: Path, folder: Path, stacks: list[StackTemplate], manifests: list[Path]) -> None:
    manifest = folder / "manifest.json"
    manifests.append(manifest)
    for key, artifact in _read(manifest).get("artifacts", {}).items():
        properties = artifact.get("properties", {})
        if artifact.get("type") == "cdk:cloud-assembly":
            _collect(root, folder / properties["directoryName"], stacks, manifests)
        elif artifact.get("type") == "aws:cloudformation:stack":
            stacks.append(_stack(root, folder, key, artifact, properties))


def _stack(
    root: Path, folder: Path, key: str, artifact: Mapping[str, Any], properties: Mapping[str, Any]
) -> StackTemplate:
    file = folder / properties["templateFile"]
    where = _ENVIRONMENT.fullmatch(artifact.get("environment", ""))
    entries = _metadata(folder, artifact)
    return StackTemplate(
        path=artifact.get("displayName", key),
        name=properties.get("stackName", key),
        account=where["account"] if where else "",
        region=where["region"] if where else "",
        file=file.relative_to(root).as_posix(),
        template=_read(file),
        paths={data: path for path, kind, data in entries if kind == "aws:cdk:logicalId"},
        acknowledged=tuple(
            Place(path, finding_id, reason)
            for path, kind, data in entries
            if kind == "aws:cdk:acknowledged-rules"
            for finding_id, reason in data.items()
        ),
    )


def _metadata(folder: Path, artifact: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    """(construct path, type, data) of the stack's metadata; newer assemblies keep it in a file beside the template."""
    entries: Mapping[str, Any] = artifact.get("metadata", {})
    if "additionalMetadataFile" in artifact:
        entries = {**entries, **_read(folder / artifact["additionalMetadataFile"])}
    return [
        (path.removeprefix("/"), item.get("type", ""), item.get("data"))
        for path, items in entries.items()
        for item in items
    ]


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise GateError("GF-ASSEMBLY-002", f"{path} can't be read ({error}); run `make synth` again") from error
    if not isinstance(content, dict):
        raise GateError("GF-ASSEMBLY-002", f"{path} holds a {type(content).__name__}, not an object; synthesize again")
    return content
