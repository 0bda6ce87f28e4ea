"""The variables that the templates of the gate's functions and of `branch` must set."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from genai_runtime.release.environment import AdmissionEnvironment, Environment

_Text = Annotated[str, StringConstraints(min_length=1)]


class GateEnvironment(AdmissionEnvironment):
    """Variables of gate_poll and gate_decide."""


class PrepareEnvironment(GateEnvironment):
    """Prepare tells how long to wait between two polls."""

    poll_seconds: Annotated[int, Field(ge=1)] = Field(alias="POLL_SECONDS")


class HostVariables(BaseModel):
    """What a function needs that calls the repository host."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    host: Literal["github", "gitlab"] = Field(alias="HOST")
    repository: _Text = Field(alias="REPOSITORY")
    """OWNER/NAME."""
    api_url: Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$")] = Field(alias="API_URL")
    """API of the host; empty: the public host's."""
    token_secret: _Text = Field(alias="TOKEN_SECRET")
    """Name or ARN of the secret whose text is the token."""


class ReportEnvironment(GateEnvironment, HostVariables):
    """Variables of gate_report."""


class BranchEnvironment(Environment, HostVariables):
    """Variables of branch."""
