"""The variables that the function's template must set. A contract test compares them with the synthesized template."""

import os
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_Text = Annotated[str, StringConstraints(min_length=1)]


class Environment(BaseModel):
    """Every variable that this function reads, by itself or through Powertools; all are required."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    environment: _Text = Field(alias="ENVIRONMENT")
    parameter_prefix: Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9_.\-/]*[A-Za-z0-9_.\-]$")] = Field(
        alias="PARAMETER_PREFIX"
    )
    audit_table_name: _Text = Field(alias="AUDIT_TABLE_NAME")
    audit_retention_days: int = Field(alias="AUDIT_RETENTION_DAYS", ge=1)
    # Read by Powertools itself; here so that a function without them fails when it starts, not when it is watched.
    service_name: _Text = Field(alias="POWERTOOLS_SERVICE_NAME")
    metrics_namespace: _Text = Field(alias="POWERTOOLS_METRICS_NAMESPACE")
    log_level: _Text = Field(alias="LOG_LEVEL")

    @classmethod
    def variables(cls) -> frozenset[str]:
        """Names of the variables, as the template has to spell them."""
        return frozenset(str(field.alias) for field in cls.model_fields.values())

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None) -> "Environment":
        """Read from `variables`, by default those of the process. Raises pydantic.ValidationError naming what is wrong:
        a deployment defect, so the function must not start."""
        return cls.model_validate(dict(os.environ if variables is None else variables))
