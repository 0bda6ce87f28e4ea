"""Replies are read strictly, and repaired once."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_runtime.evaluation.judging.ask import AskFailed, Inference, Reply
from genai_runtime.evaluation.judging.judge import BASELINE_FIRST, CANDIDATE_FIRST, Judge
from genai_runtime.evaluation.judging.subject import Subject
from genai_runtime.evaluation.judging.verdict import NoVerdict, better_of, level_of
from genai_runtime.evaluation.records import CallError
from genai_runtime.evaluation.suite import Rubric
from tests.unit.evaluation.judging.judged_run import RUBRIC, Model, said_level, verdict

SUBJECT = Subject("why?", "", "", "because 3")


def judge(model: Model, votes: int = 3) -> Judge:
    return Judge(model, Rubric.model_validate(RUBRIC), "r1", votes, 7)


@pytest.mark.parametrize(
    "text",
    ['{"level": 2, "reason": "so"}', '```json\n{"reason": "so", "level": 2}\n```', ' {"level":2,"reason":" so "}\n'],
)
def test_reads_one_object(text: str) -> None:
    assert level_of(text, (1, 2)) == (2, "so")


@pytest.mark.parametrize(
    "text",
    [
        "", "2", "level 2", "null", "[]", '"level"', '{"level": 2}', '{"reason": "so"}',
        '{"level": 5, "reason": "so"}', '{"level": "2", "reason": "so"}', '{"level": 2.0, "reason": "so"}',
        '{"level": true, "reason": "so"}', '{"level": 1, "level": 2, "reason": "so"}', '{"level": 2, "reason": ""}',
        '{"level": 2, "reason": 7}', '{"level": 2, "reason": "so", "more": 1}', '{"level": 2, "reason": "so"} and',
        'Verdict: {"level": 2, "reason": "so"}', '{"level": NaN, "reason": "so"}', "[" * 100_000,
        '{"better": "first", "reason": "so"}', '```\n{"level": 2, "reason": "so"}\n```\n```\n{}\n```',
    ],
)  # fmt: skip
def test_fails_for_what_is_no_verdict(text: str) -> None:
    with pytest.raises(NoVerdict):
        level_of(text, (1, 2))


@given(st.text())
def test_fails_for_any_other_text_without_another_exception(text: str) -> None:
    with pytest.raises(NoVerdict):
        better_of(text)


@given(level=st.sampled_from([1, 2, 3, 4]), reason=st.text(min_size=1).filter(lambda text: text.strip()))
def test_reads_back_what_was_written(level: int, reason: str) -> None:
    read, why = level_of(json.dumps({"reason": reason, "level": level}), (1, 2, 3, 4))
    assert (read, why) == (level, reason.strip()[:2000])


def test_a_bad_reply_is_repaired_once() -> None:
    replies = iter(["I'd say 3", verdict("level", 3)])
    model = Model(lambda *_: next(replies))
    vote = judge(model).level(SUBJECT, 1)
    assert (vote.level, vote.repaired, vote.attempts, vote.usage.input_tokens) == (3, True, 2, 200)
    assert vote.cost_usd == pytest.approx(0.002)
    assert "I'd say 3" in model.calls[1][1]
    assert model.calls[0][0] == model.calls[1][0]


def test_fails_as_a_vote_without_level_after_two_bad_replies() -> None:
    model = Model(lambda *_: "no idea")
    vote = judge(model).level(SUBJECT, 1)
    assert len(model.calls) == 2
    assert vote.level is None
    assert vote.error is not None
    assert (vote.error.error_class, vote.error.code) == ("model-error", "GF-EVAL-201")


def test_fails_as_a_vote_that_holds_the_error_of_the_call() -> None:
    error = CallError(error_class="throttled", code="ThrottlingException", message="slow down")

    def ask(system: str, user: str, inference: Inference) -> Reply:
        raise AskFailed(error, attempts=4, throttled=4)

    vote = Judge(ask, Rubric.model_validate(RUBRIC), "r1", 1, 7).level(SUBJECT, 1)
    assert (vote.error, vote.attempts, vote.throttled, vote.repaired) == (error, 4, 4, False)


def test_several_votes_are_sampled_and_a_single_one_is_not() -> None:
    model = Model(said_level)
    judge(model, votes=3).level(SUBJECT, 2)
    judge(model, votes=1).level(SUBJECT, 1)
    assert [call[2].temperature for call in model.calls] == [0.5, 0.0]


@pytest.mark.parametrize(
    ("answer", "winner"), [("because 4", "baseline"), ("because 3", "tie"), ("because 1", "candidate")]
)
def test_a_pair_is_asked_in_both_orders(answer: str, winner: str) -> None:
    made = judge(Model(said_level))
    assert [made.pair(SUBJECT, answer, name).winner for name in (CANDIDATE_FIRST, BASELINE_FIRST)] == [winner, winner]
