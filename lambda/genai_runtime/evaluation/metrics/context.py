"""What a metric gets besides the case and the answer, and what it gives back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from genai_runtime.evaluation.metrics.errors import EMBEDDING_MODEL_MISSING, GUARDRAIL_MISSING, MetricError
from genai_runtime.evaluation.records import Response
from genai_runtime.model_access.findings import Finding


class Options(BaseModel):
    """Base of a metric's options, which are `options` of its MetricSpec. Closed: an unknown option is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


O = TypeVar("O", bound=Options)  # noqa: E741 options


@dataclass(frozen=True)
class MetricValue:
    """A value from 0 to 1, with the reason for a person where it is low."""

    value: float
    detail: str = ""


class Embeddings(Protocol):
    """A model of embeddings."""

    def fetch(self, texts: Iterable[str]) -> None:
        """Start the calls for these texts, together where the API can; known texts cost nothing."""

    def wait(self) -> None:
        """Until all calls that were started have ended."""

    def vector(self, text: str) -> Sequence[float]:
        """The text's embedding. Raises MetricError when the model couldn't be asked."""


class Guardrail(Protocol):
    """A guardrail that looks at answers."""

    def fetch(self, texts: Iterable[str]) -> None:
        """Start the calls for these texts; known texts cost nothing."""

    def wait(self) -> None:
        """Until all calls that were started have ended."""

    def findings(self, text: str) -> tuple[Finding, ...]:
        """What the guardrail found in the text. Raises MetricError when it couldn't be asked."""


@dataclass(frozen=True)
class Services:
    """Services that a run has; None where its request names none."""

    embedding_model: Embeddings | None = None
    safety_guardrail: Guardrail | None = None

    @property
    def embeddings(self) -> Embeddings:
        """Raises MetricError when the run has none."""
        if self.embedding_model is None:
            raise no_embedding_model()
        return self.embedding_model

    @property
    def guardrail(self) -> Guardrail:
        """Raises MetricError when the run has none."""
        if self.safety_guardrail is None:
            raise no_guardrail()
        return self.safety_guardrail

    def wait(self) -> None:
        """Until all calls that were started have ended."""
        for service in (self.embedding_model, self.safety_guardrail):
            if service is not None:
                service.wait()


@dataclass(frozen=True, slots=True)
class Context:
    """Surroundings of one answer."""

    response: Response
    services: Services
    options: Options

    def read(self, kind: type[O]) -> O:
        """The options, as the class that the metric registered. Raises TypeError for another class."""
        if not isinstance(self.options, kind):
            raise TypeError(f"the metric was registered with {type(self.options).__name__}, not {kind.__name__}")
        return self.options


def no_embedding_model() -> MetricError:
    """For a metric that needs one."""
    return MetricError(
        EMBEDDING_MODEL_MISSING,
        "the run names no embedding model: add `embedding_model_id` to its request, or drop the metric",
    )


def no_guardrail() -> MetricError:
    """For a metric that needs one."""
    return MetricError(
        GUARDRAIL_MISSING,
        "the run names no guardrail for safety: add `safety_guardrail` to its request, or drop the metric",
    )
