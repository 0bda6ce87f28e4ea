"""The variables that the templates of the gate's functions must set."""

from typing import Annotated

from pydantic import Field

from genai_runtime.release.environment import AdmissionEnvironment
from genai_runtime.release.hosts.environment import HostVariables


class GateEnvironment(AdmissionEnvironment):
    """Variables of gate_prepare, gate_poll and gate_decide."""

    poll_seconds: Annotated[int, Field(ge=1)] = Field(alias="POLL_SECONDS")
    """Between two polls."""


class ReportEnvironment(GateEnvironment, HostVariables):
    """Variables of gate_report."""
