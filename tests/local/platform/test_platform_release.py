"""The demo's releases and its canary: what reached production, what stopped, and what was harmed."""

import json
from typing import Any

import pytest

from foundation.evaluation.access import LocalAccess
from foundation.release.context import Context
from foundation.release.people.live import LiveUseCase
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.records import Approved, Promoted, Refused, Sealed
from tests.local.platform.conftest import USE_CASE, Platform

pytestmark = pytest.mark.local


@pytest.fixture
def context(platform: Platform) -> Context:
    return Context(platform.settings, LocalAccess(platform.settings, platform.target), local=True, variables={})


def statements(context: Context, manifest: str) -> list[Any]:
    """What the ledger holds of a release, every signature verified."""
    ledger = Ledger(context.client("dynamodb"), context.ledger_table, context.keys)
    return [each.statement for each in ledger.entries(manifest)]


def test_a_good_candidate_reaches_production_through_every_stage(platform: Platform, context: Context) -> None:
    good, _ = platform.summary.releases
    assert good["status"] == "Succeeded"
    done = set(good["seconds"])
    assert {"Dev/Evaluate", "PreProd/Integration", "PreProd/Performance", "Approval/Approve", "Prod/Smoke"} <= done
    found = statements(context, good["manifest"])
    promoted = {(each.environment, each.purpose) for each in found if isinstance(each, Promoted)}
    assert promoted == {("dev", "gate"), ("pre-prod", "gate"), ("prod", "smoke")}
    assert {(each.role, each.by) for each in found if isinstance(each, Approved)} == {
        ("qa", "quality@example.com"),
        ("domain-expert", "claims-expert@example.com"),
    }
    assert f"release/{good['manifest'][:12]}" in good["branches"]


def test_what_was_approved_is_what_is_live(platform: Platform, context: Context) -> None:
    good, _ = platform.summary.releases
    for environment in ("dev", "pre-prod", "prod"):
        newest = LiveUseCase(context, environment, USE_CASE).newest()
        assert newest is not None
        assert newest.document.manifest == good["manifest"]


def test_a_weakened_prompt_stops_at_dev_with_its_failed_tests_in_the_comment(
    platform: Platform, context: Context
) -> None:
    _, weakened = platform.summary.releases
    assert weakened["failed"] == ["Dev/Evaluate"]
    assert "REJECT" in weakened["comment"]
    assert len(weakened["named_tests"]) >= 3
    found = statements(context, weakened["manifest"])
    assert {type(each) for each in found} >= {Sealed, Refused}
    assert not [each for each in found if isinstance(each, Promoted)]


def test_the_dossier_of_the_release_has_its_evidence(platform: Platform, context: Context) -> None:
    good, _ = platform.summary.releases
    s3 = context.client("s3")
    body = s3.get_object(Bucket=context.bucket, Key=f"dossiers/{good['manifest']}/dossier.json")["Body"].read()
    written = json.dumps(json.loads(body))
    assert "quality@example.com" in written
    assert "bedrock-api-reference" in written
    assert "can't be read" not in written


def test_a_degrading_canary_rolls_back_by_itself_and_its_harm_is_counted(platform: Platform, context: Context) -> None:
    found = platform.summary.canary
    assert found["rolled_back"]
    assert 0 < found["harmed_requests"] < found["candidate_requests"]
    assert found["counted_harm"] == found["harmed_requests"]
    history = LiveUseCase(context, "prod", USE_CASE).history()
    assert [each.action for each in history[-2:]] == ["experiment", "rollback"]
    assert (history[-1].by, history[-1].reason) == ("observe", found["why"])
