"""IAM findings: wildcards, confused deputies, model access without an exact model or a guardrail."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from foundation.checks.actions import supports_resources
from foundation.checks.assembly import Resource, StackTemplate
from foundation.checks.findings import Finding
from foundation.checks.intrinsics import text
from foundation.checks.policies import Statement, Unreadable, conditions, statements

INVOKE: Final = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
"""Actions behind Converse, ConverseStream, InvokeModel and InvokeModelWithResponseStream (Bedrock user guide)."""

NO_SOURCE_CONTEXT: Final[Mapping[str, str]] = {
    "ec2.amazonaws.com": "instances assume their role without aws:SourceAccount or aws:SourceArn in the request",
}
"""Services whose role trust can't carry a source condition; every other one has to. Lambda sends aws:SourceAccount."""

_SOURCE_KEYS = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})
# Encryption contexts name the one log group or trail that a key serves, which is what CloudWatch Logs documents instead.
_SOURCE_KEY_PREFIXES = ("kms:encryptioncontext:", "kms:calleraccount")
# Where AWS documents a condition as the way to narrow an action whose resources are no narrowing.
_SCOPING_CONDITIONS = {"cloudwatch:putmetricdata": "cloudwatch:namespace"}
# Lambda wants this permission for all of the account's interfaces in the Region, written so
# (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html).
_ALL_INTERFACES = re.compile(r"arn:[^*]+:ec2:[^*:]+:[^*:]+:\*/\*")
_GUARDRAIL = "bedrock:guardrailidentifier"
_EQUALITY = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})
_INEQUALITY = frozenset({"stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike"})
_MODEL = re.compile(r":bedrock:.*(model|inference-profile|prompt-router)[^:]*/", re.IGNORECASE)
_EVERYTHING = re.compile(r"[*:/]*")
_ROOT = re.compile(r"arn:.+:iam::(\d{12}|<AWS::AccountId>):root|(\d{12}|<AWS::AccountId>)")
_PLACEHOLDER = re.compile(r"<[^>]*>")


def check_iam(stack: StackTemplate) -> Iterator[Finding]:
    """Findings of every policy of the template, each once per resource."""
    for resource in stack.resources:
        yield from {finding.id: finding for finding in _resource_findings(resource)}.values()


def count_weaknesses(stack: StackTemplate) -> int:
    """Statements with a wildcard action, an avoidable "*" or a missing condition, once per statement and rule.

    This is the figure that is compared with other projects: they list several actions of one statement as one.
    """
    weak = ("GF-IAM-001", "GF-IAM-002", "GF-IAM-003")
    total = 0
    for resource in stack.resources:
        if resource.type == "AWS::Lambda::Permission":
            total += sum(1 for _ in _permission(resource))
        for statement in statements(resource):
            if isinstance(statement, Statement) and statement.allows:
                total += len({finding.rule for finding in _statement_findings(statement)} & set(weak))
    return total


def invocations(stack: StackTemplate) -> Iterator[Statement]:
    """Allow statements of identity policies that let their principal invoke a model."""
    for resource in stack.resources:
        for statement in statements(resource):
            if isinstance(statement, Statement) and _invokes(statement):
                yield statement


def _resource_findings(resource: Resource) -> Iterator[Finding]:
    if resource.type == "AWS::Lambda::Permission":
        yield from _permission(resource)
    for statement in statements(resource):
        if isinstance(statement, Unreadable):
            message = (
                f"{statement.property} is text that is no JSON, so nothing in it was checked; give it as an object"
            )
            yield Finding("GF-IAM-006", resource, message, statement.property)
        elif statement.allows:
            yield from _statement_findings(statement)


def _statement_findings(statement: Statement) -> Iterator[Finding]:
    yield from _action_wildcards(statement)
    yield from _confused_deputies(statement)
    if statement.kind == "identity":
        yield from _unscoped(statement)
        yield from _model_wildcards(statement)
        if _invokes(statement) and not _tied_to_guardrail(statement):
            message = "add a Condition StringEquals on bedrock:GuardrailIdentifier, so that no call skips the guardrail"
            yield Finding("GF-IAM-005", statement.resource, message, ", ".join(statement.resources))


def _action_wildcards(statement: Statement) -> Iterator[Finding]:
    if _delegates_key_to_account(statement):
        return
    for action in statement.actions:
        if "*" in action or "?" in action:
            message = f"{action} in a {statement.kind} policy; name each action that is used"
            yield Finding("GF-IAM-001", statement.resource, message, action)


