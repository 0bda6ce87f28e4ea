"""What an organisation says of its release pipeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from genai_foundation.errors import FoundationError

ENVIRONMENTS: Final = ("dev", "pre-prod", "prod")


@dataclass(frozen=True)
class Host:
    """The repository host's API, for comments, statuses and release branches.

    :param kind: github or gitlab
    :param token_secret: name of the secret whose text is the token
    :param api_url: API of a host of your own; empty: the public host's
    """

    kind: str
    token_secret: str
    api_url: str = ""


@dataclass(frozen=True)
class Rules:
    """Who decides, and how long a decision holds.

    :param approvers: addresses by role
    :param operations: addresses that are told of failures
    :param warrant_minutes: from a deployment's authorisation to its beginning
    :param poll_seconds: most seconds between two looks at running evaluations
    """

    approvers: Mapping[str, Sequence[str]]
    operations: Sequence[str]
    warrant_minutes: int = 15
    poll_seconds: int = 300


@dataclass(frozen=True)
class Organization:
    """The accounts that releases go to.

    :param id: of the organisation
    :param accounts: id by environment: dev, pre-prod, prod
    :param dataset_bucket: bucket of published suites
    :param governance: id of the account that it is in
    """

    id: str
    accounts: Mapping[str, str] = field(default_factory=dict)
    dataset_bucket: str = ""
    governance: str = ""


def check(organization: Organization, rules: Rules) -> None:
    """Raises FoundationError (GF-REL-505 to 508) for what no pipeline can be made of."""
    if tuple(organization.accounts) != ENVIRONMENTS:
        raise FoundationError(
            "GF-REL-505",
            f"accounts are {', '.join(organization.accounts) or 'empty'}: give {', '.join(ENVIRONMENTS)}, in this order",
        )
    if not organization.dataset_bucket or not organization.governance:
        raise FoundationError(
            "GF-REL-506", "dataset_bucket or governance is empty: name the bucket of published suites and its account"
        )
    for role, people in rules.approvers.items():
        if not people:
            raise FoundationError("GF-REL-507", f"nobody may approve as {role}: name at least one address")
    if len(rules.approvers) < 2:
        raise FoundationError("GF-REL-508", f"approvers are {', '.join(rules.approvers) or 'empty'}: two roles approve")
