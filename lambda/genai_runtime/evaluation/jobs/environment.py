"""The variables of the functions that make and read jobs."""

from typing import Annotated

from pydantic import Field, StringConstraints

from genai_runtime.evaluation.environment import Environment


class JobEnvironment(Environment):
    """All are required."""

    job_role_arn: Annotated[str, StringConstraints(pattern=r"^arn:.+:role/.+$")] = Field(alias="JOB_ROLE_ARN")
    """Bedrock assumes it."""
    job_key_arn: Annotated[str, StringConstraints(pattern=r"^arn:.+:key/.+$")] = Field(alias="JOB_KEY_ARN")
