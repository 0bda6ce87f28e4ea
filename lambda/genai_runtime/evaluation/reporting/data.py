"""A finished run in memory: everything that a report, a comparison or a tracker needs. No I/O."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.judging.records import Counts
from genai_runtime.evaluation.records import INFRASTRUCTURE, Pattern, Response, Score
from genai_runtime.evaluation.run import Candidate, RunRequest
from genai_runtime.evaluation.suite import Suite
from genai_runtime.evaluation.verdict import CandidateResult, GateResult


@dataclass(frozen=True)
class Outcome:
    """One case of one candidate. `response` is None where the case was planned and nothing came back."""

    case: Case
    response: Response | None
    scores: tuple[Score, ...] = ()
    pattern: Pattern | None = None
    scored: bool = True
    """False where the score step left nothing of it."""

    @property
    def unanswered(self) -> bool:
        """Whether it says nothing about the candidate: no answer or no score, for a reason of the infrastructure."""
        if self.response is None or not self.scored:
            return True
        return self.response.error is not None and self.response.error.error_class in INFRASTRUCTURE

    def value(self, metric: str) -> float | None:
        """Its value of a metric; None where the metric doesn't apply or the case is undecided."""
        return next((score.value for score in self.scores if score.metric == metric), None)


@dataclass(frozen=True)
class CandidateData:
    """A candidate's outcomes, in the order of the dataset."""

    candidate: Candidate
    outcomes: tuple[Outcome, ...]
    gating: frozenset[str] = frozenset()
    """Names of the metrics that gate."""

    @property
    def name(self) -> str:
        """The candidate's name."""
        return self.candidate.name

    @cached_property
    def by_case(self) -> Mapping[str, Outcome]:
        """Outcomes by case id."""
        return {outcome.case.id: outcome for outcome in self.outcomes}

    @cached_property
    def responses(self) -> tuple[Response, ...]:
        """All responses, errors included."""
        return tuple(outcome.response for outcome in self.outcomes if outcome.response is not None)

    def passed(self, outcome: Outcome) -> bool | None:
        """Whether a case passed every gating metric that applies; None where none does or it is undecided."""
        verdicts = [score.passed for score in outcome.scores if score.metric in self.gating]
        if False in verdicts:
            return False
        return None if not verdicts or self.undecided(outcome) else True

    def undecided(self, outcome: Outcome) -> bool:
        """Whether a case is open: no answer, or a gating metric without a value."""
        return outcome.unanswered or any(score.value is None for score in outcome.scores if score.metric in self.gating)

    @cached_property
    def decided(self) -> int:
        """Cases that passed or failed."""
        return sum(self.passed(outcome) is not None for outcome in self.outcomes)

    @cached_property
    def passes(self) -> int:
        """Cases that passed every gating metric."""
        return sum(self.passed(outcome) is True for outcome in self.outcomes)

    @property
    def pass_share(self) -> float | None:
        """Share of the decided cases that passed; None without a decided case."""
        return self.passes / self.decided if self.decided else None

    def measured(self, what: Callable[[Response], float | None]) -> list[float]:
        """A measurement over the answered cases, sorted ascending."""
        values = (what(response) for response in self.responses if response.error is None)
        return sorted(value for value in values if value is not None)

    @property
    def cost_usd(self) -> float | None:
        """What the answers cost; None without a price."""
        costs = [response.cost_usd for response in self.responses if response.cost_usd is not None]
        return math.fsum(costs) if costs else None

    @property
    def cost_per_1000_usd(self) -> float | None:
        """Mean cost of 1,000 cases, over those whose cost is known."""
        costs = [response.cost_usd for response in self.responses if response.cost_usd is not None]
        return 1000 * math.fsum(costs) / len(costs) if costs else None

    @property
    def tokens(self) -> tuple[int, int]:
        """Input and output tokens."""
        usages = [response.usage for response in self.responses]
        return sum(usage.input_tokens for usage in usages), sum(usage.output_tokens for usage in usages)

    @property
    def calls(self) -> int:
        """Attempts at the service, retries included."""
        return sum(response.attempts for response in self.responses)

    @property
    def throttled(self) -> int:
        """Attempts that the service throttled."""
        return sum(response.throttled for response in self.responses)


@dataclass(frozen=True)
class RunData:
    """A finished run.

    started_at, ended_at: ISO 8601, UTC. `baseline` is the released candidate, as its own run left it.
    """

    request: RunRequest
    suite: Suite
    gates: tuple[GateResult, ...]
    candidates: tuple[CandidateData, ...]
    dataset_cases: int
    started_at: str
    ended_at: str
    baseline: CandidateData | None = None
    judging: Counts | None = None
    """What the judge took, of all batches; None where the suite has none."""

    @property
    def gate(self) -> GateResult:
        """The final verdict."""
        return self.gates[-1]

    def verdict(self, candidate: str) -> CandidateResult:
        """A candidate's verdict."""
        return next(result for result in self.gate.candidates if result.candidate == candidate)

    def of(self, candidate: str) -> CandidateData:
        """A candidate's outcomes."""
        return next(each for each in self.candidates if each.name == candidate)


def percentile(values: list[float], share: float) -> float | None:
    """The least value that at least `share` of the sorted `values` don't exceed (inverse of the empirical distribution
    function, definition 1 of Hyndman and Fan 1996); None without values."""
    return values[max(math.ceil(share * len(values)) - 1, 0)] if values else None
