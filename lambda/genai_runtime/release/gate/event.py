"""What a gate is asked: the input of the state machine, which every step gets again."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError, model_validator

from genai_runtime.base import Sha256, Text
from genai_runtime.release.gate.errors import REQUEST_INVALID, GateBroken
from genai_runtime.release.hosts.base import CONTEXT
from genai_runtime.release.manifest import Environment


def _pull_request(value: object) -> object:
    """CodePipeline's literals are text."""
    if not isinstance(value, str):
        return value
    text = value.strip().lower()
    return int(text) if text.isdecimal() else {"true": True, "false": False, "": False}.get(text, value)


class Start(BaseModel):
    """A gate of one environment, for one execution of a pipeline."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    manifest: Sha256
    environment: Environment
    purpose: Literal["gate", "smoke"]
    execution: Text
    commit: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
    pull_request: Annotated[bool | int, BeforeValidator(_pull_request)] = False
    """True, or its number: the candidates are evaluated before they are merged, and nothing is signed."""

    @model_validator(mode="after")
    def _pull_requests_are_devs(self) -> Self:
        if self.is_pull_request and (self.environment, self.purpose) != ("dev", "gate"):
            raise ValueError("a pull request is evaluated by dev's gate only")
        return self

    @property
    def is_pull_request(self) -> bool:
        """Whether nothing was merged and deployed yet."""
        return self.pull_request is not False

    @property
    def context(self) -> str:
        """Name of the commit's status and of the comment: a pull request's is the one that a branch's rules require."""
        return CONTEXT if self.is_pull_request else f"{CONTEXT}/{self.environment}"


def parse(event: Mapping[str, Any]) -> Start:
    """The request in a step's event. Raises GateBroken (GF-REL-200)."""
    try:
        return Start.model_validate(dict(event))
    except ValidationError as error:
        where = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'the input'}: {each['msg']}" for each in error.errors())
        raise GateBroken(
            REQUEST_INVALID,
            f"the gate's input isn't what it needs ({where}): correct the pipeline's definition, deploy the stack Pipeline of "
            "the shared account",
        ) from None
