"""Names that accounts, people and policies must know of the release pipeline before its resources exist."""

from typing import Final, Literal

from aws_cdk import aws_iam as iam

Purpose = Literal["seal", "promotion", "approval", "warrant"]
PURPOSES: Final[tuple[Purpose, ...]] = ("seal", "promotion", "approval", "warrant")
"""What a signing key is for."""

RELEASE: Final = "genai-foundation-release"
PULL_REQUEST: Final = "genai-foundation-pull-request"
DEPLOYER: Final = "genai-foundation-release-deployer"
EVALUATOR: Final = "genai-foundation-release-evaluator"
ACTIVATOR: Final = "genai-foundation-release-activator"
TESTER: Final = "genai-foundation-release-tester"
READER: Final = "genai-foundation-release-reader"
PUBLISHER: Final = "genai-foundation-release-publisher"

TAG: Final = "genai-foundation-release"
"""Tag of a role in the shared account; its value says which role of a workload account it may become."""
GATE, AUTHORIZE, ACTIVATE, TEST = "gate", "authorize", "activate", "test"
DOSSIER, PUBLISH = "dossier", "publish"

FOLDERS: Final = ("releases", "gates", "dossiers")
"""Top folders of the bucket of releases, as genai_runtime.release.layout has them."""


def redeem(environment: str) -> str:
    """Tag value of the role that may become an environment's deployer."""
    return f"redeem-{environment}"


def approver_role_name(role: str) -> str:
    """Name of the role by which people approve as `role`."""
    return f"genai-foundation-release-approver-{role}"


def action_name(role: str) -> str:
    """Name of the approval action of `role`: QA, DomainExpert."""
    return "QA" if role == "qa" else "".join(part.capitalize() for part in role.split("-"))


def releases_bucket_name(account_id: str, region: str) -> str:
    """Name of the bucket of releases: deployers of other accounts must know it."""
    return f"genai-foundation-releases-{account_id}-{region}"


def signing_key_alias(purpose: Purpose) -> str:
    """Alias, without `alias/`, of a signing key: who verifies a release elsewhere finds the key by it."""
    return f"genai-foundation-release-{purpose}"


def role_arn(account_id: str, name: str) -> str:
    """ARN of a role whose name is known."""
    return f"arn:aws:iam::{account_id}:role/{name}"


def mark(role: iam.CfnRole, value: str) -> None:
    """Tag a role of the shared account so that the trust policies of workload accounts know it."""
    role.tags.set_tag(TAG, value)
