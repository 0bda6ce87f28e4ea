"""Acknowledge one finding of a rule beside the resource that causes it: with a reason, an owner and an expiry date.

The text is kept by cdk-nag (validation report and template metadata), so reviewers see it with or without the source.
Synthesis never reads the clock: `foundation report` compares the expiry with the date that it is given.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, cast

from aws_cdk import Acknowledgment, CfnResource, Validations
from constructs import IConstruct

from genai_foundation.errors import FoundationError

MIN_REASON: Final = 20
"""Characters. Shorter texts ("not needed", "false positive") say nothing that a reviewer can check."""

METADATA_KEY: Final = "genai_foundation"
"""Template metadata of the resource that holds the text of its checkov and cfn-lint acknowledgements."""

# Rules that report one finding per action, policy or log type: the bare id covers none of them.
_PER_FINDING = re.compile(
    r"AwsSolutions-(IAM4|IAM5|RDS16|DOC5|OS9)|(NIST|HIPAA|PCI)\..*-RDSLoggingEnabled|GF-IAM-\d{3}"
)
_RULE = re.compile(r"(?P<pack>[A-Za-z0-9.]+)::(?P<rule>[A-Za-z0-9.]+-[A-Za-z0-9-]+)(?P<finding>\[.+\])?")
_ALSO = re.compile(r"(checkov:CKV2?_[A-Z0-9_]+|cfn-lint:[EWI]\d{4})")
_OWNER = re.compile(r"[^;\[\]\r\n]*[^;\[\]\s][^;\[\]\r\n]*")


class AcknowledgementError(FoundationError):
    """An acknowledgement that would cover nothing or that a reviewer couldn't judge (GF-ACK-001 to 007)."""


def acknowledge(
    construct: IConstruct,
    finding_id: str,
    *,
    reason: str,
    owner: str,
    expires: date,
    also: Sequence[str] = (),
) -> None:
    """Acknowledge `finding_id` on `construct` and everything below it.

    finding_id: cdk-nag's prefixed id with its exact finding, `AwsSolutions::AwsSolutions-IAM5[Resource::*]`,
        `NIST.800.53.R5::NIST.800.53.R5-LambdaInsideVPC`, or one of this project's own (`GF::GF-IAM-001[…]`).
        `checkov:CKV_AWS_117` or `cfn-lint:W3005` where only those tools object.
    reason: why this is right here, checkable by a reviewer; at least 20 characters.
    owner: the team that answers for it.
    expires: the last day on which it holds.
    also: the same finding's ids in checkov and cfn-lint; they need a resource (L1, or an L2 with one as default child).
    Raises AcknowledgementError (GF-ACK-001 to 007).
    """
    text = _text(finding_id, reason, owner, expires)
    lint_ids = [finding_id, *also] if _ALSO.fullmatch(finding_id) else list(also)
    for lint_id in lint_ids:
        if not _ALSO.fullmatch(lint_id):
            raise AcknowledgementError(
                "GF-ACK-006",
                f"also names {lint_id!r}, which no tool reads; write checkov:CKV_AWS_117 or cfn-lint:W3005",
            )
    resource = _resource(construct, finding_id) if lint_ids else None
    if finding_id not in lint_ids:
        _check_id(finding_id)
        Validations.of(construct).acknowledge(Acknowledgment(id=finding_id, reason=text))
    if resource is not None:
        _write_metadata(resource, lint_ids, text)


def _text(finding_id: str, reason: str, owner: str, expires: date) -> str:
    reason = " ".join(reason.split())
    if len(reason) < MIN_REASON:
        raise AcknowledgementError(
            "GF-ACK-001",
            f"the reason for {finding_id} is {reason!r}, {len(reason)} characters; "
            f"say in at least {MIN_REASON} why it is right here, so that a reviewer can check it",
        )
    if not _OWNER.fullmatch(owner):
        raise AcknowledgementError(
            "GF-ACK-002", f"the owner of {finding_id} is {owner!r}; name a team, without ';', '[' or ']'"
        )
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise AcknowledgementError(
            "GF-ACK-003", f"the expiry of {finding_id} is {expires!r}; give a datetime.date, its last valid day"
        )
    return f"{reason} [owner: {owner.strip()}; expires: {expires.isoformat()}]"


def _check_id(finding_id: str) -> None:
    match = _RULE.fullmatch(finding_id)
    if match is None or not match["rule"].startswith(f"{match['pack']}-"):
        raise AcknowledgementError(
            "GF-ACK-004",
            f"{finding_id!r} names no rule of a pack; write the prefixed id, such as "
            "AwsSolutions::AwsSolutions-SQS3 or AwsSolutions::AwsSolutions-IAM5[Resource::*]",
        )
    if match["finding"] is None and _PER_FINDING.fullmatch(match["rule"]):
        raise AcknowledgementError(
            "GF-ACK-005",
            f"{finding_id!r} covers nothing: the rule reports each finding on its own; "
            f"append the exact one in brackets, such as {finding_id}[Resource::*]",
        )


def _resource(construct: IConstruct, finding_id: str) -> CfnResource:
    for candidate in (construct, construct.node.default_child):
        if candidate is not None and CfnResource.is_cfn_resource(candidate):
            return cast(CfnResource, candidate)
    raise AcknowledgementError(
        "GF-ACK-007",
        f"{construct.node.path} is no resource and has none as default child, so checkov and cfn-lint ids of "
        f"{finding_id} have no template metadata to live in; pass the L1 resource",
    )


def _write_metadata(resource: CfnResource, lint_ids: Sequence[str], text: str) -> None:
    """Add to what the resource's metadata holds already; the same id twice is kept once."""
    for lint_id in lint_ids:
        tool, _, rule = lint_id.partition(":")
        old = _metadata(resource, tool)
        if tool == "checkov":
            resource.add_metadata(tool, _with(old, "skip", {"id": rule, "comment": text}))
        else:
            config = dict(old.get("config") or {})
            ignored = dict.fromkeys([*config.get("ignore_checks", []), rule])
            resource.add_metadata(tool, {**old, "config": {**config, "ignore_checks": [*ignored]}})
        own = _metadata(resource, METADATA_KEY)
        resource.add_metadata(METADATA_KEY, _with(own, "acknowledged", {"id": lint_id, "reason": text}))


def _metadata(resource: CfnResource, key: str) -> dict[str, Any]:
    return dict(resource.get_metadata(key) or {})


def _with(old: dict[str, Any], key: str, entry: dict[str, str]) -> dict[str, Any]:
    kept = [item for item in old.get(key, []) if item.get("id") != entry["id"]]
    return {**old, key: [*kept, entry]}
