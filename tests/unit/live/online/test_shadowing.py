"""A copy is asked once, and its answer scored; nothing of it reaches a user."""

from collections.abc import Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast, get_args

import pytest
from botocore.exceptions import ClientError

from genai_runtime.live.online.agreement import AGREES_FROM, Answer, agreement, f1
from genai_runtime.live.online.copies import METRICS, Copies, parsed
from genai_runtime.live.online.errors import OnlineError
from genai_runtime.live.online.observation import observation
from genai_runtime.live.online.records import Scored
from genai_runtime.live.online.shadowing import AuditItems, Outcome, Shadowing
from genai_runtime.live.records import ShadowCopy
from genai_runtime.model_access.errors import RequestFailed
from genai_runtime.model_access.request import Invocation
from tests.unit.live.fakes import client_error
from tests.unit.live.online.toys import NOW, USE_CASE

AT = "2026-11-21T09:00:00.000001+00:00#r1"
RETURNED = "Claims are paid within 14 days after the documents have arrived."
COPY = ShadowCopy(
    use_case=USE_CASE,
    experiment="e1",
    request_id="r1",
    prompt="answer",
    variables={"question": "how long?"},
    answer=RETURNED,
    outcome="answered",
    latency_ms=800,
    at=AT,
)


class Table:
    """boto3's Table with the one condition that claims use."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.fault: ClientError | None = None

    def put_item(self, *, Item: dict[str, Any], ConditionExpression: str = "", **_: Any) -> None:  # noqa: N803
        there = self.items.get(Item["at"])
        if ConditionExpression and there and not there.get("given_back"):
            raise client_error("ConditionalCheckFailedException")
        if self.fault:
            raise self.fault
        self.items[Item["at"]] = Item


class Candidate:
    """Answers, and counts how often it was asked."""

    def __init__(self, answer: str = RETURNED, outcome: str = "answered") -> None:
        self.result: Mapping[str, Any] | None = {"outcome": outcome, "answer": answer, "stop_reason": "end_turn"}
        self.fault: Exception | None = None
        self.asked = 0

    def __call__(self, copy: ShadowCopy) -> Mapping[str, Any] | None:
        assert copy == COPY
        self.asked += 1
        if self.fault:
            raise self.fault
        return self.result


def shadowing(candidate: Candidate, table: Table) -> Shadowing:
    return Shadowing(candidate, AuditItems(table), retention_days=30, now=lambda: NOW)


def test_the_score_is_an_observation_and_the_claim_is_none() -> None:
    table = Table()
    assert shadowing(Candidate(), table).handle(COPY) == "scored"
    claim, score = table.items[f"{AT}#shadow-claim"], table.items[f"{AT}#scored"]
    assert observation(claim) is None
    found = observation(score)
    assert isinstance(found, Scored)
    assert (found.arm, found.score, found.disagrees, found.key) == ("shadow", 1.0, False, f"{AT}#scored")
    assert score["expires_at"] == int((NOW + timedelta(days=30)).timestamp())
    assert RETURNED not in str(table.items)


def test_a_copy_that_is_delivered_again_is_not_asked_again() -> None:
    table, candidate = Table(), Candidate()
    assert [shadowing(candidate, table).handle(COPY) for _ in range(3)] == ["scored", "repeated", "repeated"]
    assert candidate.asked == 1


def test_a_function_killed_after_the_question_doesn_t_pay_twice() -> None:
    table, candidate = Table(), Candidate()
    candidate.fault = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        shadowing(candidate, table).handle(COPY)
    candidate.fault = None
    assert shadowing(candidate, table).handle(COPY) == "repeated"
    assert (candidate.asked, list(table.items)) == (1, [f"{AT}#shadow-claim"])


def test_a_copy_that_could_not_be_asked_is_given_back() -> None:
    table, candidate = Table(), Candidate()
    candidate.fault = RequestFailed("GF-RUN-024", "later")
    with pytest.raises(RequestFailed):
        shadowing(candidate, table).handle(COPY)
    candidate.fault = None
    assert shadowing(candidate, table).handle(COPY) == "scored"
    assert shadowing(candidate, table).handle(COPY) == "repeated"


def test_nothing_is_scored_without_an_answer_or_an_experiment() -> None:
    for result, outcome in (
        (None, "over"),
        ({"outcome": "failed"}, "unanswered"),
        ({"outcome": "rejected"}, "unanswered"),
    ):
        table, candidate = Table(), Candidate()
        candidate.result = result
        assert shadowing(candidate, table).handle(COPY) == outcome
        assert list(table.items) == [f"{AT}#shadow-claim"]


def test_fails_when_the_table_cannot_be_used() -> None:
    table = Table()
    table.fault = client_error("AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDenied"):
        shadowing(Candidate(), table).handle(COPY)


@pytest.mark.parametrize(
    ("returned", "shadow", "disagrees"),
    [
        (RETURNED, "Within 14 days after all documents have arrived, claims are paid.", False),
        (RETURNED, "Please call the branch office about your savings account.", True),
        (RETURNED, "I can't help with that.", True),
        ("I cannot answer this.", "I'm unable to answer from the documents.", False),
        ("理赔款在收到全部文件后十四天内支付。", "收到文件后十四天内支付理赔款。", False),
        ("理赔款在收到全部文件后十四天内支付。", "请联系您的分行了解储蓄账户。", True),
        ("Die Zahlung erfolgt binnen 14 Tagen.", "Binnen 14 Tagen erfolgt die Zahlung.", False),
    ],
)
def test_answers_are_compared_by_words_and_by_whether_they_decline(returned: str, shadow: str, disagrees: bool) -> None:
    found = agreement(Answer("answered", returned), Answer("answered", shadow))
    assert found.disagrees == disagrees == (found.score < AGREES_FROM)


def test_a_guardrail_that_intervenes_on_one_side_only_disagrees() -> None:
    blocked, answered = Answer("blocked", "I can't show that."), Answer("answered", RETURNED)
    assert agreement(answered, blocked).disagrees
    assert agreement(blocked, answered).disagrees
    for other in (Answer("blocked", "Something else."), Answer("answered", "I cannot answer this.")):
        assert agreement(blocked, other).score == 1.0


def test_f1_of_words() -> None:
    assert f1("a b c d", "c d e f") == pytest.approx(0.5)
    assert (f1("", ""), f1("a", ""), f1("Yes.", "yes")) == (1.0, 0.0, 1.0)


def test_fails_for_a_message_that_is_no_copy_without_repeating_it() -> None:
    with pytest.raises(OnlineError, match="GF-LIVE-203") as caught:
        parsed(COPY.model_dump_json().replace('"answer":', '"secret":'))
    assert RETURNED not in str(caught.value)
    assert parsed(COPY.model_dump_json()) == COPY


def test_a_message_is_asked_with_the_function_s_own_identity_and_time() -> None:
    asked, metered = list[tuple[ShadowCopy, Invocation]](), list[str]()

    def ask(copy: ShadowCopy, invocation: Invocation) -> Mapping[str, Any]:
        asked.append((copy, invocation))
        return {"outcome": "answered", "answer": RETURNED, "stop_reason": "end_turn"}

    copies = Copies(
        cast(Any, SimpleNamespace(ask=ask)),
        AuditItems(Table()),
        cast(Any, SimpleNamespace(add_metric=lambda name, _unit, _value: metered.append(name))),
        retention_days=30,
        now=lambda: NOW,
    )
    context = SimpleNamespace(
        invoked_function_arn="arn:shadow", aws_request_id="own", get_remaining_time_in_millis=lambda: 30_000
    )
    for _ in range(2):
        copies.handle(COPY.model_dump_json(), cast(Any, context))
    assert asked == [(COPY, Invocation("arn:shadow", "own", "own", 30.0))]
    assert metered == ["ShadowScored", "ShadowRepeated"]
    assert METRICS.keys() == set(get_args(Outcome))
