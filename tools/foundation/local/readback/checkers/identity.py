"""IAM roles and policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from foundation.local.readback.checkers.base import Check, Checker, Clients, Resource, Result, as_list, missing_is
from foundation.local.readback.values import policy


def role(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Trust, boundary, session length, and exactly the policies that the stack gives it."""
    iam, name = clients("iam"), resource.physical_id
    found = iam.get_role(RoleName=name)["Role"]
    yield Check("AssumeRolePolicyDocument", policy(resource.get("AssumeRolePolicyDocument")),
                policy(found["AssumeRolePolicyDocument"]), unordered=True)  # fmt: skip
    boundary = (found.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    yield Check("PermissionsBoundary", resource.get("PermissionsBoundary"), boundary)
    yield Check(
        "MaxSessionDuration", resource.get("MaxSessionDuration", default=3600), found.get("MaxSessionDuration", 3600)
    )
    attached = [p["PolicyArn"] for p in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]
    policies = resource.siblings("AWS::IAM::ManagedPolicy", every_region=True)
    declared = [p.physical_id for p in policies if name in as_list(p.get("Roles"))]
    yield Check("ManagedPolicies", [*as_list(resource.get("ManagedPolicyArns")), *declared], attached, unordered=True)
    inline = {p["PolicyName"]: p["PolicyDocument"] for p in as_list(resource.get("Policies"))}
    others = [
        p.get("PolicyName") for p in _inline_policies(resource) if name in [*as_list(p.get("Roles")), p.get("RoleName")]
    ]
    names = iam.list_role_policies(RoleName=name)["PolicyNames"]
    yield Check("InlinePolicies", [*inline, *others], names, unordered=True)
    for policy_name, document in inline.items():
        yield _inline(iam, name, policy_name, document)


def inline_policy(resource: Resource, clients: Clients) -> Iterator[Result]:
    """The document in each role."""
    for name in [*as_list(resource.get("Roles")), *as_list(resource.get("RoleName"))]:
        yield _inline(clients("iam"), name, resource.get("PolicyName"), resource.get("PolicyDocument"))


def managed_policy(resource: Resource, clients: Clients) -> Iterator[Result]:
    """The document of its default version."""
    iam, arn = clients("iam"), resource.physical_id
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    yield Check("PolicyDocument", policy(resource.get("PolicyDocument")), policy(found), unordered=True)


def _inline_policies(resource: Resource) -> list[Resource]:
    return [
        p for kind in ("AWS::IAM::Policy", "AWS::IAM::RolePolicy") for p in resource.siblings(kind, every_region=True)
    ]


def _inline(iam: Any, role_name: Any, policy_name: Any, document: Any) -> Result:
    found = missing_is(lambda: iam.get_role_policy(RoleName=role_name, PolicyName=policy_name), "NoSuchEntity") or {}
    return Check(f"Policy {policy_name}", policy(document), policy(found.get("PolicyDocument")), unordered=True)


CHECKERS: dict[str, Checker] = {
    "AWS::IAM::ManagedPolicy": managed_policy,
    "AWS::IAM::Policy": inline_policy,
    "AWS::IAM::Role": role,
    "AWS::IAM::RolePolicy": inline_policy,
}
