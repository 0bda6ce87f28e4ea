"""An evaluation suite: suite.yaml beside its dataset.jsonl."""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from genai_runtime.evaluation.base import Name, Record, Share, Text
from genai_runtime.evaluation.case import Kind


class Reference(Record):
    """A released prompt or guardrail of the catalog."""

    name: Name
    version: Annotated[int, Field(ge=1)]


class MetricSpec(Record):
    """A metric of the suite. Every metric is a number from 0 to 1 per case, and more is better."""

    name: Name
    """Unique in the suite; the registry's name unless `metric` gives it."""
    metric: Name | None = None
    gating: bool = False
    threshold: Share
    """The least acceptable mean over the cases."""
    pass_at: Share = 1.0
    """A case with less than this counts as failed and is named in the report."""
    allowed_regression: Share = 0.0
    """How far below the released baseline, on the same cases, is still acceptable."""
    strata: tuple[str, ...] = ()
    """Tags whose every value must hold the threshold on its own."""
    kinds: tuple[Kind, ...] = ()
    """Kinds of cases that it looks at. Default: all that hold what it needs."""
    options: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def registered(self) -> str:
        """Name in the registry of metrics."""
        return self.metric or self.name


class Sampling(Record):
    """How many cases are asked."""

    mode: Literal["fixed", "sequential"] = "fixed"
    cases: Annotated[int, Field(ge=1)] | None = None
    """Sample of the dataset, spread over its strata. Default: every case."""
    looks: Annotated[int, Field(ge=2, le=10)] = 4
    """Sequential: analyses, the last one included."""
    spending: Literal["obrien-fleming", "pocock"] = "obrien-fleming"
    """Sequential: alpha-spending function (Lan and DeMets 1983)."""


class LatencyLimits(Record):
    """Limits on percentiles over all answered cases, in milliseconds; each holds at its interval's upper bound."""

    first_token_p95_ms: Annotated[float, Field(gt=0)] | None = None
    last_token_p95_ms: Annotated[float, Field(gt=0)] | None = None


class Limits(Record):
    """What an answer may take and cost."""

    latency: LatencyLimits = LatencyLimits()
    cost_per_1000_cases_usd: Annotated[float, Field(gt=0)] | None = None
    undecided_share: Share = 0.01
    """Share of cases without an answer for reasons of the infrastructure (throttled, timed out, unavailable) above which
    nothing is promoted."""


class Rubric(Record):
    """What a judge or a reviewer looks at: a question with a scale of whole numbers, the highest best."""

    question: Text
    levels: dict[int, Text]
    """Meaning of each number of the scale."""

    @model_validator(mode="after")
    def _has_a_scale(self) -> Self:
        if len(self.levels) < 2:
            raise ValueError("levels needs at least two numbers with their meaning")
        return self


class JudgeSpec(Record):
    """A language model as judge (EVAL-2). Its metrics are named `judge` and `judge-preference` in `metrics`."""

    model: Text
    rubric: Rubric
    votes: Annotated[int, Field(ge=1, le=9)] = 3
    pairwise: bool = False
    """Also compare with the baseline's answer, in both orders."""
    minimum_kappa: Annotated[float, Field(ge=-1, le=1)] = 0.6
    """Cohen's kappa with the human labels in calibration.jsonl, below which its metrics can't gate."""


class ReviewSpec(Record):
    """Human review (EVAL-2). Its metric is named `human-review`."""

    rubric: Rubric
    reviewers: tuple[Text, ...]
    """Names or addresses; each gets every batch of the sample."""
    cases: Annotated[int, Field(ge=1)]
    """Sample: failed cases first, then spread over the strata."""
    per_form: Annotated[int, Field(ge=1, le=100)] = 25
    remind_after_hours: Annotated[float, Field(gt=0)] = 24
    reminders: Annotated[int, Field(ge=0, le=10)] = 2
    """Expires `remind_after_hours` after the last one."""


class Suite(Record):
    """What is asked of which prompt and models, and what must hold (EVAL-1 to EVAL-4)."""

    name: Name
    description: Text
    prompt: Reference
    models: tuple[Text, ...] = Field(min_length=1)
    guardrail: Reference | None = None
    metrics: tuple[MetricSpec, ...] = Field(min_length=1)
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    minimum_cases: Annotated[int, Field(ge=1)] = 30
    baseline: Literal["released", "none"] = "released"
    sampling: Sampling = Sampling()
    limits: Limits = Limits()
    engine: Literal["pipeline", "bedrock-job"] = "pipeline"
    judge: JudgeSpec | None = None
    review: ReviewSpec | None = None
    seed: Annotated[int, Field(ge=0)] = 20260901

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [metric.name for metric in self.metrics]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"metrics has {', '.join(twice)} more than once: give each its own name")
        if not any(metric.gating for metric in self.metrics):
            raise ValueError("no metric is gating: nothing could be decided")
        return self
