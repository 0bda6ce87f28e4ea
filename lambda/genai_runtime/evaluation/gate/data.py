"""What the gate decides on. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.judging.records import Agreement, ReviewerAgreement
from genai_runtime.evaluation.records import Score
from genai_runtime.evaluation.suite import Suite
from genai_runtime.evaluation.verdict import CandidateResult

Scores = Mapping[str, Mapping[str, Score]]
"""Metric of the suite -> case -> score. A metric that doesn't apply to a case has none; an undecided one has value None."""


@dataclass(frozen=True)
class CandidateData:
    """One candidate up to a look.

    :param asked: cases that were planned for it
    :param scores: of these cases
    :param baseline: scores of the released candidate, as its own run left them
    :param unanswered: asked cases without an answer, or without any score, for reasons of the infrastructure
    :param first_token_ms: of the answers that streamed
    :param last_token_ms: of all answers
    :param costs_usd: of all cases with a known cost
    :param most_usd: what a case can cost at most; None where that isn't known
    """

    name: str
    asked: frozenset[str]
    scores: Scores
    baseline: Scores = field(default_factory=dict)
    unanswered: frozenset[str] = frozenset()
    first_token_ms: tuple[float, ...] = ()
    last_token_ms: tuple[float, ...] = ()
    costs_usd: tuple[float, ...] = ()
    most_usd: float | None = None


@dataclass(frozen=True)
class GateInput:
    """A run up to a look.

    :param fractions: of all planned cases, that each look has seen; (1.0,) for a run of one look
    :param cases: the suite's dataset by id
    :param upcoming: cases that were not asked yet, in the order in which they would be
    :param decided: candidates that an earlier look decided: their verdict stands
    :param judge_kappa: Cohen's kappa of the judge with people's labels; None where it isn't known
    :param judge_refusal: why the judge can't gate, beyond its kappa; empty where nothing speaks against it
    :param judge: the judge's agreement with people in full, for the record
    :param reviewers: the reviewers' agreement with each other, for the record
    """

    run: str
    suite: Suite
    cases: Mapping[str, Case]
    candidates: tuple[CandidateData, ...]
    look: int = 1
    fractions: tuple[float, ...] = (1.0,)
    upcoming: tuple[str, ...] = ()
    decided: Mapping[str, CandidateResult] = field(default_factory=dict)
    judge_kappa: float | None = None
    judge_refusal: str = ""
    judge: Agreement | None = None
    reviewers: ReviewerAgreement | None = None
