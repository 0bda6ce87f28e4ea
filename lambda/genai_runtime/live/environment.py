"""Variables of this capability's functions."""

from pydantic import Field

from genai_runtime.base import Text
from genai_runtime.environment import FunctionEnvironment


class Environment(FunctionEnvironment):
    """Variables of every function of what is live; all are required."""

    environment: Text = Field(alias="ENVIRONMENT")


class ReconcileEnvironment(Environment):
    """Who shows what is live."""

    table_name: Text = Field(alias="LIVE_TABLE_NAME")
    """The log."""
    application: Text = Field(alias="LIVE_APPLICATION")
    """AppConfig application, id."""
    live_environment: Text = Field(alias="LIVE_ENVIRONMENT")
    """AppConfig environment, id."""
    strategy: Text = Field(alias="LIVE_STRATEGY")
    """AppConfig deployment strategy, id."""


class ActivateEnvironment(ReconcileEnvironment):
    """Who changes what is live."""

    parameter_prefix: Text = Field(alias="PARAMETER_PREFIX")


class ValidateEnvironment(Environment):
    """Who refuses documents."""

    parameter_prefix: Text = Field(alias="PARAMETER_PREFIX")
    table_name: Text = Field(alias="LIVE_TABLE_NAME")


class FeedbackEnvironment(Environment):
    """Who takes users' feedback."""

    audit_table_name: Text = Field(alias="AUDIT_TABLE_NAME")
    audit_retention_days: int = Field(alias="AUDIT_RETENTION_DAYS", ge=1)
