"""Policy documents as data, and execution roles without inline or AWS-managed policies."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

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


# A customer-managed policy holds 6,144 characters, white space not counted (IAM User Guide, "IAM and AWS STS quotas").
# Deploy-time references are counted at the length of the longest ARN they stand for.
POLICY_CHARACTERS = 6_144
REFERENCE_CHARACTERS = 120


def by_size(statement: Statement, limit: int = 4_500) -> list[Statement]:
    """Splits a statement with many resources into statements that each fit a managed policy of their own."""
    parts: list[Statement] = []
    batch: list[str] = []
    size = 0
    for resource in statement["Resource"]:
        length = REFERENCE_CHARACTERS if "{{resolve" in resource or "${" in resource else len(resource)
        if batch and size + length > limit:
            parts.append({**statement, "Sid": f"{statement['Sid']}{len(parts) + 1}", "Resource": batch})
            batch, size = [], 0
        batch.append(resource)
        size += length + 3
    return [
        *parts,
        {**statement, "Sid": f"{statement['Sid']}{len(parts) + 1}" if parts else statement["Sid"], "Resource": batch},
    ]


class ServiceRole(Construct):
    """A role for one AWS service, its permissions in one customer-managed policy.

    Inline policies escape central review (NIST 800-53 AC-6), AWS-managed ones grant more than a function needs.

    :param service: service principal that may assume the role, such as ``lambda.amazonaws.com``
    :param statements: what the role may do
    :param condition: condition of the trust policy, see `confused_deputy`
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
    ) -> None:
        super().__init__(scope, construct_id)
        trust: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        if condition:
            trust["Condition"] = dict(condition)
        self.role = iam.CfnRole(self, "Default", assume_role_policy_document=document([trust]), description=description)
        self.arn = self.role.attr_arn
        self.policy = self.add_policy("Policy", statements, description)

    def add_policy(self, construct_id: str, statements: Sequence[Statement], description: str) -> iam.CfnManagedPolicy:
        """Attach one more managed policy; a role takes ten (IAM quota)."""
        return iam.CfnManagedPolicy(
            self,
            construct_id,
            policy_document=document(statements),
            roles=[self.role.ref],
            description=description,
        )
