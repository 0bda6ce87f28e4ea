"""What all targets share: the answer that they give to the worker, and its figures. Pure."""

from dataclasses import dataclass
from typing import Protocol

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.records import Response, Usage
from genai_runtime.evaluation.run import Candidate, Price


class Target(Protocol):
    """Answers a case. Thread-safe; each call is one attempt, and what goes wrong is raised."""

    def ask(self, case: Case) -> Response:
        """The response, without its attempts."""


@dataclass(frozen=True)
class Times:
    """Seconds on a monotonic clock; `first` is None where the answer didn't stream."""

    start: float
    first: float | None
    end: float

    @property
    def first_token_ms(self) -> float | None:
        """Time to first token."""
        return None if self.first is None else milliseconds(self.first - self.start)

    @property
    def last_token_ms(self) -> float:
        """Time to last token."""
        return milliseconds(self.end - self.start)

    def tokens_per_second(self, output_tokens: int) -> float | None:
        """Tokens after the first by the time after it, or all by the whole time; None where there is no time between."""
        tokens, since = (output_tokens, self.start) if self.first is None else (output_tokens - 1, self.first)
        seconds = self.end - since
        return round(tokens / seconds, 3) if tokens > 0 and seconds > 0 else None


def milliseconds(seconds: float) -> float:
    """To the microsecond: a model's times are not known better."""
    return round(seconds * 1000, 3)


def cost_usd(price: Price | None, usage: Usage) -> float | None:
    """On-demand price of a call."""
    if price is None:
        return None
    return round((usage.input_tokens * price.input + usage.output_tokens * price.output) / 1000, 12)


def used_tokens(candidate: Candidate, usage: Usage) -> float:
    """What a call took from the quota in the end."""
    return usage.input_tokens + usage.output_tokens * candidate.quota.output_burndown
