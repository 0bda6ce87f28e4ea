"""The stacks of a synthesized cloud assembly, nested assemblies of Stages included."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.local.errors import LocalTargetError

Template = dict[str, Any]
_ENVIRONMENT = re.compile(r"aws://(\d{12})/([a-z0-9-]+)")


@dataclass(frozen=True, eq=False)
class SynthesizedStack:
    """A stack of the assembly and where it is deployed."""

    path: str
    """Construct path, `dev/Security`."""
    name: str
    """CloudFormation's name of it."""
    account: str
    region: str
    template: Template

    @property
    def stage(self) -> str:
        """The stage's name; the path itself for a stack outside a stage."""
        return self.path.partition("/")[0]


def stacks(cdk_out: Path) -> Iterator[SynthesizedStack]:
    """Every stack below a cloud assembly's folder, in the manifest's order.

    Fails with GF-READBACK-001 without a manifest, with GF-READBACK-002 for a stack without account and Region.
    """
    manifest_file = cdk_out / "manifest.json"
    if not manifest_file.is_file():
        raise LocalTargetError("GF-READBACK-001", f"no cloud assembly in {cdk_out}: synthesize first (make synth)")
    manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
    for artifact_id, artifact in manifest.get("artifacts", {}).items():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from stacks(cdk_out / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            found = _ENVIRONMENT.fullmatch(artifact.get("environment", ""))
            if found is None:
                raise LocalTargetError(
                    "GF-READBACK-002",
                    f"stack {artifact_id} has no account and Region ({artifact.get('environment')}): give it an env",
                )
            template = json.loads((cdk_out / properties["templateFile"]).read_text(encoding="utf-8"))
            path = (artifact.get("displayName") or artifact_id).partition(" (")[0]
            yield SynthesizedStack(path, properties.get("stackName") or artifact_id, found[1], found[2], template)
