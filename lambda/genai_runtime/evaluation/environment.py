"""Variables of this capability's functions."""

from typing import Literal

from pydantic import Field

from genai_runtime.base import Text
from genai_runtime.environment import FunctionEnvironment


class Environment(FunctionEnvironment):
    """Variables of every function of the pipeline; all are required."""

    environment: Text = Field(alias="ENVIRONMENT")
    bucket_name: Text = Field(alias="BUCKET_NAME")


class PlanEnvironment(Environment):
    """Plan reads the suite from where golden datasets are published."""

    dataset_bucket: Text = Field(alias="DATASET_BUCKET")
    dataset_stage: Literal["golden", "redacted"] = Field(alias="DATASET_STAGE")


class CallEnvironment(Environment):
    """Invoke, score and judge share the quota of a model through a table."""

    rate_table_name: Text = Field(alias="RATE_TABLE_NAME")


class ReviewEnvironment(Environment):
    """Human review signs its forms and tells reviewers about them."""

    signing_key_id: Text = Field(alias="SIGNING_KEY_ID")
    review_topic_arn: Text = Field(alias="REVIEW_TOPIC_ARN")


class TrackEnvironment(Environment):
    """Experiments are tracked in the shared account."""

    tracking_role_arn: Text = Field(alias="TRACKING_ROLE_ARN")
    tracking_parameter: Text = Field(alias="TRACKING_PARAMETER")
    """SSM parameter of the shared account that holds the MLflow App's ARN."""


class RedactEnvironment(Environment):
    """Redaction works in the bucket of golden datasets (`BUCKET_NAME`)."""

    guardrail_id: Text = Field(alias="REDACTION_GUARDRAIL_ID")
    guardrail_version: Text = Field(alias="REDACTION_GUARDRAIL_VERSION")
    pseudonym_key_id: Text = Field(alias="PSEUDONYM_KEY_ID")
    """KMS key whose MAC makes replacements the same in every run."""
