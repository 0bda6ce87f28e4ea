"""What the steps of a run leave behind, one record per case and candidate."""

from typing import Annotated, Literal

from pydantic import Field

from genai_runtime.evaluation.base import CaseId, Name, Record, RunId

ErrorClass = Literal[
    "throttled", "time-out", "unavailable", "invalid-request", "access-denied", "model-error", "defect"
]
INFRASTRUCTURE: frozenset[str] = frozenset({"throttled", "time-out", "unavailable", "access-denied", "defect"})
"""Errors that say nothing about the candidate: the case stays undecided. All others count as a failed case."""
Pattern = Literal[
    "retrieval-miss", "unsupported-claim", "wrong-answer", "refusal", "missing-refusal", "format", "safety", "truncation",
    "throttled", "time-out", "other-error",
]  # fmt: skip


class CallError(Record):
    """Why a case has no answer."""

    error_class: ErrorClass
    code: str
    """AWS's error code, or the exception's class."""
    message: str


class Usage(Record):
    """Tokens as the service counted them."""

    input_tokens: int = 0
    output_tokens: int = 0


class Response(Record):
    """One case, asked: `responses/CANDIDATE/CASE.json`. Either an answer or an error."""

    case: CaseId
    candidate: Name
    answer: str | None = None
    error: CallError | None = None
    stop_reason: str | None = None
    usage: Usage = Usage()
    cost_usd: float | None = None
    """None where the candidate has no price."""
    first_token_ms: float | None = None
    """Time to first token; None where the answer didn't stream."""
    last_token_ms: float | None = None
    """Time to last token: the whole call."""
    tokens_per_second: float | None = None
    """Output tokens after the first one, by the time after it; of the whole call where it didn't stream."""
    guardrail_action: str | None = None
    """`none`, `masked` or `blocked`."""
    trace_id: str | None = None
    attempts: Annotated[int, Field(ge=0)] = 1
    throttled: Annotated[int, Field(ge=0)] = 0
    """Attempts that the service throttled."""


class Score(Record):
    """One metric of one case. `value` is None where the case is undecided (an infrastructure error)."""

    metric: Name
    value: Annotated[float, Field(ge=0, le=1)] | None
    passed: bool | None
    detail: str = ""
    """Why it failed, for a person."""


class CaseFacts(Record):
    """What limits look at, of a Response: its error, times and cost."""

    error_class: ErrorClass | None = None
    input_tokens: int = 0
    first_token_ms: float | None = None
    last_token_ms: float | None = None
    cost_usd: float | None = None

    @classmethod
    def of(cls, response: Response) -> "CaseFacts":
        """The facts of a response."""
        return cls(
            error_class=response.error.error_class if response.error else None,
            input_tokens=response.usage.input_tokens,
            first_token_ms=response.first_token_ms,
            last_token_ms=response.last_token_ms,
            cost_usd=response.cost_usd,
        )


class ScoredCase(Record):
    """All scores of one case, and the pattern of its failure. A metric that doesn't apply has no score."""

    case: CaseId
    candidate: Name
    scores: tuple[Score, ...]
    pattern: Pattern | None = None
    facts: CaseFacts | None = None
    """Of the response that was scored, so that the gate needn't read it; the step `scores` alone gives them."""


class ScoredBatch(Record):
    """`scores/CANDIDATE/LOOK-BATCH.json` (metrics), `judgements/…` (judge) and `reviews/…` (human review)."""

    run: RunId
    candidate: Name
    cases: tuple[ScoredCase, ...]


class Batch(Record):
    """A line of `looks/LOOK/batches.jsonl`, and the input of a child workflow execution."""

    run: RunId
    look: Annotated[int, Field(ge=1)]
    batch: Annotated[int, Field(ge=0)]
    candidate: Name
    cases: tuple[CaseId, ...]
    judge: bool = False


class ReviewForm(Record):
    """An item of review_plan's `forms`: a form that the state machine waits for, and for how long."""

    run: RunId
    look: Annotated[int, Field(ge=1)]
    form: str
    reviewer: str
    remind_after_seconds: Annotated[int, Field(ge=1, le=99_999_999)]
    """Wait for answers before each reminder, and after the last one (TimeoutSecondsPath takes no more)."""
    reminders: Annotated[int, Field(ge=0)]
