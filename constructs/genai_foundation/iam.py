"""Policy documents as data, and execution roles without inline or AWS-managed policies."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation.errors import FoundationError

Statement = Mapping[str, Any]


def allow(
    sid: str, actions: Sequence[str], resources: Sequence[str], condition: Mapping[str, Any] | None = None
) -> Statement:
    """An Allow statement of an identity policy."""
    statement: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    if condition:
        statement["Condition"] = dict(condition)
    return statement


def document(statements: Sequence[Statement]) -> dict[str, Any]:
    """A policy document in the 2012-10-17 language."""
    return {"Version": "2012-10-17", "Statement": [dict(s) for s in statements]}


def confused_deputy(account: str, source_arn: str | None = None) -> dict[str, Any]:
    """Condition that a service acts for this account only (and for that resource, when its ARN is given).

    Source: IAM User Guide, "The confused deputy problem".
    """
    condition: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": account}}
    if source_arn:
        condition["ArnLike"] = {"aws:SourceArn": source_arn}
    return condition


# Managed policies that a role takes by default (IAM User Guide, "IAM and AWS STS quotas").
ROLE_POLICIES = 10


class ServiceRole(Construct):
    """A role for one AWS service, its permissions in one customer-managed policy.

    Inline policies escape central review (NIST 800-53 AC-6), AWS-managed ones grant more than a function needs.

    :param service: service principal that may assume the role, such as ``lambda.amazonaws.com``
    :param statements: what the role may do
    :param condition: condition of the trust policy, see `confused_deputy`
    :param policy_arns: further customer-managed policies; a role takes ten in all (IAM quota)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: str,
        statements: Sequence[Statement],
        description: str,
        condition: Mapping[str, Any] | None = None,
        policy_arns: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        if len(policy_arns) >= ROLE_POLICIES:
            raise FoundationError(
                "GF-IAM-011",
                f"{len(policy_arns)} policies beside the role's own: a role takes {ROLE_POLICIES} (IAM and AWS STS quotas); "
                "release fewer catalog versions, or have the quota raised and ROLE_POLICIES with it",
            )
        trust: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        if condition:
            trust["Condition"] = dict(condition)
        self.role = iam.CfnRole(
            self,
            "Default",
            assume_role_policy_document=document([trust]),
            description=description,
            managed_policy_arns=list(policy_arns) or None,
        )
        self.arn = self.role.attr_arn
        self.policy = iam.CfnManagedPolicy(
            self, "Policy", policy_document=document(statements), roles=[self.role.ref], description=description
        )
