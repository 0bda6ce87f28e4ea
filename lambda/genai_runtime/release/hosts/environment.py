"""The variables of functions that call the repository host."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from genai_runtime.release.environment import Environment

_Text = Annotated[str, StringConstraints(min_length=1)]


class HostVariables(BaseModel):
    """Where the repository is and how to call its host."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    host: Literal["github", "gitlab"] = Field(alias="HOST")
    repository: _Text = Field(alias="REPOSITORY")
    """OWNER/NAME."""
    api_url: Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$")] = Field(alias="API_URL")
    """API of the host; empty: the public host's."""
    token_secret: _Text = Field(alias="TOKEN_SECRET")
    """Name or ARN of the secret whose text is the token."""


class BranchEnvironment(Environment, HostVariables):
    """Variables of branch."""
