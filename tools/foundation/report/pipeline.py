"""The release pipeline's roles: who may become each of them, and what it reaches in which account."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from foundation.checks.assembly import Assembly, Resource, StackTemplate
from foundation.checks.intrinsics import referenced, text, texts
from foundation.checks.policies import Statement, statements

_PIPELINE: Final = "AWS::CodePipeline::Pipeline"
_ROOT = re.compile(r"arn:[^:]+:iam::(\d{12}):root")
_ACCOUNT = re.compile(r"(?<!\d)(\d{12})(?!\d)")
_PRINCIPAL_TAG: Final = "aws:principaltag/"
_WORDS: Final[Mapping[str, str]] = {
    "stringequals": "is",
    "stringlike": "is like",
    "arnequals": "is",
    "arnlike": "is like",
    "null": "is absent:",
    "bool": "is",
}


@dataclass(frozen=True)
class Taker:
    """Who may become a role: `principal`, or, where a tag tells roles of that account apart, `roles`; under `conditions`."""

    principal: str
    roles: tuple[str, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True)
class Reach:
    """Actions on resources of one account, under conditions."""

    account: str
    statement: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True)
class PipelineRole:
    """A role of the release pipeline, in the account that runs it or in one that it reaches."""

    account: str
    account_id: str
    region: str
    stack: str
    name: str
    description: str
    takers: tuple[Taker, ...]
    reaches: tuple[Reach, ...]

    @property
    def accounts(self) -> tuple[str, ...]:
        """Accounts that it reaches, each once."""
        return tuple(dict.fromkeys(reach.account for reach in self.reaches))


def pipeline_roles(assembly: Assembly) -> tuple[PipelineRole, ...]:
    """Roles of the stacks that hold a pipeline, and the roles of other stacks that only roles of these may take: their trust
    names the pipeline's account and a tag that one of its roles carries. Empty without a pipeline."""
    homes = [stack for stack in assembly.stacks if any(stack.of_type(_PIPELINE))]
    own = [role for stack in homes for role in stack.of_type("AWS::IAM::Role")]
    entrances = [
        role
        for stack in assembly.stacks
        if stack not in homes
        for role in stack.of_type("AWS::IAM::Role")
        if any(_tagged(trust, own) for trust in _trusts(role))
    ]
    names = {stack.account: stack.stage for stack in assembly.stacks}
    buckets = {
        name: stack.stage
        for stack in assembly.stacks
        for bucket in stack.of_type("AWS::S3::Bucket")
        if isinstance(name := bucket.properties.get("BucketName"), str)
    }
    return tuple(_role(role, own, names, buckets) for role in (*own, *entrances))


def _role(
    role: Resource, own: Sequence[Resource], names: Mapping[str, str], buckets: Mapping[str, str]
) -> PipelineRole:
    stack = role.stack
    reaches = [
        reach for statement in _permissions(role) if statement.allows for reach in _reaches(statement, names, buckets)
    ]
    return PipelineRole(
        account=stack.stage,
        account_id=stack.account,
        region=stack.region,
        stack=stack.path,
        name=_name(role),
        description=text(role.properties.get("Description", "")),
        takers=tuple(_taker(trust, stack, own, names) for trust in _trusts(role) if trust.allows),
        reaches=tuple(sorted(reaches, key=lambda reach: (reach.account != stack.stage, reach.account))),
    )


def _name(role: Resource) -> str:
    """The name that accounts know; else where the role stands in its stack."""
    name = role.properties.get("RoleName")
    if isinstance(name, str):
        return name
    parts = [part for part in role.path.split("/")[2:] if part not in ("Default", "Role", "Resource")]
    return "/".join(parts) or role.logical_id


def _trusts(role: Resource) -> Iterator[Statement]:
    return (each for each in _readable(role) if each.kind == "trust")


def _permissions(role: Resource) -> Iterator[Statement]:
    yield from (each for each in _readable(role) if each.kind == "identity")
    for policy in role.stack.of_type("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
        if role.logical_id in [referenced(each) for each in policy.properties.get("Roles", [])]:
            yield from _readable(policy)


def _readable(resource: Resource) -> Iterator[Statement]:
    """What can't be read is a finding GF-IAM-006 of its own."""
    return (each for each in statements(resource) if isinstance(each, Statement))


def _taker(trust: Statement, stack: StackTemplate, own: Sequence[Resource], names: Mapping[str, str]) -> Taker:
    inside = {f"<{role.logical_id}.Arn>": _name(role) for role in own if role.stack is stack}
    roles = tuple(_name(role) for role in _tagged(trust, own))
    found = []
    for principal in (*trust.services, *trust.principals):
        root = _ROOT.fullmatch(principal)
        who = "these roles" if roles else "any role"
        place = f"{who} of {names.get(root[1], root[1])}" if root else principal
        found.append(inside.get(principal, place))
    return Taker(", ".join(found), roles, tuple(_conditions(trust)))


def _tagged(trust: Statement, own: Sequence[Resource]) -> list[Resource]:
    """Roles of the pipeline that a trust tells apart by a tag; none where it asks for no tag."""
    accounts = {root[1] for principal in trust.principals if (root := _ROOT.fullmatch(principal))}
    wanted = [
        (key.removeprefix(_PRINCIPAL_TAG), values)
        for _, key, values in trust.conditions
        if key.startswith(_PRINCIPAL_TAG)
    ]
    if not wanted:
        return []
    return [
        role
        for role in own
        if role.stack.account in accounts and all(_tags(role).get(key) in values for key, values in wanted)
    ]


def _tags(role: Resource) -> dict[str, str]:
    tags: Any = role.properties.get("Tags") or []
    return {str(each["Key"]).lower(): text(each["Value"]) for each in tags}


def _reaches(statement: Statement, names: Mapping[str, str], buckets: Mapping[str, str]) -> Iterator[Reach]:
    """The statement by account of its resources."""
    by_account: dict[str, list[str]] = {}
    for resource in texts(statement.body.get("Resource")):
        by_account.setdefault(_account_of(resource, statement, names, buckets), []).append(resource)
    for account, resources in by_account.items():
        yield Reach(
            account,
            str(statement.body.get("Sid", "")),
            tuple(statement.actions),
            tuple(resources),
            tuple(_conditions(statement)),
        )


def _account_of(resource: str, statement: Statement, names: Mapping[str, str], buckets: Mapping[str, str]) -> str:
    """Name of the account that a resource is in: of its ARN, of a bucket's name, else the role's own."""
    parts = resource.split(":", 5)
    if len(parts) == 6 and parts[4] in names:
        return names[parts[4]]
    if len(parts) == 6 and parts[2] == "s3":
        bucket = parts[5].partition("/")[0]
        digits = _ACCOUNT.search(bucket)
        if bucket in buckets:
            return buckets[bucket]
        if digits and digits[1] in names:
            return names[digits[1]]
    return statement.resource.stack.stage


def _conditions(statement: Statement) -> Iterator[str]:
    """In words, keys as the policy spells them."""
    for operator, block in (statement.body.get("Condition") or {}).items():
        plain = operator.split(":")[-1].lower()
        words = _WORDS.get(plain, operator)
        every = "each of " if operator.startswith("ForAllValues:") else ""
        for key, values in block.items():
            yield f"{every}{key} {words} {' or '.join(texts(values))}"
