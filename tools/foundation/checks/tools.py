"""What the linters share: findings of other people's rules, and the acknowledgements that cover them."""

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from foundation.checks.acknowledgements import Acknowledgement, linter_acknowledgements, nag_acknowledgements
from foundation.checks.assembly import Assembly, Resource, StackTemplate

Progress = Callable[[int, int], None]
"""Called with (templates done, templates in all)."""


def silent(done: int, total: int) -> None:
    """Report no progress."""


OVERLAPS: Final[Mapping[str, tuple[str, ...]]] = {
    "checkov:CKV_AWS_7": ("AwsSolutions-KMS5", "NIST.800.53.R5-KMSBackingKeyRotationEnabled"),
    "checkov:CKV_AWS_18": ("AwsSolutions-S1", "NIST.800.53.R5-S3BucketLoggingEnabled"),
    "checkov:CKV_AWS_19": ("NIST.800.53.R5-S3BucketServerSideEncryptionEnabled",),
    "checkov:CKV_AWS_21": ("NIST.800.53.R5-S3BucketVersioningEnabled",),
    "checkov:CKV_AWS_26": ("AwsSolutions-SNS2", "NIST.800.53.R5-SNSEncryptedKMS", "GF-ENCRYPT-001"),
    "checkov:CKV_AWS_27": ("AwsSolutions-SQS2", "GF-ENCRYPT-001"),
    "checkov:CKV_AWS_28": ("AwsSolutions-DDB3", "NIST.800.53.R5-DynamoDBPITREnabled"),
    "checkov:CKV_AWS_35": ("NIST.800.53.R5-CloudTrailEncryptionEnabled",),
    "checkov:CKV_AWS_36": ("NIST.800.53.R5-CloudTrailLogFileValidationEnabled",),
    "checkov:CKV_AWS_66": ("NIST.800.53.R5-CloudWatchLogGroupRetentionPeriod",),
    "checkov:CKV_AWS_107": ("AwsSolutions-IAM5", "GF-IAM-002"),
    "checkov:CKV_AWS_108": ("AwsSolutions-IAM5", "GF-IAM-002"),
    "checkov:CKV_AWS_109": ("AwsSolutions-IAM5", "GF-IAM-002"),
    "checkov:CKV_AWS_110": ("AwsSolutions-IAM5", "GF-IAM-002"),
    "checkov:CKV_AWS_111": ("AwsSolutions-IAM5", "GF-IAM-002"),
    "checkov:CKV_AWS_115": ("NIST.800.53.R5-LambdaConcurrency", "GF-LAMBDA-003"),
    "checkov:CKV_AWS_116": ("NIST.800.53.R5-LambdaDLQ", "GF-LAMBDA-001"),
    "checkov:CKV_AWS_117": ("NIST.800.53.R5-LambdaInsideVPC",),
    "checkov:CKV_AWS_119": ("GF-ENCRYPT-001",),
    "checkov:CKV_AWS_149": ("NIST.800.53.R5-SecretsManagerUsingKMSKey",),
    "checkov:CKV_AWS_158": ("NIST.800.53.R5-CloudWatchLogGroupEncrypted", "GF-ENCRYPT-001"),
}
"""Rules that say what a rule of cdk-nag or of this project says: its acknowledgement covers them too."""


@dataclass(frozen=True)
class ToolFinding:
    """One finding of a linter. `resource` is None when it is about the template as a whole."""

    tool: str
    rule: str
    severity: str
    message: str
    stack: StackTemplate
    resource: Resource | None

    @property
    def id(self) -> str:
        """Prefixed id to acknowledge, such as checkov:CKV_AWS_117."""
        return f"{self.tool}:{self.rule}"

    @property
    def where(self) -> str:
        """Construct path, else the stack's path."""
        return (self.resource.path or self.resource.logical_id) if self.resource else self.stack.path


@dataclass(frozen=True)
class ToolResult:
    """What a linter found: open findings fail the gate, so do acknowledgements that match none."""

    tools: tuple[str, ...]
    templates: int
    open: tuple[ToolFinding, ...]
    acknowledged: tuple[tuple[ToolFinding, Acknowledgement], ...]
    stale: tuple[tuple[Resource, Acknowledgement], ...]
    notes: tuple[ToolFinding, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether the gate is green."""
        return not self.open and not self.stale


def judge(
    assembly: Assembly,
    tools: tuple[str, ...],
    findings: Iterable[ToolFinding],
    notes: Iterable[ToolFinding] = (),
    templates: int = 0,
) -> ToolResult:
    """Pair findings with the acknowledgements of their resource, or of the same subject in another tool."""
    opened: list[ToolFinding] = []
    accepted: list[tuple[ToolFinding, Acknowledgement]] = []
    used: set[tuple[str, str]] = set()
    for finding in findings:
        acknowledgement = _covering(finding)
        if acknowledgement is None:
            opened.append(finding)
        else:
            accepted.append((finding, acknowledgement))
            used.add((_key(finding.resource), acknowledgement.id))
    stale = [
        (resource, acknowledgement)
        for stack in assembly.stacks
        for resource in stack.resources
        for acknowledgement in linter_acknowledgements(resource)
        if acknowledgement.id.partition(":")[0] in tools and (_key(resource), acknowledgement.id) not in used
    ]
    return ToolResult(tools, templates, tuple(opened), tuple(accepted), tuple(stale), tuple(notes))


def _key(resource: Resource | None) -> str:
    return f"{resource.stack.file}#{resource.logical_id}" if resource else ""


def _covering(finding: ToolFinding) -> Acknowledgement | None:
    if finding.resource is None:
        return None
    own = next((ack for ack in linter_acknowledgements(finding.resource) if ack.id == finding.id), None)
    if own:
        return own
    same_subject = OVERLAPS.get(finding.id, ())
    return next(
        (ack for ack in nag_acknowledgements(finding.resource) if _rule_of(ack.id) in same_subject),
        None,
    )


def _rule_of(finding_id: str) -> str:
    """AwsSolutions-IAM5 of AwsSolutions::AwsSolutions-IAM5[Resource::*]."""
    return finding_id.partition("::")[2].partition("[")[0]


def bare_template(stack: StackTemplate) -> str:
    """The template without resource metadata, so that tools report what they are told to skip as well.

    Stable text: equal templates are linted once.
    """
    template: dict[str, Any] = copy.deepcopy(dict(stack.template))
    for body in template.get("Resources", {}).values():
        body.pop("Metadata", None)
    return json.dumps(template, indent=1)


def resource_of(stack: StackTemplate, logical_id: str) -> Resource | None:
    """The resource with this logical id."""
    return next((resource for resource in stack.resources if resource.logical_id == logical_id), None)
