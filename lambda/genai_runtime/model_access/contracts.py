"""What the platform's stacks publish for this function in the Parameter Store."""

from typing import Annotated, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from genai_runtime.model_access import errors
from genai_runtime.model_access.errors import RequestFailed

_Text = Annotated[str, StringConstraints(min_length=1)]
# Version of a catalog file: `policy-answer-v2.yaml` is 2.
_CatalogVersion = Annotated[int, Field(ge=1)]


class _Contract(BaseModel):
    # Fields that a newer stack adds are ignored: the stacks and this function are deployed at different times.
    model_config = ConfigDict(frozen=True, extra="ignore")


class GuardrailRef(_Contract):
    """A guardrail of the catalog."""

    name: _Text
    version: _CatalogVersion


class UseCaseContract(_Contract):
    """What a line of business agreed with the platform: nothing outside of it is sent to a model."""

    name: _Text
    guardrail: GuardrailRef
    prompts: dict[str, _CatalogVersion]
    models: frozenset[str]


class VariableLimit(_Contract):
    """A variable's length and its role in the guardrail's contextual grounding check."""

    max_characters: int = Field(ge=1)
    qualifier: Literal["grounding_source", "query", "none"] = "none"


class PromptLimits(_Contract):
    """Limits of a prompt's input."""

    max_input_tokens: int = Field(ge=1)
    variables: dict[str, VariableLimit]


class PromptContract(_Contract):
    """A released prompt in this account and Region. Text and inference parameters are read from Bedrock."""

    id: _Text
    arn: _Text
    version: _Text
    model: _Text
    limits: PromptLimits


class GuardrailContract(_Contract):
    """A released guardrail in this account and Region."""

    id: _Text
    arn: _Text
    version: _Text


class Parameters(Protocol):
    """Reads a parameter's value; None when there is no such parameter."""

    def read(self, name: str) -> str | None: ...


_C = TypeVar("_C", bound=_Contract)


class Contracts:
    """The published contracts, by their parameter names."""

    def __init__(self, parameters: Parameters, prefix: str) -> None:
        self._parameters = parameters
        self._prefix = prefix

    def use_case(self, name: str) -> UseCaseContract | None:
        """The use case's contract, or None when it isn't registered in this environment."""
        path = f"{self._prefix}/use-cases/{name}"
        value = self._parameters.read(path)
        return None if value is None else _parsed(path, value, UseCaseContract)

    def prompt(self, name: str, version: int) -> PromptContract:
        """A released prompt. Raises RequestFailed when it isn't deployed."""
        return self._deployed(f"{self._prefix}/prompts/{name}/{version}", PromptContract)

    def guardrail(self, reference: GuardrailRef) -> GuardrailContract:
        """A released guardrail. Raises RequestFailed when it isn't deployed."""
        return self._deployed(f"{self._prefix}/guardrails/{reference.name}/{reference.version}", GuardrailContract)

    def _deployed(self, path: str, model: type[_C]) -> _C:
        value = self._parameters.read(path)
        if value is None:
            raise RequestFailed(
                errors.CONTRACT_MISSING,
                f"parameter {path} does not exist here: the platform team has to deploy this account's Guardrails and "
                "Prompts stacks",
            )
        return _parsed(path, value, model)


def _parsed(path: str, value: str, model: type[_C]) -> _C:
    try:
        return model.model_validate_json(value)
    except ValidationError as error:
        where = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())
        raise RequestFailed(
            errors.CONTRACT_MALFORMED,
            f"parameter {path} is not a {model.__name__} ({where}): the platform team has to deploy the stack that "
            "writes it",
        ) from None
