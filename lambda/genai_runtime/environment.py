"""The variables of a function: its template must set all that its model names, which a contract test compares."""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from genai_runtime.base import Text


class FunctionEnvironment(BaseModel):
    """Variables of every function; all are required."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    # Read by Powertools itself; here so that a function without them fails when it starts, not when it is watched.
    service_name: Text = Field(alias="POWERTOOLS_SERVICE_NAME")
    metrics_namespace: Text = Field(alias="POWERTOOLS_METRICS_NAMESPACE")
    log_level: Text = Field(alias="LOG_LEVEL")

    @classmethod
    def variables(cls) -> frozenset[str]:
        """Names of the variables, as the template has to spell them."""
        return frozenset(str(field.alias) for field in cls.model_fields.values())

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None) -> Self:
        """Read from `variables`, by default those of the process. Raises pydantic.ValidationError naming what is wrong: a
        deployment's defect, with which the function must not start."""
        return cls.model_validate(dict(os.environ if variables is None else variables))
