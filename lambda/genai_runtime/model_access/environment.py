"""The variables that the function's template must set. A contract test compares them with the synthesized template."""

import os
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

_Text = Annotated[str, StringConstraints(min_length=1)]


class QuestionEnvironment(BaseModel):
    """What a function that asks models for a use case reads, by itself or through Powertools; all are required."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    environment: _Text = Field(alias="ENVIRONMENT")
    parameter_prefix: Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9_.\-/]*[A-Za-z0-9_.\-]$")] = Field(
        alias="PARAMETER_PREFIX"
    )
    audit_table_name: _Text = Field(alias="AUDIT_TABLE_NAME")
    audit_retention_days: int = Field(alias="AUDIT_RETENTION_DAYS", ge=1)
    live_application: str = Field(alias="LIVE_APPLICATION")
    """AppConfig application that holds what is live, id or name. Empty, with the other variables about what is live, where
    each use case's contract says what is."""
    live_environment: str = Field(alias="LIVE_ENVIRONMENT")
    """AppConfig environment, id or name."""
    live_max_age_seconds: Annotated[int, Field(ge=15, le=60)] | Literal[""] = Field(alias="LIVE_MAX_AGE_SECONDS")
    """A change of what is live takes effect within this time; AppConfig's least is 15. With more than
    `live.source.UNCONFIRMED_SECONDS` every experiment would be left between two readings."""
    # Read by Powertools itself; here so that a function without them fails when it starts, not when it is watched.
    service_name: _Text = Field(alias="POWERTOOLS_SERVICE_NAME")
    metrics_namespace: _Text = Field(alias="POWERTOOLS_METRICS_NAMESPACE")
    log_level: _Text = Field(alias="LOG_LEVEL")

    @model_validator(mode="after")
    def _all_or_nothing(self) -> Self:
        if len({bool(each) for each in self._about_live()}) > 1:
            raise ValueError("the variables about what is live are all set or all empty")
        return self

    def _about_live(self) -> tuple[str | int, ...]:
        return self.live_application, self.live_environment, self.live_max_age_seconds

    @classmethod
    def variables(cls) -> frozenset[str]:
        """Names of the variables, as the template has to spell them."""
        return frozenset(str(field.alias) for field in cls.model_fields.values())

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None) -> Self:
        """Read from `variables`, by default those of the process. Raises pydantic.ValidationError naming what is wrong:
        a deployment defect, so the function must not start."""
        return cls.model_validate(dict(os.environ if variables is None else variables))


class Environment(QuestionEnvironment):
    """Variables of ModelAccess."""

    shadow_queue_url: str = Field(alias="SHADOW_QUEUE_URL")
    """Where copies for the candidates of shadow experiments go."""

    def _about_live(self) -> tuple[str | int, ...]:
        return *super()._about_live(), self.shadow_queue_url
