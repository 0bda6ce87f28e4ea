"""IAM decisions that ministack leaves out; the rules themselves are in foundation.local.authorization."""

from __future__ import annotations

from foundation.local.authorization import checks, functions, keys, models, organization
from foundation.local.network import attachments
from foundation.local.network.policies import endpoint_decision
from foundation.local.patches.base import Patch


def _models() -> None:
    checks.expansions.append(models.permissions)


def _functions() -> None:
    checks.expansions.append(functions.permissions)


def _keys() -> None:
    keys.install()
    checks.expansions.append(keys.permissions)


def _endpoints() -> None:
    attachments.install()
    checks.afterwards.append(endpoint_decision)


PATCHES = (
    Patch(
        "authorization-permissions",
        "core.iam_evaluator.enforce asks for one action on one resource, and lets the root of any account do anything",
        "some calls need several permissions, and another account's resource must allow the caller",
        checks.install,
    ),
    Patch(
        "authorization-organization",
        "core.iam_evaluator knows aws:PrincipalOrgID only of accounts that made an organisation themselves, and neither "
        "aws:ResourceOrgID nor aws:PrincipalIsAWSService, and takes a session for aws:PrincipalArn",
        "policies of this project admit the organisation's principals and nobody else",
        organization.install,
    ),
    Patch(
        "authorization-models",
        "core.iam_actions authorises Converse as bedrock:Converse on a foundation model, whatever the model id is",
        "approved models, inference profiles and required guardrails are IAM statements",
        _models,
    ),
    Patch(
        "authorization-functions",
        "core.iam_actions authorises a call of a version or an alias on the function itself",
        "a use case may call its own alias and no other",
        _functions,
    ),
    Patch(
        "authorization-keys",
        "services.kms finds keys of the caller's account only; objects, items and messages under a customer key are "
        "handed out without asking for the key; core.iam_evaluator knows no s3:if-none-match",
        "another account's key must be usable when its policy says so, and its data unreadable when it doesn't",
        _keys,
    ),
    Patch(
        "authorization-endpoints",
        "services.ec2 keeps VPC endpoints and their policies without effect",
        "calls of a function in a VPC must pass the policy of the endpoint they take",
        _endpoints,
    ),
)
