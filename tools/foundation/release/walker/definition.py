"""The pipeline and its build projects, read from the synthesized template, with the values of the deployed stack."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from foundation.local.readback import assembly
from foundation.local.readback.checkers.base import Resource
from foundation.local.readback.deployed import CachedClients, ClientSource, resources
from foundation.local.readback.values import Partly, Unknown
from foundation.release.errors import ReleaseError
from foundation.release.walker.model import Pipeline, key, parse

PIPELINE, PROJECT, ROLE = "AWS::CodePipeline::Pipeline", "AWS::CodeBuild::Project", "AWS::IAM::Role"
_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
_APPROVE = "codepipeline:PutApprovalResult"


@dataclass(frozen=True)
class Project:
    """A CodeBuild project. `variables` as CodeBuild's API has them: name, value, type; `minutes` its time-out."""

    name: str
    arn: str
    role_arn: str
    buildspec: str
    variables: tuple[Mapping[str, str], ...]
    minutes: int


@dataclass(frozen=True)
class Definition:
    """One pipeline with what its actions need; `found` are all resources of its stack."""

    pipeline: Pipeline
    found: tuple[Resource, ...]

    def project(self, name: str) -> Project:
        """Fails with GF-REL-324 for a project that isn't in the stack, or whose values aren't known."""
        for resource in self._of(PROJECT):
            if resource.physical_id == name:
                return _project(resource)
        raise ReleaseError("GF-REL-324", f"no CodeBuild project {name} in the stack of {self.pipeline.name}: deploy it")

    def approver_role(self, stage: str, action: str) -> str:
        """ARN of the role that may answer an approval. Fails with GF-REL-329 when there is none, or several."""
        arn = f"{self.pipeline.arn}/{key(stage, action)}"
        found = [role for role in self._of(ROLE) if any(_allows(each, arn) for each in self._statements(role))]
        if len(found) != 1:
            names = ", ".join(role.physical_id for role in found) or "no role"
            raise ReleaseError("GF-REL-329", f"{names} of the stack may answer {arn}: exactly one must")
        return f"arn:aws:iam::{found[0].account}:role{_path(found[0])}{found[0].physical_id}"

    def _statements(self, role: Resource) -> Iterator[Mapping[str, Any]]:
        documents = [each.get("PolicyDocument", {}) for each in role.get("Policies", default=[])]
        for kind in _POLICIES:
            documents += [
                each.get("PolicyDocument", default={})
                for each in self._of(kind)
                if role.physical_id in each.get("Roles", default=[])
            ]
        for document in documents:
            statements = document.get("Statement", [])
            yield from [statements] if isinstance(statements, Mapping) else statements

    def _of(self, kind: str) -> Iterator[Resource]:
        return (each for each in self.found if each.type == kind)


def load(cdk_out: Path, source: ClientSource, wanted: str = "") -> Definition:
    """The pipeline `wanted`, by its name or a part of that or of its logical id; by default the only QUEUED one.

    Fails with GF-REL-324 when there is none such, or it isn't deployed as it was synthesized.
    """
    clients = CachedClients(source)
    known: dict[str, tuple[Resource, tuple[Resource, ...]]] = {}
    for stack in assembly.stacks(cdk_out):
        if not any(each["Type"] == PIPELINE for each in stack.template.get("Resources", {}).values()):
            continue
        try:
            found = tuple(resources(stack, clients.of(stack.account, stack.region), []))
        except LookupError as error:
            raise ReleaseError("GF-REL-324", f"{error}: deploy the stack with the pipeline") from error
        known |= {each.physical_id: (each, found) for each in found if each.type == PIPELINE and each.physical_id}
    chosen = [name for name, (resource, _) in known.items() if _is_wanted(resource, wanted)]
    if wanted in known:
        chosen = [wanted]
    if len(chosen) != 1:
        raise ReleaseError(
            "GF-REL-324",
            f"{len(chosen)} pipelines {wanted or 'with ExecutionMode QUEUED'} in {cdk_out}: it has {', '.join(known) or 'none'}",
        )
    resource, found = known[chosen[0]]
    pipeline = parse(resource.physical_id, resource.account, resource.region, _known(resource))
    return Definition(pipeline, found)


def _is_wanted(resource: Resource, wanted: str) -> bool:
    if not wanted:
        return bool(resource.get("ExecutionMode") == "QUEUED")
    names = (resource.physical_id.replace("-", ""), resource.logical_id)
    return any(wanted.replace("-", "").lower() in each.lower() for each in names)


def _project(resource: Resource) -> Project:
    properties = _known(resource)
    environment = properties.get("Environment", {})
    variables = tuple(
        {"name": str(each["Name"]), "value": str(each["Value"]), "type": str(each.get("Type", "PLAINTEXT"))}
        for each in environment.get("EnvironmentVariables", [])
    )
    return Project(
        name=resource.physical_id,
        arn=f"arn:aws:codebuild:{resource.region}:{resource.account}:project/{resource.physical_id}",
        role_arn=_role_arn(str(properties["ServiceRole"]), resource.account),
        buildspec=str(properties.get("Source", {}).get("BuildSpec", "")),
        variables=variables,
        minutes=int(properties.get("TimeoutInMinutes", 60)),
    )


def _role_arn(role: str, account: str) -> str:
    return role if role.startswith("arn:") else f"arn:aws:iam::{account}:role/{role}"


def _known(resource: Resource) -> Mapping[str, Any]:
    unknown = sorted(set(_unknown(resource.properties)))
    if unknown:
        raise ReleaseError(
            "GF-REL-324", f"{resource.type} {resource.logical_id} has unknown values: {'; '.join(unknown)}"
        )
    return resource.properties


def _unknown(value: Any) -> Iterator[str]:
    if isinstance(value, Unknown | Partly):
        yield value.reason
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _unknown(each)
    elif isinstance(value, list):
        for each in value:
            yield from _unknown(each)


def _allows(statement: Mapping[str, Any], arn: str) -> bool:
    actions, named = _list(statement.get("Action")), _list(statement.get("Resource"))
    return statement.get("Effect") == "Allow" and _APPROVE in actions and any(fnmatchcase(arn, each) for each in named)


def _list(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _path(role: Resource) -> str:
    return str(role.get("Path", default="/"))
