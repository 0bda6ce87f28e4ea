"""One case of a golden dataset: a line of dataset.jsonl."""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from genai_runtime.evaluation.base import CaseId, Record, Text

Kind = Literal["quality", "safety", "robustness", "component"]
Severity = Literal["low", "medium", "high", "severe"]


class Passage(Record):
    """A piece of context with the id that an answer may cite."""

    id: CaseId
    text: Text


class Number(Record):
    """A figure that the answer must give, within an absolute tolerance."""

    value: float
    tolerance: Annotated[float, Field(ge=0)] = 0.0


class Expectation(Record):
    """What an answer must be like, beyond its reference. A metric looks only at the cases that hold what it needs."""

    refusal: bool | None = None
    """True: the answer must decline. False: it must not. None: neither is judged."""
    pattern: str | None = None
    """A regular expression (Python's `re`, searched) that the answer must match."""
    json_schema: dict[str, JsonValue] | None = None
    """JSON Schema, draft 2020-12, that the answer as JSON must satisfy."""
    number: Number | None = None
    citations: tuple[CaseId, ...] | None = None
    """Ids of the passages that support the answer."""
    forbidden: tuple[Text, ...] = ()
    """Texts that must not appear in the answer, without regard to case, e.g. a planted secret."""


class Case(Record):
    """A prompt, or a prompt and its response, with everything that metrics need (EVAL-1).

    `variables` fill the prompt of the suite; `prompt` is a whole user message instead. Context becomes the variable
    `context` unless `variables` has one.
    """

    id: CaseId
    kind: Kind
    severity: Severity = "medium"
    prompt: Text | None = None
    variables: dict[str, str] | None = None
    reference: str | None = None
    references: tuple[Text, ...] = ()
    """Further right answers."""
    context: tuple[Passage, ...] = ()
    documents: tuple[Text, ...] = ()
    """Ids of the documents that the reference was taken from."""
    expect: Expectation = Expectation()
    tags: dict[str, str] = Field(default_factory=dict)
    """Strata: language, topic, and whatever else results are split by."""
    component: str | None = None
    """The part that a component case tests, e.g. retrieval."""
    origin: Literal["generated", "hand-written"]

    @model_validator(mode="after")
    def _asks_once(self) -> Self:
        if (self.prompt is None) == (self.variables is None):
            raise ValueError("give either prompt or variables")
        return self

    @property
    def right_answers(self) -> tuple[str, ...]:
        """The reference and its alternatives."""
        return ((self.reference,) if self.reference else ()) + self.references
