"""What the gate decides: `gate/LOOK.json`, and the whole run: `result.json`."""

from typing import Annotated, Literal

from pydantic import Field

from genai_runtime.evaluation.base import CaseId, Name, Record, RunId, Sha256
from genai_runtime.evaluation.judging.records import Agreement, Counts, ReviewerAgreement

Decision = Literal["PROMOTE", "HOLD", "REJECT"]


class Interval(Record):
    """A two-sided confidence interval."""

    low: float
    high: float
    method: Literal["wilson", "bca", "score", "order-statistic", "sequential-normal", "exact"]
    """`score`: Tango's for the difference of paired rates."""
    confidence: float


class StratumResult(Record):
    """A metric among the cases whose tag has one value."""

    tag: str
    value: str
    cases: int
    estimate: float
    interval: Interval
    decision: Decision


class Comparison(Record):
    """Paired difference to the baseline on the same cases."""

    cases: int
    difference: float
    interval: Interval
    p_value: float
    """One-sided, that the candidate is worse than the baseline by more than the allowed regression."""
    significant: bool
    """After Holm's correction over the gating metrics."""


class MetricResult(Record):
    """A metric of one candidate."""

    name: Name
    kind: Literal["rate", "mean"]
    gating: bool
    """False where the suite says so, or where a judge's agreement with people is too low."""
    threshold: float
    cases: int
    undecided: int
    estimate: float | None
    """None without a decided case."""
    interval: Interval | None
    p_value: float | None = None
    """One-sided, that the true value is below the threshold."""
    comparison: Comparison | None = None
    strata: tuple[StratumResult, ...] = ()
    decision: Decision
    reason: str
    """One sentence for a product owner."""
    cases_needed: int | None = None
    """HOLD: further cases that would decide with 80 % power if the estimate is the truth; None where none would."""


class LimitResult(Record):
    """A limit on latency or cost."""

    name: Literal["first-token-p95-ms", "last-token-p95-ms", "cost-per-1000-cases-usd", "undecided-share"]
    limit: float
    cases: int
    estimate: float | None
    interval: Interval | None
    decision: Decision
    reason: str


class CandidateResult(Record):
    """The verdict on one candidate."""

    candidate: Name
    decision: Decision
    reasons: tuple[str, ...]
    metrics: tuple[MetricResult, ...]
    limits: tuple[LimitResult, ...]
    severe_failures: tuple[CaseId, ...] = ()
    failed_cases: tuple[CaseId, ...] = ()
    cases: int
    cases_needed: int | None = None
    next_cases: tuple[CaseId, ...] = ()
    """HOLD: cases of the dataset that were not asked yet, in the order in which they would be."""


class GateResult(Record):
    """The verdict after one look."""

    run: RunId
    look: Annotated[int, Field(ge=1)]
    looks: Annotated[int, Field(ge=1)]
    final: bool
    """False: a sequential run goes on to its next look."""
    decision: Decision
    """The worst of the candidates'."""
    candidates: tuple[CandidateResult, ...]
    judge_kappa: float | None = None
    reviewer_agreement: float | None = None
    judge: Agreement | None = None
    """The judge's agreement with people in full; `judge_kappa` is its kappa."""
    reviewers: ReviewerAgreement | None = None
    """The reviewers' agreement with each other in full; `reviewer_agreement` is its kappa."""


class RunResult(Record):
    """A finished run."""

    run: RunId
    suite: Name
    version: Sha256
    decision: Decision
    gate: GateResult
    started_at: str
    ended_at: str
    calls: int
    throttled_calls: int
    cost_usd: float | None
    """Of the candidates' calls; the judge's are in `judging`."""
    judging: Counts | None = None
    """What the judge took; None where the suite has none."""
