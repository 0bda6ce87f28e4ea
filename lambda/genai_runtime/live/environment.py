"""The variables that each function's template must set. A contract test compares them with the synthesized template."""

import os
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_Text = Annotated[str, StringConstraints(min_length=1)]


class Environment(BaseModel):
    """Variables of every function of what is live; all are required."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    environment: _Text = Field(alias="ENVIRONMENT")
    # Read by Powertools itself; here so that a function without them fails when it starts, not when it is watched.
    service_name: _Text = Field(alias="POWERTOOLS_SERVICE_NAME")
    metrics_namespace: _Text = Field(alias="POWERTOOLS_METRICS_NAMESPACE")
    log_level: _Text = Field(alias="LOG_LEVEL")

    @classmethod
    def variables(cls) -> frozenset[str]:
        """Names of the variables, as the template has to spell them."""
        return frozenset(str(field.alias) for field in cls.model_fields.values())

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None) -> Self:
        """Read from `variables`, by default those of the process. Raises pydantic.ValidationError naming what is wrong."""
        return cls.model_validate(dict(os.environ if variables is None else variables))


class ReconcileEnvironment(Environment):
    """Who shows what is live."""

    table_name: _Text = Field(alias="LIVE_TABLE_NAME")
    """The log."""
    application: _Text = Field(alias="LIVE_APPLICATION")
    """AppConfig application, id."""
    live_environment: _Text = Field(alias="LIVE_ENVIRONMENT")
    """AppConfig environment, id."""
    strategy: _Text = Field(alias="LIVE_STRATEGY")
    """AppConfig deployment strategy, id."""


class ActivateEnvironment(ReconcileEnvironment):
    """Who changes what is live."""

    parameter_prefix: _Text = Field(alias="PARAMETER_PREFIX")


class ValidateEnvironment(Environment):
    """Who refuses documents."""

    parameter_prefix: _Text = Field(alias="PARAMETER_PREFIX")
    table_name: _Text = Field(alias="LIVE_TABLE_NAME")


class FeedbackEnvironment(Environment):
    """Who takes users' feedback."""

    audit_table_name: _Text = Field(alias="AUDIT_TABLE_NAME")
    audit_retention_days: int = Field(alias="AUDIT_RETENTION_DAYS", ge=1)
