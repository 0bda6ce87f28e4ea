"""Feedback: one rating for an answer of the caller's own use case."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from genai_runtime.live.feedback import AuditRecords, Feedback, FeedbackResult
from genai_runtime.live.online.observation import observation
from tests.unit.live.fakes import client_error

ARN = "arn:aws:lambda:eu-west-1:222222222222:function:feedback"
AT = "2026-07-30T10:00:00.000000+00:00#8c1f2a6e-0000-4000-8000-000000000001"
NOW = datetime(2026, 7, 30, 11, tzinfo=UTC)
ANSWER: dict[str, Any] = {
    "use_case": "claims",
    "at": AT,
    "environment": "prod",
    "outcome": "answered",
    "user": "u-17",
    "prompt": "answer",
    "prompt_version": 2,
    "live_sequence": 7,
    "experiment": "canary-1",
    "arm": "candidate",
    "input_sha256": "ab" * 32,
    "caller": f"{ARN}:claims",
}


class Table:
    """boto3's table resource, in memory."""

    def __init__(self, *items: dict[str, Any]) -> None:
        self.items = {(each["use_case"], each["at"]): each for each in items}
        self.error: str | None = None

    def get_item(self, *, Key: Mapping[str, str], ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803 boto3's names
        """Consistently."""
        assert ConsistentRead
        item = self.items.get((Key["use_case"], Key["at"]))
        return {"Item": item} if item else {}

    def put_item(self, *, Item: dict[str, Any], ConditionExpression: str) -> None:  # noqa: N803 boto3's names
        """Once."""
        assert ConditionExpression == "attribute_not_exists(use_case)"
        if self.error:
            raise client_error(self.error)
        if (Item["use_case"], Item["at"]) in self.items:
            raise client_error("ConditionalCheckFailedException")
        self.items[Item["use_case"], Item["at"]] = Item


def take(table: Table, event: Any, alias: str | None = "claims") -> FeedbackResult:
    """Through an alias."""
    feedback = Feedback(AuditRecords(table), retention_days=30, now=lambda: NOW)
    return feedback.take(event, ARN if alias is None else f"{ARN}:{alias}")


def test_records_a_rating_beside_its_answer() -> None:
    table = Table(ANSWER)
    assert take(table, {"record": AT, "rating": "up"}) == FeedbackResult(outcome="recorded", given="up")
    assert table.items["claims", f"{AT}#feedback"] == {
        "use_case": "claims",
        "at": f"{AT}#feedback",
        "kind": "feedback",
        "rating": "up",
        "given_at": "2026-07-30T11:00:00.000000+00:00",
        "expires_at": 1788001200,
        "environment": "prod",
        "user": "u-17",
        "prompt": "answer",
        "prompt_version": 2,
        "live_sequence": 7,
        "experiment": "canary-1",
        "arm": "candidate",
    }


def test_a_rating_is_counted_with_its_experiment() -> None:
    table = Table(ANSWER)
    take(table, {"record": AT, "rating": "down"})
    found = observation(table.items["claims", f"{AT}#feedback"])
    assert found is not None
    assert (found.kind, found.experiment, found.arm, found.user) == ("feedback", "canary-1", "candidate", "u-17")


def test_the_first_rating_counts_and_the_second_is_told_so() -> None:
    table = Table(ANSWER)
    take(table, {"record": AT, "rating": "down"})
    for rating in ("up", "down"):
        again = take(table, {"record": AT, "rating": rating})
        assert again == FeedbackResult(outcome="already-rated", given="down")
    assert len(table.items) == 2


def test_answers_outside_of_experiments_can_be_rated_too() -> None:
    plain = {name: value for name, value in ANSWER.items() if name not in ("experiment", "arm", "user")}
    table = Table(plain)
    take(table, {"record": AT, "rating": "up"})
    assert observation(table.items["claims", f"{AT}#feedback"]) is None


@pytest.mark.parametrize(
    ("event", "alias", "code"),
    [
        ({"record": AT, "rating": "up"}, None, "GF-LIVE-132"),
        ({"record": AT, "rating": "up"}, "$LATEST", "GF-LIVE-132"),
        ({"record": AT, "rating": "up"}, "other", "GF-LIVE-131"),
        ({"record": AT.replace("0001", "0002"), "rating": "up"}, "claims", "GF-LIVE-131"),
        ({"record": AT, "rating": "great"}, "claims", "GF-LIVE-130"),
        ({"record": AT, "rating": "up", "comment": "my name is Jo"}, "claims", "GF-LIVE-130"),
        ({"record": f"{AT}#shadow", "rating": "up"}, "claims", "GF-LIVE-130"),
        ({"record": f"{AT}#feedback", "rating": "up"}, "claims", "GF-LIVE-130"),
        ({"rating": "up"}, "claims", "GF-LIVE-130"),
        (None, "claims", "GF-LIVE-130"),
    ],
)
def test_fails_what_is_no_rating_of_an_own_answer(event: Any, alias: str | None, code: str) -> None:
    table = Table(ANSWER)
    result = take(table, event, alias)
    assert (result.outcome, result.error and result.error["code"]) == ("rejected", code)
    assert "Jo" not in str(result)
    assert len(table.items) == 1


@pytest.mark.parametrize("outcome", ["rejected", "failed"])
def test_fails_to_rate_what_was_no_answer(outcome: str) -> None:
    result = take(Table(ANSWER | {"outcome": outcome}), {"record": AT, "rating": "up"})
    assert result.error is not None
    assert result.error["code"] == "GF-LIVE-131"


def test_fails_with_the_table_s_error_so_that_the_caller_tries_again() -> None:
    table = Table(ANSWER)
    table.error = "ProvisionedThroughputExceededException"
    with pytest.raises(Exception, match="ProvisionedThroughput"):
        take(table, {"record": AT, "rating": "up"})