def _delegates_key_to_account(statement: Statement) -> bool:
    """KMS's documented default statement: kms:* for the key's own account, which hands the decision to IAM there."""
    if statement.resource.type not in ("AWS::KMS::Key", "AWS::KMS::ReplicaKey") or statement.actions != ["kms:*"]:
        return False
    own = {"<AWS::AccountId>", statement.resource.stack.account}
    roots = [_ROOT.fullmatch(principal) for principal in statement.principals]
    return bool(roots) and not statement.services and all(root and (root[1] or root[2]) in own for root in roots)


def _unscoped(statement: Statement) -> Iterator[Finding]:
    unscoped = [resource for resource in statement.resources if _is_everything(resource)]
    if not unscoped:
        return
    keys = {key for operator, key, _ in statement.conditions if operator in _EQUALITY}
    for action in statement.actions:
        if "*" in action or "?" in action:
            continue  # GF-IAM-001 has it
        if _SCOPING_CONDITIONS.get(action.lower()) in keys:
            continue
        if action.lower() == "ec2:deletenetworkinterface" and all(map(_ALL_INTERFACES.fullmatch, unscoped)):
            continue
        supported = supports_resources(action)
        if supported is None:
            message = f"{action} isn't in AWS's service authorization reference; check its spelling"
        elif supported:
            message = f"{action} can be limited to resources; name their ARNs"
        else:
            continue
        yield Finding("GF-IAM-002", statement.resource, message, action)


def _is_everything(resource: str) -> bool:
    """`*`, or an ARN whose resource part is nothing but wildcards."""
    plain = _PLACEHOLDER.sub("x", resource)  # <AWS::Partition> has colons of its own
    return bool(_EVERYTHING.fullmatch(plain.split(":", 5)[-1] if plain.startswith("arn:") else plain))


def _confused_deputies(statement: Statement) -> Iterator[Finding]:
    keys = {key for operator, key, _ in statement.conditions if not operator.endswith("ifexists")}
    if keys & _SOURCE_KEYS or any(key.startswith(_SOURCE_KEY_PREFIXES) for key in keys):
        return
    for service in statement.services:
        if statement.kind == "trust" and service in NO_SOURCE_CONTEXT:
            continue
        message = (
            f"{service} in a {statement.kind} policy; add a condition on aws:SourceAccount, SourceArn or SourceOrgID"
        )
        yield Finding("GF-IAM-003", statement.resource, message, service)


def _permission(resource: Resource) -> Iterator[Finding]:
    """A Lambda permission is a resource policy statement with the conditions as properties."""
    principal = text(resource.properties.get("Principal", ""))
    scoped = any(resource.properties.get(key) for key in ("SourceArn", "SourceAccount", "PrincipalOrgID"))
    if principal.endswith(".amazonaws.com") and not scoped:
        message = f"{principal} may invoke the function for any account; give SourceArn and SourceAccount"
        yield Finding("GF-IAM-003", resource, message, principal)


def _model_wildcards(statement: Statement) -> Iterator[Finding]:
    for resource in statement.resources:
        if _MODEL.search(resource) and ("*" in resource or "?" in resource):
            yield Finding("GF-IAM-004", statement.resource, "name the model or inference profile exactly", resource)


def _invokes(statement: Statement) -> bool:
    if not statement.allows or statement.kind != "identity":
        return False
    return any(_matches(action) for action in statement.actions)


def _matches(pattern: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for action in INVOKE)


def _tied_to_guardrail(statement: Statement) -> bool:
    """By its own condition, or by a Deny of the same document for calls with another guardrail or none."""
    for operator, key, values in statement.conditions:
        if key == _GUARDRAIL and operator in _EQUALITY and values and "*" not in values:
            return True
    return any(_denies_others(body, statement) for body in statement.siblings)


def _denies_others(body: Mapping[str, Any], statement: Statement) -> bool:
    deny = Statement(statement.resource, "identity", body)
    if body.get("Effect") != "Deny" or not all(_covered(action, deny.actions) for action in INVOKE):
        return False
    if "*" not in deny.resources and not set(statement.resources) <= set(deny.resources):
        return False
    return any(
        key == _GUARDRAIL and (operator in _INEQUALITY or (operator == "null" and values == ["true"]))
        for operator, key, values in conditions(body)
    )


def _covered(action: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
