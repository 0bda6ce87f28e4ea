"""Keys that sign the ledger's entries: whoever verifies can't sign, and of the functions one may."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from genai_foundation.iam import Statement, allow, document
from genai_foundation.keys import ADMIN_ACTIONS, DELETION_WINDOW_DAYS
from genai_foundation.release.names import Purpose, signing_key_alias

VERIFY_ACTIONS = ["kms:GetPublicKey", "kms:Verify"]
ALGORITHM = "ECDSA_SHA_256"
# KMS rotates no asymmetric key. Who makes a grant may give what they don't have themselves, signing too (AWS KMS Developer
# Guide, "Controlling access to grants"), and nothing here needs one.
WITHHELD = {"kms:CreateGrant", "kms:DisableKeyRotation", "kms:EnableKeyRotation", "kms:RotateKeyOnDemand"}


class ReleaseSigningKey(Construct):
    """An asymmetric key of one purpose. The account's policies may let anybody verify; signing takes the key's own policy.

    Rotation: KMS rotates no asymmetric keys, and entries must be verifiable as long as they are kept (AWS KMS Developer
    Guide, "Rotating AWS KMS keys").

    :param purpose: what it signs
    :param verifiers: key policy statements that let other accounts verify, see `verify_from`. Default none
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, purpose: Purpose, verifiers: Sequence[Statement] = ()
    ) -> None:
        super().__init__(scope, construct_id)
        self._statements = [account_statement(cdk.Stack.of(self).account), *verifiers]
        self.key = kms.CfnKey(
            self,
            "Default",
            description=f"Signs entries of the release ledger: {purpose}",
            key_spec="ECC_NIST_P256",
            key_usage="SIGN_VERIFY",
            pending_window_in_days=DELETION_WINDOW_DAYS,
            key_policy=document(self._statements),
        )
        self.key.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        kms.CfnAlias(self, "Alias", alias_name=f"alias/{signing_key_alias(purpose)}", target_key_id=self.key.ref)
        self.arn = self.key.attr_arn

    def let_sign(self, role_arn: str) -> None:
        """Make a role the one signer: a policy of its own doesn't help anybody else. Until then nobody signs."""
        self.key.key_policy = document([*self._statements, signer_statement(role_arn)])

    def sign_statement(self) -> Statement:
        """Identity statement of the signer."""
        return allow("Sign", ["kms:Sign"], [self.arn], {"StringEquals": {"kms:SigningAlgorithm": ALGORITHM}})

    def grant_verify(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal of this account verify signatures."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=VERIFY_ACTIONS, resource_arns=[self.arn])


def account_statement(account: str) -> Statement:
    """Lets the account's IAM policies decide who administers the key and who verifies; signing isn't theirs to decide."""
    return {
        "Sid": "AccountAdministersAndVerifies",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": [*(action for action in ADMIN_ACTIONS if action not in WITHHELD), *VERIFY_ACTIONS],
        "Resource": "*",
    }


def signer_statement(role_arn: str) -> Statement:
    """Lets one role sign."""
    return {
        "Sid": "OneSigner",
        "Effect": "Allow",
        "Principal": {"AWS": role_arn},
        "Action": "kms:Sign",
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:SigningAlgorithm": ALGORITHM}},
    }


def verify_from(sid: str, role_arns: Sequence[str], organization_id: str) -> Statement:
    """Lets roles of other accounts verify. Their accounts are the principals: a role needn't exist when the key is made."""
    accounts = sorted({arn.split(":")[4] for arn in role_arns})
    condition: dict[str, Any] = {
        "StringEquals": {"aws:PrincipalOrgID": organization_id},
        "ArnEquals": {"aws:PrincipalArn": list(role_arns)},
    }
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]},
        "Action": list(VERIFY_ACTIONS),
        "Resource": "*",
        "Condition": condition,
    }
