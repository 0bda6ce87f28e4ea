"""Variables of this capability's functions."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from genai_runtime.base import Text
from genai_runtime.environment import FunctionEnvironment


class QuestionEnvironment(FunctionEnvironment):
    """What a function that asks models for a use case reads, by itself or through Powertools; all are required."""

    environment: Text = Field(alias="ENVIRONMENT")
    parameter_prefix: Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9_.\-/]*[A-Za-z0-9_.\-]$")] = Field(
        alias="PARAMETER_PREFIX"
    )
    audit_table_name: Text = Field(alias="AUDIT_TABLE_NAME")
    audit_retention_days: int = Field(alias="AUDIT_RETENTION_DAYS", ge=1)
    live_application: str = Field(alias="LIVE_APPLICATION")
    """AppConfig application that holds what is live, id or name. Empty, with the other variables about what is live, where
    each use case's contract says what is."""
    live_environment: str = Field(alias="LIVE_ENVIRONMENT")
    """AppConfig environment, id or name."""
    live_max_age_seconds: Annotated[int, Field(ge=15, le=60)] | Literal[""] = Field(alias="LIVE_MAX_AGE_SECONDS")
    """A change of what is live takes effect within this time; AppConfig's least is 15. With more than
    `live.source.UNCONFIRMED_SECONDS` every experiment would be left between two readings."""

    @model_validator(mode="after")
    def _all_or_nothing(self) -> Self:
        if len({bool(each) for each in self._about_live()}) > 1:
            raise ValueError("the variables about what is live are all set or all empty")
        return self

    def _about_live(self) -> tuple[str | int, ...]:
        return self.live_application, self.live_environment, self.live_max_age_seconds


class Environment(QuestionEnvironment):
    """Variables of ModelAccess."""

    shadow_queue_url: str = Field(alias="SHADOW_QUEUE_URL")
    """Where copies for the candidates of shadow experiments go."""

    def _about_live(self) -> tuple[str | int, ...]:
        return *super()._about_live(), self.shadow_queue_url
