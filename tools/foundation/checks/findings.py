"""What the template checks find, and the rules behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from foundation.checks.acknowledgements import Acknowledgement, nag_acknowledgements
from foundation.checks.assembly import Resource

PACK: Final = "GF"
"""Prefix of this project's own finding ids: `GF::GF-IAM-001[s3:*]`."""

RULES: Final[Mapping[str, str]] = {
    "GF-ROUTE-001": "A gateway connects a VPC with the internet",
    "GF-ROUTE-002": "A route leads outside private address space",
    "GF-ROUTE-003": "A subnet gives its instances public addresses",
    "GF-ROUTE-004": "A subnet isn't associated with a route table of the same template",
    "GF-ENDPOINT-001": "A VPC endpoint has no policy, so it allows everything",
    "GF-ENDPOINT-002": "A statement of a VPC endpoint's policy isn't limited to principals of the organisation",
    "GF-ENDPOINT-003": "The policy of the Bedrock runtime endpoint allows more than approved models",
    "GF-IAM-001": "An Allow statement has an action with a wildcard",
    "GF-IAM-002": "An action is allowed on every resource although it supports resource-level permissions",
    "GF-IAM-003": "A service principal is trusted without a confused-deputy condition",
    "GF-IAM-004": "A model ARN has a wildcard",
    "GF-IAM-005": "Invoking a model isn't tied to a guardrail by a condition",
    "GF-IAM-006": "A policy document can't be read",
    "GF-LAMBDA-001": "A function has no dead-letter queue or failure destination",
    "GF-LAMBDA-002": "A function isn't traced",
    "GF-LAMBDA-003": "A function has no reserved concurrency",
    "GF-ALARM-001": "Models are invoked without an alarm on Bedrock errors",
    "GF-ALARM-002": "Models are invoked without an alarm on Bedrock throttles",
    "GF-ENCRYPT-001": "A queue, topic, log group, bucket or table isn't encrypted with a customer key",
}


@dataclass(frozen=True)
class Finding:
    """One finding. `detail` is its exact part for rules that find several things in one resource."""

    rule: str
    resource: Resource
    message: str
    detail: str = ""

    @property
    def id(self) -> str:
        """Prefixed id to acknowledge; blanks become hyphens, as CDK keeps them."""
        return f"{PACK}::{self.rule}[{self.detail}]".replace(" ", "-") if self.detail else f"{PACK}::{self.rule}"


@dataclass(frozen=True)
class Judged:
    """A finding with the acknowledgement that covers it, if one does."""

    finding: Finding
    acknowledgement: Acknowledgement | None


def judge(findings: Iterable[Finding]) -> tuple[Judged, ...]:
    """Pair each finding with the acknowledgement of exactly its id on its resource."""
    return tuple(Judged(finding, _covering(finding)) for finding in findings)


def _covering(finding: Finding) -> Acknowledgement | None:
    return next((ack for ack in nag_acknowledgements(finding.resource) if ack.id == finding.id), None)
