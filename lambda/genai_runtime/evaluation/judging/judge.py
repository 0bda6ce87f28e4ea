"""One vote: a call to the judge, its reply read strictly, and one attempt to repair it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from genai_runtime.evaluation.judging import errors
from genai_runtime.evaluation.judging.ask import Ask, AskFailed, Inference, Reply
from genai_runtime.evaluation.judging.prompt import (
    level_prompt,
    ordered_levels,
    pair_prompt,
    repair_prompt,
    tag_of,
)
from genai_runtime.evaluation.judging.records import Vote, Winner
from genai_runtime.evaluation.judging.subject import Subject
from genai_runtime.evaluation.judging.verdict import Better, NoVerdict, better_of, level_of
from genai_runtime.evaluation.records import CallError, Usage
from genai_runtime.evaluation.suite import Rubric

T = TypeVar("T")

CANDIDATE_FIRST, BASELINE_FIRST = "candidate-first", "baseline-first"
MAX_TOKENS = 512
_TEMPERATURE = 0.5  # of several votes: at 0 they would differ by nothing but the order of the levels
_WINNERS: dict[str, dict[Better, Winner]] = {
    CANDIDATE_FIRST: {"first": "candidate", "second": "baseline", "tie": "tie"},
    BASELINE_FIRST: {"first": "baseline", "second": "candidate", "tie": "tie"},
}


@dataclass(frozen=True)
class Judge:
    """A model with a rubric. `seed` decides the order of the levels, and `run` the marks around texts."""

    ask: Ask
    rubric: Rubric
    run: str
    votes: int
    seed: int

    def level(self, subject: Subject, number: int) -> Vote:
        """Vote `number` (from 1) on one answer. Raises OutOfTime."""
        name = level_vote(number)
        tag = tag_of(self.run, name, subject.texts())
        system, user = level_prompt(subject, self.rubric, ordered_levels(self.rubric, number, self.seed), tag)
        temperature = _TEMPERATURE if self.votes > 1 else 0.0
        levels = self.rubric.levels
        outcome = self._verdict(name, system, user, tag, temperature, lambda reply: level_of(reply, levels))
        if isinstance(outcome, Vote):
            return outcome
        level, reason, vote = outcome
        return vote.model_copy(update={"level": level, "reason": reason})

    def pair(self, subject: Subject, baseline: str, name: str) -> Vote:
        """The candidate's answer (the subject's) against the baseline's, in the order that `name` tells. Raises OutOfTime."""
        first, second = subject, baseline
        if name == BASELINE_FIRST:
            first = Subject(subject.question, subject.context, subject.reference, baseline)
            second = subject.answer
        tag = tag_of(self.run, name, (*first.texts(), second))
        system, user = pair_prompt(first, second, self.rubric, tag)
        outcome = self._verdict(name, system, user, tag, 0.0, better_of)
        if isinstance(outcome, Vote):
            return outcome
        better, reason, vote = outcome
        return vote.model_copy(update={"winner": _WINNERS[name][better], "reason": reason})

    def _verdict(
        self, name: str, system: str, user: str, tag: str, temperature: float, read: Callable[[str], tuple[T, str]]
    ) -> Vote | tuple[T, str, Vote]:
        """A verdict with its reason and a vote that holds what it took, or the vote that holds an error."""
        inference = Inference(MAX_TOKENS, temperature)
        asked: list[Reply] = []
        try:
            asked.append(self.ask(system, user, inference))
            try:
                return *read(asked[0].text), _cost(name, asked)
            except NoVerdict as no_verdict:
                again = repair_prompt(user, asked[0].text, no_verdict.rule, tag)
            asked.append(self.ask(system, again, inference))
            return *read(asked[1].text), _cost(name, asked)
        except NoVerdict as no_verdict:
            error = CallError(
                error_class="model-error",
                code=errors.VERDICT_INVALID,
                message=f"the judge gave no valid verdict twice, {no_verdict}: take another model as judge",
            )
            return _cost(name, asked).model_copy(update={"error": error})
        except AskFailed as failed:
            vote = _cost(name, asked)
            counts = {"attempts": vote.attempts + failed.attempts, "throttled": vote.throttled + failed.throttled}
            return vote.model_copy(update={"error": failed.error, **counts})


def level_vote(number: int) -> str:
    """Name of a vote on one answer."""
    return f"level-{number}"


def _cost(name: str, replies: list[Reply]) -> Vote:
    """A vote without verdict: what its calls took together. Costs are known of all calls or of none."""
    costs = [reply.cost_usd for reply in replies if reply.cost_usd is not None]
    return Vote(
        vote=name,
        repaired=len(replies) > 1,
        usage=Usage(
            input_tokens=sum(reply.usage.input_tokens for reply in replies),
            output_tokens=sum(reply.usage.output_tokens for reply in replies),
        ),
        cost_usd=sum(costs) if costs else None,
        attempts=sum(reply.attempts for reply in replies),
        throttled=sum(reply.throttled for reply in replies),
    )
