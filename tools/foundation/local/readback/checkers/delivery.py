"""CodeBuild and CodePipeline: what is run, as whom, in which order."""

from __future__ import annotations

import json
from collections.abc import Iterator

from foundation.local.readback.checkers.base import (
    Check,
    Checker,
    Clients,
    NotChecked,
    Resource,
    Result,
    as_list,
    key_id,
)

_ENVIRONMENT = {
    "Type": "type",
    "Image": "image",
    "ComputeType": "computeType",
    "PrivilegedMode": "privilegedMode",
}
_IGNORED = "the target's CodeBuild keeps no such setting; builds run as local processes"


def project(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Role, key, commands and variables."""
    (found,) = clients("codebuild").batch_get_projects(names=[resource.physical_id])["projects"]
    environment = found["environment"]
    yield Check("ServiceRole", resource.get("ServiceRole"), found["serviceRole"])
    yield Check("EncryptionKey", key_id(resource.get("EncryptionKey")), key_id(found.get("encryptionKey")))
    yield Check("Source.BuildSpec", resource.get("Source", "BuildSpec"), found["source"].get("buildspec"))
    yield Check("TimeoutInMinutes", resource.get("TimeoutInMinutes", default=60), found["timeoutInMinutes"])
    for member, answered in _ENVIRONMENT.items():
        yield Check(f"Environment.{member}", resource.get("Environment", member), environment.get(answered))
    for each in as_list(resource.get("Environment", "EnvironmentVariables")):
        actual = {one["name"]: one["value"] for one in environment["environmentVariables"]}.get(each["Name"])
        yield Check(f"Environment.EnvironmentVariables.{each['Name']}", each["Value"], actual)
    for member in ("LogsConfig", "QueuedTimeoutInMinutes"):
        yield NotChecked(member, _IGNORED)


def pipeline(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Stages, triggers and the role; the walker runs what is deployed."""
    answer = clients("cloudcontrol").get_resource(TypeName=resource.type, Identifier=resource.physical_id)
    found = json.loads(answer["ResourceDescription"]["Properties"])
    for member in ("RoleArn", "PipelineType", "ExecutionMode", "Stages", "Triggers", "ArtifactStore"):
        yield Check(member, resource.get(member), found.get(member))


CHECKERS: dict[str, Checker] = {
    "AWS::CodeBuild::Project": project,
    "AWS::CodePipeline::Pipeline": pipeline,
}
