"""What a run was asked to do. The request is complete: nothing that decides its result is looked up elsewhere."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from genai_runtime.evaluation.base import Name, Record, RunId, Sha256, Text


class PromptText(Record):
    """A prompt as it is sent: the fields of catalog/prompts that a call needs."""

    name: Name
    version: Annotated[int, Field(ge=1)]
    system: str = ""
    template: Text
    qualifiers: dict[str, Literal["grounding_source", "query", "none"]] = Field(default_factory=dict)
    max_tokens: Annotated[int, Field(ge=1)]
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: tuple[str, ...] = ()


class Quota(Record):
    """What a model may be asked in this account and Region; None: unlimited."""

    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    tokens_per_minute: Annotated[float, Field(gt=0)] | None = None
    output_burndown: Annotated[float, Field(ge=1)] = 1.0
    """Tokens of the quota that one output token takes, 5 for some models (Bedrock user guide, "How tokens are counted in
    Amazon Bedrock")."""


class Price(Record):
    """On-demand price of a model, in US dollars for 1,000 tokens."""

    input: Annotated[float, Field(ge=0)]
    output: Annotated[float, Field(ge=0)]
    as_of: Text
    """Date of the price list, ISO 8601."""


class Converse(Record):
    """Ask the model itself, through ConverseStream, or Converse where a model doesn't stream."""

    kind: Literal["converse"] = "converse"
    stream: bool = True


class UseCaseEndpoint(Record):
    """Ask a deployed use case: the alias of ModelAccess, or any function with its event and result."""

    kind: Literal["use-case"] = "use-case"
    function_arn: Text
    use_case: Text


class OwnResponses(Record):
    """Responses that were made elsewhere: JSON lines with `id` and `answer`, and what is known of tokens and times."""

    kind: Literal["responses"] = "responses"
    key: Text
    """Object in the evaluation bucket."""


class GuardrailId(Record):
    """A deployed guardrail."""

    name: Name
    id: Text
    version: Text


class Candidate(Record):
    """A prompt with a model: what is evaluated."""

    name: Name
    """Unique in the run, e.g. grounded-answer-v1.nova-lite as grounded-answer-v1-nova-lite."""
    prompt: PromptText
    model: Text
    """Id in the catalog."""
    model_id: Text
    """What Converse is called with: a model id or an inference profile."""
    guardrail: GuardrailId | None = None
    target: Annotated[Converse | UseCaseEndpoint | OwnResponses, Field(discriminator="kind")] = Converse()
    quota: Quota = Quota()
    price: Price | None = None


class JudgeModel(Record):
    """The judge, resolved for this account."""

    model_id: Text
    quota: Quota = Quota()
    price: Price | None = None


class RunRequest(Record):
    """A run: which suite (exact bytes), which candidates, against which baseline."""

    run: RunId
    suite: Name
    version: Sha256
    """Content hash of the suite's folder, see `layout.content_hash`. Where only redacted copies may be read, plan takes the
    copy of this version."""
    candidates: tuple[Candidate, ...] = Field(min_length=1)
    baseline: RunId | None = None
    """The released run whose answers each candidate is compared with on the same cases."""
    baseline_candidate: Name | None = None
    cases: Annotated[int, Field(ge=1)] | None = None
    """Overrides the suite's sample."""
    judge: JudgeModel | None = None
    embedding_model_id: str | None = None
    """For semantic similarity."""
    safety_guardrail: GuardrailId | None = None
    """Recognises toxicity and personal data in answers (ApplyGuardrail)."""
    requested_by: Text = "unknown"
    labels: dict[str, str] = Field(default_factory=dict)
    """E.g. commit, pull request, manifest."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [candidate.name for candidate in self.candidates]
        if len(set(names)) < len(names):
            raise ValueError("two candidates have the same name")
        if (self.baseline is None) != (self.baseline_candidate is None):
            raise ValueError("baseline and baseline_candidate go together")
        return self
