"""Small readers of templates that several test files share."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from foundation.checks.assembly import Assembly, Resource, StackTemplate
from foundation.checks.intrinsics import text
from foundation.checks.policies import Statement, statements

WORKLOADS = ("dev", "pre-prod", "prod")
TWINS = ("", "Recovery")
# The bootstrap's version, which CDK has every template read.
BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"
REFERENCE = re.compile(r"\{\{resolve:ssm:([^}]+)\}\}")


def stack(assembly: Assembly, path: str) -> StackTemplate:
    """The stack at a path such as dev/Security."""
    return next(each for each in assembly.stacks if each.path == path)


def every(assembly: Assembly, *types: str) -> list[Resource]:
    """Resources of these types in all stacks; there must be some, or the test would say nothing."""
    found = [resource for each in assembly.stacks for resource in each.of_type(*types)]
    assert found, f"no resource of {types}"
    return found


def only(resources: Iterable[Resource]) -> Resource:
    """The single resource of a list."""
    (resource,) = resources
    return resource


def where(resource: Resource) -> str:
    """A name for failure messages."""
    return f"{resource.stack.path}: {resource.logical_id} ({resource.type})"


def policy_statements(resource: Resource) -> list[Statement]:
    """Statements of a resource's policies; every document must be readable."""
    found = list(statements(resource))
    assert all(isinstance(each, Statement) for each in found), where(resource)
    return [each for each in found if isinstance(each, Statement)]


def attached(assembly: Assembly, each: StackTemplate, role: str) -> list[Statement]:
    """Identity statements of every managed policy of a role: of its own stack, and of others by their published ARN."""
    own = [p for p in each.of_type("AWS::IAM::ManagedPolicy") if {"Ref": role} in p.properties.get("Roles", [])]
    arns = each.template["Resources"][role]["Properties"].get("ManagedPolicyArns", [])
    return [
        statement
        for policy in (*own, *(published(assembly, each, arn) for arn in arns))
        for statement in policy_statements(policy)
    ]


def published(assembly: Assembly, consumer: StackTemplate, reference: str) -> Resource:
    """The resource whose Ref another stack of the same account and Region published under a contract name."""
    (name,) = REFERENCE.findall(reference)
    parameter = only(
        each
        for each in every(assembly, "AWS::SSM::Parameter")
        if each.properties["Name"] == name
        and (each.stack.account, each.stack.region) == (consumer.account, consumer.region)
    )
    target = parameter.properties["Value"]["Ref"]
    return next(each for each in parameter.stack.resources if each.logical_id == target)


def strings(value: Any) -> Iterator[str]:
    """Every text inside a template value, intrinsic functions flattened."""
    if isinstance(value, Mapping):
        if set(value) & {"Fn::Join", "Fn::Sub"}:
            yield text(value)
        for key, item in value.items():
            yield from (key, *strings(item))
    elif isinstance(value, str):
        yield value
    elif isinstance(value, Sequence):
        for item in value:
            yield from strings(item)


def contract_references(template: Mapping[str, Any]) -> set[str]:
    """Names of the SSM parameters that a template resolves: by dynamic reference, or as its own parameters."""
    own = {
        str(parameter["Default"])
        for parameter in template.get("Parameters", {}).values()
        if parameter["Type"] == "AWS::SSM::Parameter::Value<String>"
    }
    return own - {BOOTSTRAP_VERSION} | {name for each in strings(template) for name in REFERENCE.findall(each)}
