"""The answers of a batch with the votes that each needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.judging import errors
from genai_runtime.evaluation.judging.errors import JudgeFailed
from genai_runtime.evaluation.judging.judge import BASELINE_FIRST, CANDIDATE_FIRST, Judge, level_vote
from genai_runtime.evaluation.judging.records import Vote
from genai_runtime.evaluation.judging.scores import (
    JUDGE,
    PREFERENCE,
    judge_score,
    metrics_of,
    preference_score,
    unanswered_score,
)
from genai_runtime.evaluation.judging.subject import Subject, subject_of_case
from genai_runtime.evaluation.judging.work import Task, vote_key
from genai_runtime.evaluation.records import Batch, CallError, Response, ScoredCase
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.suite import Suite

_NOT_ASKED = CallError(error_class="unavailable", code="NotAsked", message="the case has no response yet")


@dataclass(frozen=True)
class Answer:
    """A case with the votes that it needs; none where there is no answer, then `error` says why."""

    case: Case
    error: CallError | None
    compared: bool
    """The baseline has an answer."""
    levels: tuple[Task, ...] = ()
    pairs: tuple[Task, ...] = ()

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All votes."""
        return self.levels + self.pairs


@dataclass(frozen=True)
class Answers:
    """Reads answers of a run, and scores them once they have their votes."""

    store: Store
    judge: Judge
    request: RunRequest
    suite: Suite
    cases: Mapping[str, Case]

    def read(self, batch: Batch, case_id: str) -> Answer:
        """One answer of the batch. Raises JudgeFailed for a case that the suite doesn't have."""
        case = self.cases.get(case_id)
        if case is None:
            raise JudgeFailed(
                errors.CASE_UNKNOWN,
                f"batch {batch.look}-{batch.batch} of run {batch.run} asks for case {case_id}, which the suite doesn't "
                "have: plan the run again",
            )
        response = self._response(batch.run, batch.candidate, case_id)
        released = self._released(case)
        if response is None or response.answer is None:
            error = _NOT_ASKED if response is None or response.error is None else response.error
            return Answer(case, error, compared=released is not None)
        prompt = next(each.prompt for each in self.request.candidates if each.name == batch.candidate)
        subject = subject_of_case(case, prompt, response.answer)
        prefix = layout.votes(batch.run, batch.candidate, case_id)
        return Answer(
            case,
            None,
            compared=released is not None,
            levels=level_tasks(self.judge, prefix, subject) if metrics_of(self.suite, JUDGE, case) else (),
            pairs=() if released is None else self._pairs(prefix, subject, released),
        )

    def scored(self, batch: Batch, answer: Answer, votes: Sequence[Vote]) -> ScoredCase:
        """The scores of a case whose votes are all there. Without a baseline's answer there is no preference."""
        levels, pairs = votes[: len(answer.levels)], votes[len(answer.levels) :]
        scores = [
            judge_score(metric, levels, self.judge.rubric)
            if answer.error is None
            else unanswered_score(metric, answer.error)
            for metric in metrics_of(self.suite, JUDGE, answer.case)
        ]
        if answer.compared:
            scores += [
                preference_score(metric, pairs) if answer.error is None else unanswered_score(metric, answer.error)
                for metric in metrics_of(self.suite, PREFERENCE, answer.case)
            ]
        return ScoredCase(case=answer.case.id, candidate=batch.candidate, scores=tuple(scores))

    def _pairs(self, prefix: str, subject: Subject, released: str) -> tuple[Task, ...]:
        return tuple(
            Task(vote_key(prefix, name), partial(self.judge.pair, subject, released, name))
            for name in (CANDIDATE_FIRST, BASELINE_FIRST)
        )

    def _released(self, case: Case) -> str | None:
        """The baseline's answer, where answers are compared."""
        request, judge = self.request, self.suite.judge
        if judge is None or not judge.pairwise or not metrics_of(self.suite, PREFERENCE, case):
            return None
        if request.baseline is None or request.baseline_candidate is None:
            return None
        response = self._response(request.baseline, request.baseline_candidate, case.id)
        return None if response is None else response.answer

    def _response(self, run: str, candidate: str, case: str) -> Response | None:
        body = self.store.read(layout.response(run, candidate, case))
        return None if body is None else Response.model_validate_json(body)


def level_tasks(judge: Judge, prefix: str, subject: Subject) -> tuple[Task, ...]:
    """Every vote on one answer."""
    numbers = range(1, judge.votes + 1)
    return tuple(
        Task(vote_key(prefix, level_vote(number)), partial(judge.level, subject, number)) for number in numbers
    )
