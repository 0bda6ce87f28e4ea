"""The variables that each function's template must set. A contract test compares them with the synthesized template."""

import os
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_Text = Annotated[str, StringConstraints(min_length=1)]


class Environment(BaseModel):
    """Variables of every function of the pipeline; all are required."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    environment: _Text = Field(alias="ENVIRONMENT")
    bucket_name: _Text = Field(alias="BUCKET_NAME")
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


class PlanEnvironment(Environment):
    """Plan reads the suite from where golden datasets are published."""

    dataset_bucket: _Text = Field(alias="DATASET_BUCKET")
    dataset_stage: Literal["golden", "redacted"] = Field(alias="DATASET_STAGE")


class CallEnvironment(Environment):
    """Invoke, score and judge share the quota of a model through a table."""

    rate_table_name: _Text = Field(alias="RATE_TABLE_NAME")


class ReviewEnvironment(Environment):
    """Human review signs its forms and tells reviewers about them."""

    signing_key_id: _Text = Field(alias="SIGNING_KEY_ID")
    review_topic_arn: _Text = Field(alias="REVIEW_TOPIC_ARN")


class TrackEnvironment(Environment):
    """Experiments are tracked in the shared account."""

    tracking_role_arn: _Text = Field(alias="TRACKING_ROLE_ARN")
    tracking_parameter: _Text = Field(alias="TRACKING_PARAMETER")
    """SSM parameter of the shared account that holds the MLflow App's ARN."""


class RedactEnvironment(Environment):
    """Redaction works in the bucket of golden datasets (`BUCKET_NAME`)."""

    guardrail_id: _Text = Field(alias="REDACTION_GUARDRAIL_ID")
    guardrail_version: _Text = Field(alias="REDACTION_GUARDRAIL_VERSION")
    pseudonym_key_id: _Text = Field(alias="PSEUDONYM_KEY_ID")
    """KMS key whose MAC makes replacements the same in every run."""
