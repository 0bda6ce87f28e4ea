"""What is live for a use case: a log of documents, the newest of which AppConfig hands to the functions."""

import hashlib
import json
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from genai_runtime.base import Name, Record, Sha256, Share, Text, Version


class GuardrailVersion(Record):
    """A guardrail of the catalog."""

    name: Name
    version: Version


class Versions(Record):
    """What a request of a use case is answered with."""

    prompts: dict[Name, Version]
    """Catalog version by prompt name; each prompt is in the use case's contract."""
    models: dict[Name, Text] = Field(default_factory=dict)
    """Model or inference profile by prompt name, where it isn't the prompt's own; each is in the contract."""
    guardrail: GuardrailVersion
    """Another version of the contract's guardrail, or that itself."""


class Limit(Record):
    """The largest acceptable share of a candidate's requests that go wrong in one way; checked after every request."""

    metric: Literal["failed", "blocked", "slow", "disliked", "disagreeing"]
    """`failed`: the platform or the model failed. `blocked`: the guardrail intervened. `slow`: longer than `slow_ms`.
    `disliked`: of the requests with feedback. `disagreeing`: of a shadow's answers, unlike the answer that was returned."""
    share: Annotated[float, Field(gt=0, lt=1)]
    slow_ms: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _slow_has_a_limit(self) -> Self:
        if (self.metric == "slow") != (self.slow_ms is not None):
            raise ValueError("slow_ms belongs to the metric slow, and to no other")
        return self


class Experiment(Record):
    """A candidate beside what is live."""

    id: Name
    kind: Literal["canary", "ab", "shadow"]
    """`canary`: a share of requests, those of a user all or none. `ab`: a share of users, each always the same; requests
    without a user take no part. `shadow`: a share of requests is asked a second time, the answer scored and thrown away."""
    candidate: Versions
    """Takes the place of what is live for the prompts that it names (all, where its guardrail differs); requests for other
    prompts take no part."""
    manifest: Sha256 | None = None
    """The promoted manifest that the candidate comes from."""
    share: Annotated[float, Field(gt=0, le=1)]
    limits: tuple[Limit, ...] = Field(min_length=1)
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.01
    """Probability that a candidate within all its limits is ever rolled back, shared by the limits (Bonferroni)."""
    outcome: Literal["answered", "liked"] = "answered"
    """A/B: what a user's requests are compared by."""
    allowed_difference: Share = 0.0
    """A/B: how much worse than the live versions is still acceptable."""
    minimum: Annotated[int, Field(ge=1)] = 1
    """Requests of the candidate (A/B: users of each arm) before it may be promoted by `release live promote`."""
    started_at: Text


class Document(Record):
    """What AppConfig hands out for a use case. Pure data: a function routes a request by it without asking anybody."""

    use_case: Name
    sequence: Annotated[int, Field(ge=1)]
    """Position in the use case's log."""
    manifest: Sha256 | None
    """The release that is live; None before the first one came through the pipeline."""
    stable: Versions
    experiment: Experiment | None = None


class LogRecord(Record):
    """An item of the log: a DynamoDB table, partition key `use_case`, sort key `entry` = `record#` and ten digits of the
    sequence. Written once; each names the digest of the one before, so that a changed or missing one shows."""

    document: Document
    action: Literal["release", "rollback", "experiment", "stop", "promote"]
    """`stop` ends an experiment without its candidate; `promote` makes the candidate what is live; `rollback` is an automatic
    `stop`, or the return to an earlier release."""
    by: Text
    at: Text
    reason: str = ""
    execution: Text | None = None
    """What asked for it, e.g. a pipeline execution: asking again for the same use case changes nothing."""
    previous: Sha256 | None
    """Digest of the record before; None for the first."""


def digest(record: LogRecord) -> str:
    """SHA-256 of the record's canonical JSON."""
    text = json.dumps(record.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


class ShadowCopy(Record):
    """A message of the shadow queue: a request, and the answer that its caller got."""

    use_case: Name
    experiment: Name
    request_id: Text
    prompt: Text
    variables: dict[str, str]
    user: Text | None = None
    answer: str
    outcome: Literal["answered", "masked", "blocked"]
    latency_ms: int
    at: Text
    """Sort key of the answer's audit record."""
