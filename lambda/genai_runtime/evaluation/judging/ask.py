"""What the judge needs of a model: one question, one answer."""

from dataclasses import dataclass, field
from typing import Protocol

from genai_runtime.evaluation.records import CallError, Usage


@dataclass(frozen=True)
class Inference:
    """Parameters of a call."""

    max_tokens: int
    temperature: float


@dataclass(frozen=True)
class Reply:
    """A model's answer with what it took."""

    text: str
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = None
    attempts: int = 1
    throttled: int = 0


class AskFailed(Exception):
    """No answer after every retry."""

    def __init__(self, error: CallError, attempts: int = 1, throttled: int = 0) -> None:
        super().__init__(f"{error.code}: {error.message}")
        self.error = error
        self.attempts = attempts
        self.throttled = throttled


class OutOfTime(Exception):
    """The call wasn't begun because the function's time is nearly over: ask again in the next invocation."""


class Ask(Protocol):
    """A model behind the account's quota; called from several threads."""

    def __call__(self, system: str, user: str, inference: Inference) -> Reply:
        """One call with its retries. Raises AskFailed or OutOfTime."""
        ...
