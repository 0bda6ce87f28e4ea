"""What the judge leaves behind: one vote per object, and its labels beside people's."""

from typing import Annotated, Literal

from pydantic import Field

from genai_runtime.evaluation.base import CaseId, Record, RunId, Text
from genai_runtime.evaluation.case import Passage
from genai_runtime.evaluation.records import CallError, Usage

Winner = Literal["candidate", "baseline", "tie"]


class Vote(Record):
    """One verdict of the judge. It holds a level, a winner, or the error why it has neither."""

    vote: Text
    """`level-1` … or, of a pair, `candidate-first` and `baseline-first`."""
    level: int | None = None
    winner: Winner | None = None
    reason: str = ""
    """The judge's own words: untrusted text."""
    error: CallError | None = None
    repaired: bool = False
    """The first reply was no verdict, the second one was."""
    usage: Usage = Usage()
    cost_usd: float | None = None
    attempts: Annotated[int, Field(ge=0)] = 1
    throttled: Annotated[int, Field(ge=0)] = 0


class CalibrationItem(Record):
    """A line of calibration.jsonl: an answer with the levels that people gave it."""

    id: CaseId
    question: Text
    context: tuple[Passage, ...] = ()
    reference: str | None = None
    answer: Text
    labels: Annotated[tuple[int, ...], Field(min_length=1)]
    """One level per person."""


class Labelled(Record):
    """An item of the calibration with the judge's level; None where it gave no valid verdict."""

    id: CaseId
    people: Annotated[tuple[int, ...], Field(min_length=1)]
    judge: int | None
    error: CallError | None = None


class Calibration(Record):
    """`calibration.json`: what the gate computes the judge's agreement with people from."""

    run: RunId
    model_id: Text
    items: tuple[Labelled, ...]


class Counts(Record):
    """What judging took and how sure the judge was: of one batch, or of several together."""

    answers: int = 0
    """Answers with at least one valid vote on their level."""
    split: int = 0
    """Of those, answers whose votes differ."""
    pairs: int = 0
    """Answers compared with the baseline's in both orders."""
    inconsistent: int = 0
    """Of those, answers where the two orders name different winners: the judge's position bias."""
    failed: int = 0
    """Votes without a verdict."""
    calls: int = 0
    throttled: int = 0
    usage: Usage = Usage()
    cost_usd: float | None = None
    """None where no cost is known."""


class Kappa(Record):
    """A kappa with its interval. None where chance alone agrees in everything: all used one and the same level."""

    estimate: float | None
    low: float | None = None
    high: float | None = None


class Agreement(Record):
    """What the calibration says about a judge."""

    items: int
    unjudged: int
    """Items without a valid verdict. They count as disagreement in `kappa`, and not at all in `weighted`."""
    levels: tuple[int, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Rows: people's level; columns: the judge's, and last those without a verdict. In the order of `levels`."""
    observed: float | None
    """Share of items with the same level."""
    kappa: Kappa
    weighted: Kappa
    """With quadratic weights: how far apart counts, by the numbers of the levels."""
    people: float | None
    """Fleiss' kappa of people with each other: what a judge can't be expected to exceed. None with one label per item."""
    minimum: float
    can_gate: bool
    reason: str


class ReviewerAgreement(Record):
    """How far reviewers agree: Cohen's kappa of two, Fleiss' of more."""

    method: Literal["cohen", "fleiss"]
    reviewers: int
    items: int
    """Answers that all of them graded."""
    kappa: Kappa
