"""Asks the policy of the VPC endpoint that a function's call came through."""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator

from foundation.local.authorization.checks import Check, context_of, deny
from foundation.local.network.attachments import attachment_of
from foundation.local.network.reachability import Unreachable, endpoint_for
from foundation.local.patches.ec2 import policy_text


def endpoint_decision(access_key_id: str, region: str, check: Check) -> Any:
    """A denial when the endpoint's policy doesn't allow the permission, else None."""
    attachment = attachment_of(access_key_id)
    # Permissions for a key that another service needs (kms:ViaService) don't go through the function's endpoint.
    if attachment is None or any(key.lower() == "kms:viaservice" for key in check.context):
        return None
    context = context_of(access_key_id, region, check)
    try:
        endpoint = endpoint_for(attachment, check.service, region)
    except Unreachable as error:
        return deny(context.principal_arn, f"GF-LOCAL-060: {error}")
    context.service_context.update({"aws:sourcevpce": endpoint["VpcEndpointId"], "aws:sourcevpc": attachment.vpc_id})
    decision = iam_evaluator.evaluate_resource_policy(policy_text(endpoint), context).decision
    if decision == "Allow":
        return None
    reason = (
        "with an explicit deny in a VPC endpoint policy"
        if decision == "Deny"
        else f"because no VPC endpoint policy allows the {check.action} action"
    )
    return deny(
        context.principal_arn,
        f"User: {context.principal_arn} is not authorized to perform: {check.action} on resource: {check.resource} {reason}",
        explicit=decision == "Deny",
    )
