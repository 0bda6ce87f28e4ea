"""Arguments of the release pipeline's constructs that no pipeline can be made of."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from constructs import Construct

from genai_foundation.errors import FoundationError
from genai_foundation.release.gate import ReleaseGate
from genai_foundation.release.rules import Organization, Rules, check
from genai_foundation.release.store import ReleaseBucket
from tests.synth.constructs import release_samples as samples


def stack(**env: str) -> cdk.Stack:
    """A stack of its own."""
    known = env or {"account": samples.SHARED, "region": samples.REGION}
    return cdk.Stack(cdk.App(analytics_reporting=False), "Test", env=cdk.Environment(**known))


def bucket(scope: Construct, deployers: list[str]) -> ReleaseBucket:
    """A bucket with these deployers."""
    return ReleaseBucket(
        scope, "Bucket", deployers=deployers, organization_id=samples.ORGANISATION, access_log_bucket="access-logs"
    )


def gate(**changed: Any) -> ReleaseGate:
    """A gate with other arguments."""
    scope = stack()
    return ReleaseGate(
        scope, "Gate", context=samples.context(scope), keys=samples.keys(scope), dataset_bucket="golden", **changed
    )


def organization(**changed: Any) -> Organization:
    """An organisation with another value."""
    return Organization(
        **{
            "id": samples.ORGANISATION,
            "accounts": samples.ACCOUNTS,
            "dataset_bucket": "golden",
            "governance": "565656565656",
            **changed,
        }
    )


FAILURES: dict[str, Callable[[], object]] = {
    "GF-REL-500": lambda: bucket(cdk.Stack(cdk.App(analytics_reporting=False), "Test"), samples.DEPLOYERS),
    "GF-REL-501": lambda: bucket(stack(), []),
    "GF-REL-502": lambda: gate(timeout=cdk.Duration.days(7)),
    "GF-REL-503": lambda: gate(poll_seconds=0),
    "GF-REL-504": lambda: samples.access(stack(), "Access", environment="production"),
    "GF-REL-505": lambda: check(organization(accounts={"dev": "232323232323"}), samples.RULES),
    "GF-REL-506": lambda: check(organization(dataset_bucket=""), samples.RULES),
    "GF-REL-507": lambda: check(organization(), Rules({"qa": [], "domain-expert": ["expert@example.com"]}, [])),
    "GF-REL-508": lambda: check(organization(), Rules({"qa": ["qa@example.com"]}, [])),
}


@pytest.mark.parametrize("code", FAILURES)
def test_fails_with_a_code_and_what_to_do(code: str) -> None:
    with pytest.raises(FoundationError, match=code) as failure:
        FAILURES[code]()
    assert failure.value.code == code
