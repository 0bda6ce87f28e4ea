"""What the simulated models do: who answers, how slowly, and within which quotas."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

EXTRACTIVE = "extractive"
OPENAI_PREFIX = "openai:"


def _answers_source(value: str) -> str:
    """`extractive`, or `openai:URL#model` with an http(s) URL."""
    if value == EXTRACTIVE:
        return value
    url = urlsplit(value.removeprefix(OPENAI_PREFIX))
    if value.startswith(OPENAI_PREFIX) and url.scheme in ("http", "https") and url.netloc and url.fragment:
        return value
    raise ValueError(f"expected `extractive` or `openai:http(s)://HOST[:PORT][/PATH]#MODEL`, got {value!r}")


AnswersSource = Annotated[str, AfterValidator(_answers_source)]


class ListedProfile(BaseModel):
    """A system-defined inference profile of a listed model."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    source_regions: tuple[str, ...]
    """Regions that may call it."""


class ListedModel(BaseModel):
    """A model of the organisation's list: the entries of catalog/models.yaml fit, what else they hold is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    name: str
    provider: str
    context_window: PositiveInt
    max_output_tokens: NonNegativeInt
    output_modalities: tuple[str, ...]
    regions: tuple[str, ...] = ()
    """Where the bare model id works."""
    inference_profiles: tuple[ListedProfile, ...] = ()


class ModelRule(BaseModel):
    """How the models whose id matches `pattern` behave; what is None isn't limited."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str = "*"
    """fnmatch pattern over the foundation model id (`amazon.nova-*`), without the prefix of an inference profile."""
    model: AnswersSource | None = None
    """Answers for these models; None: the settings' own `model`."""
    time_to_first_token_ms: NonNegativeFloat = 0.0
    ms_per_token: NonNegativeFloat = 0.0
    """Milliseconds for each output token after the first."""
    requests_per_minute: PositiveInt | None = None
    tokens_per_minute: PositiveInt | None = None
    """Input plus output tokens; one bucket per account, Region and model."""


class BedrockSettings(BaseModel):
    """Settings of the Bedrock simulation; `admin` changes them at run time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: AnswersSource = EXTRACTIVE
    """`extractive` (deterministic, offline) or `openai:URL#model` (any OpenAI-compatible endpoint)."""
    answer_timeout_seconds: PositiveFloat = 60.0
    """How long an OpenAI-compatible endpoint may be silent before ModelTimeoutException."""
    rules: tuple[ModelRule, ...] = ()
    """The first rule whose pattern matches applies."""
    models: tuple[ListedModel, ...] = ()
    """The organisation's models, beside and before those that the target knows by itself."""

    def rule(self, model_id: str) -> ModelRule:
        """The rule for a foundation model id, with the default answers filled in."""
        found = next((rule for rule in self.rules if fnmatchcase(model_id, rule.pattern)), ModelRule())
        return found if found.model else found.model_copy(update={"model": self.model})
