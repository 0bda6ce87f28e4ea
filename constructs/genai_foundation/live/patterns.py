"""Acknowledges patterns of resources that hold references, which rules report by logical id."""

from collections.abc import Mapping

import aws_cdk as cdk
from constructs import IConstruct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.function import Function
from genai_foundation.reviews import NEXT_REVIEW, OWNER


def acknowledge_patterns(function: Function, reasons: Mapping[str, str]) -> None:
    """Acknowledge resource patterns in a function's policy, each with its reason.

    A dynamic reference can't be in them: cdk-nag's ids don't take its braces. Use a parameter of the template.
    """
    for resource, reason in reasons.items():
        acknowledge(
            function.role.policy,
            f"AwsSolutions::AwsSolutions-IAM5[Resource::{_reported(function, resource)}]",
            reason=reason,
            owner=OWNER,
            expires=NEXT_REVIEW,
        )


def _reported(scope: IConstruct, resource: str) -> str:
    """A pattern as rules report it: a reference as its logical id in angle brackets."""
    resolved = cdk.Stack.of(scope).resolve(resource)
    if isinstance(resolved, str):
        return resolved
    return "".join(part if isinstance(part, str) else f"<{part['Ref']}>" for part in resolved["Fn::Join"][1])
